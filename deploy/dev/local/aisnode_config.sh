#!/usr/bin/env bash
#
# Prints the configuration of one node: the one place where a deployment says
# how nodes are configured. What is not said here has the default of package
# config. The caller sets these variables:
#
#   NODE_DIR                 metadata of the node
#   NODE_LOG_DIR             its log
#   NODE_HOST, NODE_PORT     public network
#   NODE_PORT_CONTROL, NODE_PORT_DATA
#                            the other two; empty shares the public listener
#   NODE_PATHS               mountpaths, separated by commas; empty makes
#   NODE_DATA, NODE_MOUNTPATHS, NODE_INSTANCE
#                            NODE_MOUNTPATHS directories NODE_DATA/NODE_INSTANCE/1…
#                            that may share a file system, for trying things out
#   PRIMARY_URL, DISCOVERY_URL
#                            where to find the cluster
#
# and the user may set those of docs/playground.md (MIRROR_ENABLED and so on).
set -euo pipefail

# text prints a value as a JSON string; an empty one stays empty.
text() {
  [ -z "$1" ] || printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"
}

# pairs KEY=VALUE... prints the members of a JSON object whose value is not empty.
pairs() {
  local pair comma=''
  for pair in "$@"; do
    if [ -n "${pair#*=}" ]; then
      printf '%s"%s": %s' "$comma" "${pair%%=*}" "${pair#*=}"
      comma=', '
    fi
  done
}

# section NAME KEY=VALUE... prints a section of the cluster's configuration, or
# nothing when all its values are empty.
section() {
  local name=$1 members
  shift
  members=$(pairs "$@")
  [ -z "$members" ] || printf ',\n  "%s": {%s}' "$name" "$members"
}

# mountpaths prints NODE_PATHS as a JSON object from path to label.
mountpaths() {
  local path comma='' rest=$NODE_PATHS,
  while [ -n "$rest" ]; do
    path=${rest%%,*}
    rest=${rest#*,}
    if [ -n "$path" ]; then
      printf '%s%s: ""' "$comma" "$(text "$path")"
      comma=', '
    fi
  done
}

# storage prints where a target keeps objects; nothing for a proxy.
storage() {
  if [ -n "$NODE_PATHS" ]; then
    printf ',\n  "fspaths": {"paths": {%s}}' "$(mountpaths)"
  elif [ "$NODE_MOUNTPATHS" -gt 0 ]; then
    printf ',\n  "test_fspaths": {"root": %s, "count": %d, "instance": %d}' \
      "$(text "$NODE_DATA")" "$NODE_MOUNTPATHS" "$NODE_INSTANCE"
  fi
}

cat <<JSON
{
  "confdir": $(text "$NODE_DIR"),
  "log_dir": $(text "$NODE_LOG_DIR"),
  "host_net": {
    "hostname": $(text "$NODE_HOST"),
    "port": $(text "$NODE_PORT"),
    "port_intra_control": "$NODE_PORT_CONTROL",
    "port_intra_data": "$NODE_PORT_DATA"
  }$(storage)
JSON
section proxy \
  "primary_url=$(text "$PRIMARY_URL")" \
  "original_url=$(text "$PRIMARY_URL")" \
  "discovery_url=$(text "$DISCOVERY_URL")" \
  "non_electable=${NON_ELECTABLE:-}"
section log "level=$(text "${AIS_LOG_LEVEL:-}")"
section mirror "enabled=${MIRROR_ENABLED:-}"
section ec \
  "enabled=${EC_ENABLED:-}" \
  "data_slices=${DATA_SLICES:-}" \
  "parity_slices=${PARITY_SLICES:-}" \
  "objsize_limit=${OBJ_SIZE_LIMIT:-}" \
  "compression=$(text "${COMPRESSION:-}")"
section transport "lz4_block=$(text "${BLOCK_SIZE:-}")"
section rebalance "bundle_multiplier=${REBALANCE_MULTIPLIER:-}"
http=$(pairs \
  "use_https=${AIS_USE_HTTPS:-}" \
  "server_crt=$(text "${AIS_SERVER_CRT:-}")" \
  "server_key=$(text "${AIS_SERVER_KEY:-}")" \
  "skip_verify=${AIS_SKIP_VERIFY_CRT:-}")
section net "http=${http:+{$http\}}"
printf '}\n'
