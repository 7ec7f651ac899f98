#!/usr/bin/env bash
#
# Drives unmodified S3 clients against clusters of its own (one gateway and three
# targets from bin/): each operation of each client through the gateway and through two
# targets, of which at least one does not own the object, and with buckets that are names
# of hosts; and both over HTTPS. A tree of FILES files (5000) goes there and back, one of FEW
# files (500) by clients that send them one after the other. The snippets of docs/s3compat.md run too.
#
#   tests/s3clients/run.sh [CLIENT…]
#
# Clients from package indexes are kept in AIS_S3CLIENTS_HOME, by default
# aistore/s3clients in the cache directory of the user; those that a system's package
# manager has (s3fs) have to be there. TensorFlow, more than a gigabyte, has a virtual
# environment of its own there; AIS_S3CLIENTS_TENSORFLOW=no leaves it out. A client that
# is missing is skipped, with a line that says what to install.
set -euo pipefail
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/dev/local/cluster.sh
. "$HERE/../../deploy/dev/local/cluster.sh"

HOME_OF_CLIENTS=${AIS_S3CLIENTS_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/aistore/s3clients}
PYTHON=$HOME_OF_CLIENTS/venv/bin/python
TENSORFLOW=$HOME_OF_CLIENTS/tensorflow
MC=github.com/minio/mc@latest
DOMAIN=s3.test
run=$RUNS/s3clients

skip() {
  say "SKIP tests/s3clients: $*"
  exit 0
}

# environment DIR REQUIREMENTS makes a virtual environment, unless it is there and
# complete.
environment() {
  ! cmp -s "$2" "$1/installed" || return 0
  python3 -m venv "$1" >/dev/null 2>&1 || skip "needs the venv module of Python (Debian: python3-venv)"
  "$1/bin/python" -m pip install -q --disable-pip-version-check -r "$2" && cp "$2" "$1/installed"
}

# install makes the virtual environments, and builds what Go's proxy has.
install() {
  command -v python3 >/dev/null 2>&1 || skip "needs python3"
  mkdir -p "$HOME_OF_CLIENTS"
  environment "$HOME_OF_CLIENTS/venv" "$HERE/requirements.txt" ||
    skip "needs the packages of requirements.txt from a package index that pip can reach"
  if [ "${AIS_S3CLIENTS_TENSORFLOW:-}" != no ]; then
    if environment "$TENSORFLOW" "$HERE/requirements-tensorflow.txt"; then
      export AIS_TENSORFLOW_PYTHON=$TENSORFLOW/bin/python
    else
      say "the packages of requirements-tensorflow.txt could not be installed for $(python3 --version): TensorFlow is left out"
    fi
  fi
  if [ ! -x "$HOME_OF_CLIENTS/bin/mc" ]; then
    GOBIN=$HOME_OF_CLIENTS/bin "${GO:-go}" install "$MC" || say "mc could not be built: it is left out"
  fi
}

# places prints LABEL=URL of the gateway and of two targets, at their port for S3.
places() {
  local label port=$((${AIS_ENDPOINT##*:} + 4)) i=0
  for label in gateway target1 target2; do
    say "$label=$SCHEME://127.0.0.1:$((port + i))"
    i=$((i + 1))
  done
}

# begin starts a cluster and gets the key for it.
begin() {
  own_cluster "$run" s3clients "${PORT:-26080}" >/dev/null
  eval "$(cat "$run/s3-key")"
}

# by_host [CLIENT OPTION…] runs the table with buckets that are names of hosts, which are
# known to the programs of this run alone.
by_host() {
  local port=$((${AIS_ENDPOINT##*:} + 4))
  if ! unshare -m true 2>/dev/null; then
    say "SKIP virtual-hosted style: needs unshare -m, for names of hosts of its own"
    return
  fi
  "$ROOT/bin/ais" config cluster net.s3.domains="$DOMAIN" --yes >/dev/null
  { cat /etc/hosts && say "127.0.0.1 $DOMAIN" && "$PYTHON" "$HERE/matrix.py" --buckets | sed "s/.*/127.0.0.1 &.$DOMAIN/"; } >"$run/hosts"
  # shellcheck disable=SC2016 # expanded inside
  unshare -m --propagation private bash -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' - "$run/hosts" \
    "$PYTHON" "$HERE/matrix.py" --files 0 "$@" "hosts:gateway=$SCHEME://$DOMAIN:$port"
}

install
export PATH=$HOME_OF_CLIENTS/venv/bin:$HOME_OF_CLIENTS/bin:$PATH
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true PYTHONDONTWRITEBYTECODE=1
# They would outweigh what each client is told to trust.
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_PROFILE
trap 'stop_clusters "$run"' EXIT
mapfile -t clients < <(for client in "$@"; do say --client && say "$client"; done)
begin
mapfile -t where < <(places)
say "over HTTP, path style:"
"$PYTHON" "$HERE/matrix.py" --files "${FILES:-5000}" --few "${FEW:-500}" "${clients[@]}" "${where[@]}"
say "over HTTP, virtual-hosted style:"
by_host "${clients[@]}"
if [ $# = 0 ]; then
  for script in boto3_test boto3_access_test boto3_versions_test; do
    S3_ENDPOINTS="$AIS_ENDPOINT/s3 ${where[1]#*=}" "$PYTHON" "$HERE/$script.py"
  done
  pytorch=${AIS_PYTORCH_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/aistore/pytorch}/bin/python # where tests/pytorch keeps it
  SNIPPET_PYTHONS=${AIS_TENSORFLOW_PYTHON:-}:$pytorch AWS_ENDPOINT_URL_S3=${where[0]#*=} "$PYTHON" "$HERE/snippets.py" "$ROOT/docs/s3compat.md"
fi
stop_clusters "$run" >/dev/null

# A certificate for the hosts of buckets too.
SCHEME=https AIS_USE_HTTPS=true
(cd "$ROOT" && "${GO:-go}" run ./deploy/dev/local/certificate -dir "$run-tls" -hosts "127.0.0.1,localhost,$DOMAIN,*.$DOMAIN")
AIS_SERVER_CRT=$run-tls/server.crt AIS_SERVER_KEY=$run-tls/server.key AIS_CLIENT_CA=$run-tls/server.crt
export AIS_USE_HTTPS AIS_SERVER_CRT AIS_SERVER_KEY AIS_CLIENT_CA
begin
mapfile -t where < <(places)
say "over HTTPS, path style:"
"$PYTHON" "$HERE/matrix.py" --files 0 --ca "$AIS_CLIENT_CA" "${clients[@]}" "${where[1]}"
say "over HTTPS, virtual-hosted style:"
by_host --ca "$AIS_CLIENT_CA" "${clients[@]}"
