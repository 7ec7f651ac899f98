#!/usr/bin/env bash
#
# Deploys a cluster on this machine. Asks for its size, or reads the answers
# from its input:
#
#   make deploy <<< $'4\n1\n2\nn\nn\nn\n'
#
# In order: targets, proxies, mountpaths per target (0 uses the directories in
# AIS_FS_PATHS), Amazon S3, Google Cloud Storage, Azure (y/n). Arguments go to
# every node. docs/playground.md lists the environment variables.
set -euo pipefail
# shellcheck source=deploy/dev/local/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

# ask QUESTION prints the answer; nothing at the end of the input.
ask() {
  local answer=''
  read -r -p "$1 " answer || true
  say "$answer"
}

# ask_number QUESTION LEAST
ask_number() {
  local answer
  answer=$(ask "$1")
  case $answer in
    '' | *[!0-9]*) fail "'$answer' is not a number: $1" ;;
  esac
  [ "$answer" -ge "$2" ] || fail "at least $2: $1"
  say "$((10#$answer))"
}

# refuse_cloud NAME asks whether a cloud is wanted, which this build cannot do.
refuse_cloud() {
  local answer
  answer=$(ask "$1 (y/n):")
  case $answer in
    [yY]*) fail "$1: this build has no such backend yet; ais:// buckets only. Nothing was started: answer n." ;;
  esac
}

# check_settings refuses or names settings that would have no effect.
check_settings() {
  local name
  [ "${AUTH_ENABLED:-false}" != true ] || fail "AUTH_ENABLED: this build has no AuthN server yet. Nothing was started."
  for name in MIRROR_UTIL_THRESH EC_BATCH_SIZE; do
    if [ -n "$(printenv "$name" || true)" ]; then say "note: $name has no effect any more"; fi
  done
}

need curl ps
targets=$(ask_number "Enter number of storage targets:" 1)
proxies=$(ask_number "Enter number of proxies (gateways):" 1)
mountpaths=$(ask_number "Number of local mountpaths (enter 0 for preconfigured filesystems):" 0)
[ "$mountpaths" -gt 0 ] || [ -n "${AIS_FS_PATHS:-}" ] ||
  fail "0 mountpaths: name the filesystems in AIS_FS_PATHS, separated by commas"
refuse_cloud "Amazon S3"
refuse_cloud "Google Cloud Storage"
refuse_cloud "Azure"
check_settings

NODE_HOST=${AIS_DEPLOY_HOST:-127.0.0.1}
if [ "${DEPLOY_AS_NEXT_TIER:-0}" != 0 ]; then
  run=${AIS_RUN_DIR:-$RUNS/next}
  CLUSTER_WORD=tier2
  : "${PORT=11080}" "${PORT_INTRA_CONTROL=12080}" "${PORT_INTRA_DATA=13080}" "${PORT_S3=14080}"
else
  run=${AIS_RUN_DIR:-$RUNS/local}
  : "${PORT=8080}" "${PORT_INTRA_CONTROL=9080}" "${PORT_INTRA_DATA=10080}" "${PORT_S3=7080}"
fi
[ "$mountpaths" -eq 0 ] || AIS_FS_PATHS=''

build
if [ -n "${AIS_NODE_FLAGS:-}" ]; then
  # shellcheck disable=SC2086 # several flags in one variable
  set -- $AIS_NODE_FLAGS "$@"
fi
start_cluster "$run" "$targets" "$proxies" "$mountpaths" "$@"
say "$proxies proxies and $targets targets are ready:"
client_settings
s3_settings "$run"
if [ "$run" = "$RUNS/local" ]; then write_env "$run" "$RUNS/env"; fi
say "all of this is in $run/env$([ "$run" != "$RUNS/local" ] || say " and $RUNS/env"), which only you can read"
say "configuration, metadata and logs are in $run; make kill stops the nodes"
