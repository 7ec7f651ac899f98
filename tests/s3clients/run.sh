#!/usr/bin/env bash
#
# Drives unmodified S3 clients against clusters of its own (one gateway and three
# targets from bin/): each operation of each client through the gateway and through two
# targets, of which at least one does not own the object, then all over HTTPS. A tree of
# FILES files (5000) goes there and back. Then the snippets of docs/s3compat.md run.
#
#   tests/s3clients/run.sh [--client NAME]…
#
# Clients from package indexes are kept in AIS_S3CLIENTS_HOME, by default
# aistore/s3clients in the cache directory of the user; those that a system's package
# manager has (s3fs) have to be there. A client that is missing is skipped, with a line
# that says what to install.
set -euo pipefail
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/dev/local/cluster.sh
. "$HERE/../../deploy/dev/local/cluster.sh"

HOME_OF_CLIENTS=${AIS_S3CLIENTS_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/aistore/s3clients}
PYTHON=$HOME_OF_CLIENTS/venv/bin/python
MC=github.com/minio/mc@latest
run=$RUNS/s3clients

skip() {
  say "SKIP tests/s3clients: $*"
  exit 0
}

# install makes the virtual environment, unless it is there and complete, and builds
# what Go's proxy has.
install() {
  command -v python3 >/dev/null 2>&1 || skip "needs python3"
  mkdir -p "$HOME_OF_CLIENTS"
  if ! cmp -s "$HERE/requirements.txt" "$HOME_OF_CLIENTS/venv/installed"; then
    python3 -m venv "$HOME_OF_CLIENTS/venv" >/dev/null 2>&1 || skip "needs the venv module of Python (Debian: python3-venv)"
    "$PYTHON" -m pip install -q --disable-pip-version-check -r "$HERE/requirements.txt" ||
      skip "needs the packages of requirements.txt from a package index that pip can reach"
    cp "$HERE/requirements.txt" "$HOME_OF_CLIENTS/venv/installed"
  fi
  if [ ! -x "$HOME_OF_CLIENTS/bin/mc" ]; then
    GOBIN=$HOME_OF_CLIENTS/bin "${GO:-go}" install "$MC" || say "mc could not be built: it is left out"
  fi
}

# drive LABEL FILES ARGS... starts a cluster and runs the table against it.
drive() {
  local label=$1 files=$2 i places=() secure=()
  shift 2
  own_cluster "$run" s3clients "${PORT:-26080}" >/dev/null
  eval "$("$ROOT/bin/ais" auth s3-key create s3clients --env)"
  local port=${AIS_ENDPOINT##*:}
  for i in 0 1 2; do
    places+=("$label$([ $i = 0 ] && say gateway || say target$i)=$SCHEME://127.0.0.1:$((port + i))/s3")
  done
  if [ -n "${AIS_CLIENT_CA:-}" ]; then secure=(--ca "$AIS_CLIENT_CA"); fi
  "$PYTHON" "$HERE/matrix.py" --files "$files" "${secure[@]}" "$@" "${places[@]}"
  stop_clusters "$run" >/dev/null
}

install
export PATH=$HOME_OF_CLIENTS/venv/bin:$HOME_OF_CLIENTS/bin:$PATH
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true PYTHONDONTWRITEBYTECODE=1
# They would outweigh what each client is told to trust.
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_PROFILE
trap 'stop_clusters "$run"' EXIT
drive '' "${FILES:-5000}" "$@"
SCHEME=https AIS_USE_HTTPS=true
export AIS_USE_HTTPS
drive 'https ' 200 "$@"
