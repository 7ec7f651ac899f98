# shellcheck shell=bash
#
# Starting and stopping the nodes of a local cluster. Sourced by deploy.sh,
# run.sh and kill.sh. Works with bash 3.2.
#
# A cluster lives in one run folder:
#
#   <run>/shape               how many nodes
#   <run>/port                first public port
#   <run>/<node>/start.sh     the command that starts the node, again and again
#   <run>/<node>/pid          its process id, once started
#   <run>/<node>/ais.json     its configuration
#   <run>/<node>/conf/        what it keeps about the cluster
#   <run>/<node>/stdout.log   what it printed, beside its log
#   <run>/log/<node>/         its log               (LOG_ROOT puts it elsewhere)
#   <run>/data/<n>/<m>/       mountpath m of target n (so does TEST_FSPATH_ROOT)
#   <run>/tls/                the certificate of all nodes, with AIS_USE_HTTPS
#   <run>/s3-key              the access key that S3 clients sign with, for its owner only
#   <run>/env                 what clients export, the key included, for its owner only

# The checkout, its binaries, and where run folders go by default.
ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
AISNODE=$ROOT/bin/aisnode
AIS=$ROOT/bin/ais
# shellcheck disable=SC2034 # used by the scripts that source this
RUNS=$ROOT/.run

# START_SECONDS is how long a cluster may take to become ready.
START_SECONDS=${AIS_START_SECONDS:-60}
# STOP_SECONDS is how long a node may take to end before it is killed.
STOP_SECONDS=${AIS_STOP_SECONDS:-15}

SCHEME=http
if [ "${AIS_USE_HTTPS:-}" = true ]; then SCHEME=https; fi

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || fail "needs $tool, which is not installed"
  done
}

# build makes the binaries, unless AIS_SKIP_BUILD is set.
build() {
  if [ -n "${AIS_SKIP_BUILD:-}" ]; then
    local program
    for program in "$AISNODE" "$AIS"; do
      [ -x "$program" ] || fail "$program is not there: run make build"
    done
    return
  fi
  need go make
  make -s --no-print-directory -C "$ROOT" build || fail "the build failed"
}

# pause is the time between two questions in a loop that waits for something.
pause() { sleep 0.05; }

# await SECONDS COMMAND... repeats the command until it succeeds or the time is over.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    pause
  done
}

# port_taken PORT: does anybody listen there?
port_taken() { (exec 3<>"/dev/tcp/${NODE_HOST:-127.0.0.1}/$1") 2>/dev/null; }

# ports_free FIRST COUNT
ports_free() {
  local port
  for ((port = $1; port < $1 + $2; port++)); do
    if port_taken "$port"; then return 1; fi
  done
}

# free_ports COUNT [FIRST] prints the first of COUNT free ports in a row.
free_ports() {
  local port
  for ((port = ${2:-20080}; port + $1 < 32768; port += 100)); do
    if ports_free "$port" "$1"; then
      say "$port"
      return
    fi
  done
  fail "no $1 free ports in a row"
}

# running NODE_DIR: is the process that was written down still that node?
running() {
  local pid command
  [ -f "$1/pid" ] || return 1
  read -r pid <"$1/pid" || return 1
  kill -0 "$pid" 2>/dev/null || return 1
  if [ -e "/proc/$pid/exe" ]; then
    command=$(readlink "/proc/$pid/exe") # " (deleted)" after a new build
    [ "${command% (deleted)}" = "$AISNODE" ] || return 1
  fi
  command=$(ps -o command= -p "$pid") || return 1
  case $command in
    *aisnode*"-config=$1/ais.json"*) return 0 ;;
  esac
  return 1
}

# stopped NODE_DIR...: have all of them ended?
stopped() {
  local dir
  for dir in "$@"; do
    if running "$dir"; then return 1; fi
  done
}

# signal_nodes SIGNAL NODE_DIR...
signal_nodes() {
  local signal=$1 dir pid
  shift
  for dir in "$@"; do
    if running "$dir"; then
      read -r pid <"$dir/pid"
      kill "-$signal" "$pid" 2>/dev/null || true
    fi
  done
}

# node_dirs RUN... prints the folders of all nodes that were started there.
node_dirs() {
  local run file
  for run in "$@"; do
    for file in "$run"/*/pid; do
      if [ -f "$file" ]; then say "${file%/pid}"; fi
    done
  done
}

# stop_clusters RUN... stops all nodes: asks, waits, kills. Prints how many there were.
stop_clusters() {
  local dirs=() live=() dir
  while read -r dir; do dirs+=("$dir"); done < <(node_dirs "$@")
  [ ${#dirs[@]} -gt 0 ] || return 0
  for dir in "${dirs[@]}"; do
    if running "$dir"; then live+=("$dir"); fi
  done
  if [ ${#live[@]} -gt 0 ]; then
    signal_nodes TERM "${live[@]}"
    if ! await "$STOP_SECONDS" stopped "${live[@]}"; then
      say "some nodes did not end within $STOP_SECONDS s and are killed"
      signal_nodes KILL "${live[@]}"
      await 5 stopped "${live[@]}" || fail "a node does not end even when killed"
    fi
    say "stopped ${#live[@]} node(s)"
  fi
  for dir in "${dirs[@]}"; do rm -f "$dir/pid"; done
}

# node_id NAME prints the id of a node: local-p1 of proxy1. CLUSTER_WORD keeps
# clusters on one machine apart.
node_id() {
  local number=${1##*[a-z]}
  printf '%s-%s%s' "${CLUSTER_WORD:-local}" "${1:0:1}" "$number"
}

# write_node RUN NAME ROLE PRIMARY ARGS... writes configuration and start.sh of
# a node. PRIMARY is "true" for the proxy that makes the cluster. NODE_PORT and
# its kin are set by the caller.
write_node() {
  local run=$1 name=$2 role=$3 primary=$4 dir=$1/$2
  shift 4
  mkdir -p "$dir/conf" "${LOG_ROOT:-$run/log}/$name"
  NODE_DIR=$dir/conf NODE_LOG_DIR=${LOG_ROOT:-$run/log}/$name \
    NODE_DATA=${TEST_FSPATH_ROOT:-$run/data} \
    "$ROOT/deploy/dev/local/aisnode_config.sh" >"$dir/ais.json"
  {
    say '#!/usr/bin/env bash'
    say "# Starts $name (again). Written by deploy/dev/local."
    printf 'export AIS_DAEMON_ID=%q\n' "$(node_id "$name")"
    if [ "$primary" = true ]; then say 'export AIS_IS_PRIMARY=true'; fi
    # shellcheck disable=SC2016 # expanded when start.sh runs
    printf 'echo $$ >%q\n' "$dir/pid"
    printf 'exec %q %q %q' "$AISNODE" "-role=$role" "-config=$dir/ais.json"
    if [ $# -gt 0 ]; then printf ' %q' "$@"; fi
    # shellcheck disable=SC2016 # expanded when start.sh runs
    say ' "$@"'
  } >"$dir/start.sh"
  chmod +x "$dir/start.sh"
}

# start_node RUN NAME starts a node that write_node has written.
start_node() {
  local dir=$1/$2
  nohup "$dir/start.sh" >>"$dir/stdout.log" 2>&1 </dev/null &
  say $! >"$dir/pid"
}

# explain RUN NAME prints the last words of a node to stderr.
explain() {
  local file=$1/$2/stdout.log
  [ -s "$file" ] || file=${LOG_ROOT:-$1/log}/$2/aisnode.INFO
  say "--- $2, the end of $file:" >&2
  tail -n 5 "$file" >&2 || true
}

# get URL... prints what a node answers.
get() { curl -gksSf --max-time 5 "$@" 2>/dev/null; }

# alive RUN NAME: gives up when the node's process has ended.
alive() {
  # just started, the process may still be the shell that becomes the node, and
  # that may be writing its id this moment
  local pid
  pid=$(cat "$1/$2/pid")
  if [ -z "$pid" ] || kill -0 "$pid" 2>/dev/null; then return; fi
  explain "$1" "$2"
  stop_clusters "$1" >&2
  fail "$2 has ended instead of starting"
}

# listening RUN NAME PORT: does the node accept connections?
listening() {
  port_taken "$3" || { alive "$1" "$2" && return 1; }
}

# all_ready RUN PROXIES TARGETS: do all nodes serve? Sets late to one that does not.
all_ready() {
  local i
  for ((i = 0; i < $2 + $3; i++)); do alive "$1" "$(node_name "$i" "$2")"; done
  for ((i = 0; i < $2 + $3; i++)); do
    late=$(node_name "$i" "$2")
    get -o /dev/null "$(node_url "$i")/v1/health?readiness=true" || return 1
  done
}

# members URL TYPE prints how many nodes of a type the cluster map has.
members() {
  get "$1/v1/daemon?what=smap" | tr -d ' \n' |
    grep -oE "\"daemon_id\":\"[^\"]+\",\"daemon_type\":\"$2\"" | sort -u | wc -l
}

# complete URL PROXIES TARGETS: are all nodes in the cluster map?
complete() {
  [ "$(members "$1" proxy)" -eq "$2" ] && [ "$(members "$1" target)" -eq "$3" ]
}

# set_aside RUN SHAPE makes room for a cluster of another shape: what an
# earlier one has left is moved, never deleted.
set_aside() {
  local run=$1 n=1
  if [ ! -f "$run/shape" ] || [ "$(cat "$run/shape")" = "$2" ]; then return; fi
  while [ -e "$run.before-$n" ]; do n=$((n + 1)); done
  mv "$run" "$run.before-$n"
  say "the cluster here was of another shape ($(cat "$run.before-$n/shape")); its data are now in $run.before-$n"
}

# check_ports COUNT: refuses when a port of the COUNT nodes is in use.
check_ports() {
  local first port
  # shellcheck disable=SC2153 # set by the caller
  for first in "$PORT" "$PORT_INTRA_CONTROL" "$PORT_INTRA_DATA" "$PORT_S3"; do
    [ -n "$first" ] || continue
    for ((port = first; port < first + $1; port++)); do
      if port_taken "$port"; then
        fail "port $port is in use: stop what listens there (make kill, if it is a cluster of this checkout), or set PORT, PORT_INTRA_CONTROL, PORT_INTRA_DATA and PORT_S3"
      fi
    done
  done
}

# offset PORT N prints the port N further; empty stays empty.
offset() { [ -z "$1" ] || say $(($1 + $2)); }

# node_name N PROXIES prints the name of node number N, proxies first.
node_name() {
  if [ "$1" -lt "$2" ]; then say "proxy$(($1 + 1))"; else say "target$(($1 - $2 + 1))"; fi
}

# in_url HOST prints a host as it stands in a URL: an IPv6 address in brackets.
in_url() {
  case $1 in
    *:*) say "[$1]" ;;
    *) say "$1" ;;
  esac
}

# node_url N prints the public URL of node number N, proxies first.
node_url() { say "$SCHEME://$(in_url "$NODE_HOST"):$((PORT + $1))"; }

# control_url N prints the URL where node number N talks to other nodes.
control_url() { say "$SCHEME://$(in_url "$NODE_HOST"):$((${PORT_INTRA_CONTROL:-$PORT} + $1))"; }

# target_paths N prints the mountpaths of target N out of AIS_FS_PATHS, which
# may be given to several targets: each has a directory of its own there.
target_paths() {
  local path paths='' rest=${AIS_FS_PATHS:+$AIS_FS_PATHS,}
  while [ -n "$rest" ]; do
    path=${rest%%,*}
    rest=${rest#*,}
    [ -n "$path" ] || continue
    mkdir -p "$path/target$1"
    paths=$paths${paths:+,}$path/target$1
  done
  say "$paths"
}

# ensure_certificate RUN makes a certificate for all nodes, signed by itself,
# unless AIS_SERVER_CRT names one, and sets AIS_CLIENT_CA to it for clients.
# Nothing without HTTPS.
ensure_certificate() {
  [ "$SCHEME" = https ] || return 0
  if [ -z "${AIS_SERVER_CRT:-}" ]; then
    need go
    (cd "$ROOT" && go run ./deploy/dev/local/certificate -dir "$1/tls" -hosts "$NODE_HOST,localhost,$(hostname)") ||
      fail "the certificate could not be made"
    AIS_SERVER_CRT=$1/tls/server.crt AIS_SERVER_KEY=$1/tls/server.key
    : "${AIS_CLIENT_CA=$AIS_SERVER_CRT}"
  fi
  [ -n "${AIS_SERVER_KEY:-}" ] || fail "AIS_SERVER_CRT names a certificate: name its key in AIS_SERVER_KEY"
  export AIS_SERVER_CRT AIS_SERVER_KEY AIS_CLIENT_CA="${AIS_CLIENT_CA:-}"
}

# s3_url prints where S3 clients reach the first node: its port for S3 alone, or the
# public one.
s3_url() {
  if [ -n "$PORT_S3" ]; then say "$SCHEME://$(in_url "$NODE_HOST"):$PORT_S3"; else say "$(node_url 0)/s3"; fi
}

# ensure_key RUN makes one access key for S3 clients, unless the cluster knows the one
# that was made before.
ensure_key() (
  eval "$(client_settings)"
  umask 077
  file=$1/s3-key
  if [ -s "$file" ]; then
    # shellcheck source=/dev/null
    . "$file"
    known=$("$AIS" auth s3-key ls --no-headers) || fail "the cluster does not tell its access keys"
    case $known in *"$AWS_ACCESS_KEY_ID"*) exit 0 ;; esac
  fi
  "$AIS" auth s3-key create playground --env >"$file.new" || fail "no access key could be made"
  mv "$file.new" "$file"
)

# s3_settings RUN prints what an S3 client of the cluster has to export.
s3_settings() {
  cat "$1/s3-key"
  printf 'export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n'
  printf 'export AWS_ENDPOINT_URL_S3=%q\n' "$(s3_url)"
  if [ "$SCHEME" = https ] && [ -n "${AIS_CLIENT_CA:-}" ]; then printf 'export AWS_CA_BUNDLE=%q\n' "$AIS_CLIENT_CA"; fi
}

# write_env RUN FILE writes what clients of the cluster export to a file that only its
# owner can read.
write_env() (
  umask 077
  rm -f "$2"
  {
    client_settings
    s3_settings "$1"
    # shellcheck disable=SC2016 # expanded when it is sourced
    printf 'export PATH=%q:"$PATH"\n' "$ROOT/bin"
  } >"$2"
)

# client_settings prints what a client of the cluster has to export.
client_settings() {
  printf 'export AIS_ENDPOINT=%q\n' "$(node_url 0)"
  [ "$SCHEME" = https ] || return 0
  if [ -n "${AIS_CLIENT_CA:-}" ]; then printf 'export AIS_CLIENT_CA=%q\n' "$AIS_CLIENT_CA"; fi
  if [ "${AIS_SKIP_VERIFY_CRT:-}" = true ]; then printf 'export AIS_SKIP_VERIFY_CRT=true\n'; fi
}

# start_cluster RUN TARGETS PROXIES MOUNTPATHS ARGS... starts a cluster and
# waits until it is ready. With no MOUNTPATHS the targets use AIS_FS_PATHS.
# ARGS go to every node. PORT, PORT_INTRA_CONTROL, PORT_INTRA_DATA, PORT_S3 and
# NODE_HOST say where; empty intra ports share the public listener, and without
# PORT_S3 there is no port for S3 alone.
start_cluster() {
  local run=$1 targets=$2 proxies=$3 mountpaths=$4 count=$(($2 + $3)) i late=''
  shift 4
  local shape="targets=$targets proxies=$proxies mountpaths=$mountpaths paths=${AIS_FS_PATHS:-}"
  check_ports "$count"
  set_aside "$run" "$shape"
  mkdir -p "$run"
  say "$shape" >"$run/shape"
  say "$PORT" >"$run/port"
  ensure_certificate "$run"
  write_nodes "$run" "$targets" "$proxies" "$mountpaths" "$@"

  start_node "$run" proxy1
  await "$START_SECONDS" listening "$run" proxy1 "$PORT" || fail "proxy1 does not listen on port $PORT"
  for ((i = 1; i < count; i++)); do start_node "$run" "$(node_name "$i" "$proxies")"; done
  if ! await "$START_SECONDS" all_ready "$run" "$proxies" "$targets"; then
    explain "$run" "$late"
    stop_clusters "$run" >&2
    fail "$late is not ready after $START_SECONDS s"
  fi
  if ! await "$START_SECONDS" complete "$(node_url 0)" "$proxies" "$targets"; then
    get "$(node_url 0)/v1/daemon?what=smap" >&2 || true
    stop_clusters "$run" >&2
    fail "not all nodes have joined within $START_SECONDS s: this was the cluster map"
  fi
  ensure_key "$run"
  write_env "$run" "$run/env"
}

# write_nodes RUN TARGETS PROXIES MOUNTPATHS ARGS...
write_nodes() {
  local run=$1 targets=$2 proxies=$3 i role name
  local NODE_PORT NODE_PORT_CONTROL NODE_PORT_DATA NODE_PORT_S3 NODE_PATHS NODE_INSTANCE NODE_MOUNTPATHS mountpaths=$4
  local PRIMARY_URL DISCOVERY_URL
  shift 4
  PRIMARY_URL=$(control_url 0)
  DISCOVERY_URL=$(control_url $((proxies > 1 ? 1 : 0)))
  export NODE_HOST NODE_PORT NODE_PORT_CONTROL NODE_PORT_DATA NODE_PORT_S3 NODE_PATHS NODE_INSTANCE NODE_MOUNTPATHS
  export PRIMARY_URL DISCOVERY_URL
  for ((i = 0; i < targets + proxies; i++)); do
    role=proxy NODE_INSTANCE=$((i + 1)) NODE_MOUNTPATHS=0 NODE_PATHS=''
    if [ "$i" -ge "$proxies" ]; then
      role=target NODE_INSTANCE=$((i - proxies + 1)) NODE_MOUNTPATHS=$mountpaths
      NODE_PATHS=$(target_paths "$NODE_INSTANCE")
    fi
    name=$role$NODE_INSTANCE
    NODE_PORT=$((PORT + i))
    NODE_PORT_CONTROL=$(offset "$PORT_INTRA_CONTROL" "$i")
    NODE_PORT_DATA=$(offset "$PORT_INTRA_DATA" "$i")
    NODE_PORT_S3=$(offset "$PORT_S3" "$i")
    if [ "$role" = proxy ]; then
      write_node "$run" "$name" "$role" "$([ "$i" -gt 0 ] || say true)" "-ntargets=$targets" "$@"
    else
      write_node "$run" "$name" "$role" '' "$@"
    fi
  done
}

# own_cluster RUN WORD PORT starts one gateway and three targets from nothing,
# for a test that stops them with stop_clusters RUN: on free ports from PORT on,
# with WORD in the ids of the nodes. Sets AIS_ENDPOINT, and AIS_CLIENT_CA with HTTPS.
own_cluster() {
  local port
  port=$(free_ports 8 "$3")
  stop_clusters "$1"
  rm -rf "$1"
  AIS_RUN_DIR=$1 CLUSTER_WORD=$2 AIS_SKIP_BUILD=1 PORT=$port PORT_S3=$((port + 4)) PORT_INTRA_CONTROL='' PORT_INTRA_DATA='' \
    "$ROOT/deploy/dev/local/deploy.sh" <<<$'3\n1\n2\nn\nn\nn\n'
  export AIS_ENDPOINT=$SCHEME://127.0.0.1:$port
  if [ -f "$1/tls/server.crt" ]; then export AIS_CLIENT_CA="$1/tls/server.crt"; fi
}
