#!/usr/bin/env bash
#
# From a checkout to a stored object: builds, starts one gateway and three
# targets with two mountpaths each under .run/first, stores a sample, reads it
# back by the command line and by curl, compares the bytes, and says where
# everything is. Run again it goes on with the same data.
#
#   PORT=...    first of eight ports, default 8080 or, if taken, the next free:
#               four nodes, then the same four for S3 alone; they stay the same
#               until "make clean"
set -euo pipefail
# shellcheck source=deploy/dev/local/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

run=$RUNS/first
targets=3
count=$((targets + 1))
ports=$((2 * count))
NODE_HOST=127.0.0.1 PORT_INTRA_CONTROL='' PORT_INTRA_DATA='' AIS_FS_PATHS=''
CLUSTER_WORD=first

# nodes prints the folders of the nodes.
nodes() { node_dirs "$run"; }

# binary prints a checksum of the server.
binary() { cksum <"$AISNODE"; }

# reusable: do all nodes run, with the binary as it is now?
reusable() {
  local dir found=0
  [ "$(cat "$run/binary" 2>/dev/null)" = "$(binary)" ] || return 1
  while read -r dir; do
    running "$dir" || return 1
    found=$((found + 1))
  done < <(nodes)
  [ "$found" -eq "$count" ] && get -o /dev/null "$(node_url 0)/v1/health?readiness=true"
}

# last_port prints the port of the cluster that was here before; nothing without one.
last_port() { cat "$run/port" 2>/dev/null || true; }

# choose_port sets PORT. The nodes know each other by their ports: a cluster that
# was here before keeps those it had.
choose_port() {
  local last wanted
  last=$(last_port)
  wanted=${PORT:-${last:-8080}}
  if [ -n "$last" ]; then
    ports_free "$last" "$ports" ||
      fail "the cluster in $run has ports from $last to $((last + ports - 1)), and another program uses one: end that, or begin anew after \"make clean\", which removes its data"
    PORT=$last
  elif ports_free "$wanted" "$ports"; then
    PORT=$wanted
  elif [ -n "${PORT:-}" ]; then
    fail "PORT=$PORT: that port or one of the $((ports - 1)) after it is in use"
  else
    PORT=$(free_ports "$ports" $((wanted + 1000)))
    say "port $wanted, or one of the $((ports - 1)) after it, is in use by another program: using $PORT"
  fi
}

# ensure_cluster starts the nodes, or finds them running.
ensure_cluster() {
  local running_at
  running_at=$(last_port)
  if [ -n "$running_at" ] && [ "${PORT:-$running_at}" = "$running_at" ] && PORT=$running_at reusable; then
    PORT=$running_at PORT_S3=$((running_at + count))
    say "the cluster is running already"
    return
  fi
  [ "${PORT:-$running_at}" = "${running_at:-${PORT:-}}" ] ||
    fail "the cluster in $run has ports from $running_at on: leave out PORT, or begin anew after \"make clean\", which removes its data"
  stop_clusters "$run"
  choose_port
  PORT_S3=$((PORT + count))
  say "starting one gateway and $targets targets"
  start_cluster "$run" "$targets" 1 2
  binary >"$run/binary"
}

# roundtrip stores a file as two objects and compares what comes back.
roundtrip() {
  local sample=$run/hello.txt back=$run/back
  printf 'hello, this is the first object\n' >"$sample"
  "$AIS" create "ais://$bucket" --ignore-error >/dev/null 2>&1 || true # put tells what is wrong
  "$AIS" put "$sample" "ais://$bucket/hello.txt" >/dev/null
  "$AIS" get "ais://$bucket/hello.txt" "$back" >/dev/null
  cmp "$sample" "$back" || fail "the command line read back other bytes than it stored"
  get -L -T "$sample" "$objects/curl.txt" >/dev/null || fail "curl could not store an object"
  get -L "$objects/curl.txt" >"$back" || fail "curl could not read an object"
  cmp "$sample" "$back" || fail "curl read back other bytes than it stored"
  rm -f "$back"
}

# stored_file prints the file that holds the sample.
stored_file() {
  find "$run/data" -path "*$bucket*" -name hello.txt -type f -exec cmp -s "$run/hello.txt" {} \; -print | head -n 1
}

need curl ps cmp cksum
build
ensure_cluster
ensure_certificate "$run" # for clients of a cluster that runs already
eval "$(client_settings)"
bucket=first
objects=$AIS_ENDPOINT/v1/objects/$bucket
roundtrip
file=$(stored_file)
[ -n "$file" ] || fail "the sample is not a file below $run/data"
ensure_key "$run"
write_env "$run" "$RUNS/env"
eval "$(s3_settings "$run")"

cat <<END

The cluster is ready. Two objects were stored and read back, by ais and by curl.

  endpoint   $AIS_ENDPOINT
  S3         $AWS_ENDPOINT_URL_S3
             access key $AWS_ACCESS_KEY_ID, secret $AWS_SECRET_ACCESS_KEY
  data       $run/data
  logs       $run/log

An object is a plain file:

  cat $file

Try next:

  . ${RUNS#"$PWD"/}/env
  ais put README.md ais://$bucket/README.md && ais ls ais://$bucket
  aws s3 ls s3://$bucket               # or any other S3 client: the key is in the environment
  curl -L ${AIS_CLIENT_CA:+--cacert "\$AIS_CLIENT_CA" }"\$AIS_ENDPOINT/v1/objects/$bucket/README.md"

make kill stops it, make run starts it again with the same data.
END
