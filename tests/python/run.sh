#!/usr/bin/env bash
#
# Runs the unmodified AIStore Python SDK against a cluster of its own: one
# gateway and three targets from bin/, on free ports, stopped at the end.
# With AIS_ENDPOINT set it uses that cluster instead; AIS_USE_HTTPS=true makes
# its own serve HTTPS.
#
#   tests/python/run.sh [arguments of unittest]
#
# Without Python, pip or a package index it skips and says what is missing.
# The packages go to tests/python/.venv (AIS_PYTHON_VENV puts them elsewhere).
# AIS_PYTHON_SDK names another version, such as 'aistore<2'.
set -euo pipefail
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/dev/local/cluster.sh
. "$HERE/../../deploy/dev/local/cluster.sh"

VENV=${AIS_PYTHON_VENV:-$HERE/.venv}
PYTHON=$VENV/bin/python
run=$RUNS/python

skip() {
  say "SKIP tests/python: $*"
  exit 0
}

# install makes the virtual environment, unless it is there and complete.
install() {
  local packages=${AIS_PYTHON_SDK:-$(cat "$HERE/requirements.txt")}
  if [ "$(cat "$VENV/installed" 2>/dev/null)" = "$packages" ]; then return; fi
  command -v python3 >/dev/null 2>&1 || skip "needs python3"
  python3 -m venv "$VENV" >/dev/null 2>&1 || skip "needs the venv module of Python (Debian: python3-venv)"
  "$PYTHON" -m pip install -q --disable-pip-version-check "$packages" ||
    skip "needs $packages from a package index that pip can reach"
  say "$packages" >"$VENV/installed"
}

start() {
  local port
  port=$(free_ports 4 "${PORT:-21080}")
  rm -rf "$run"
  AIS_RUN_DIR=$run AIS_SKIP_BUILD=1 PORT=$port PORT_INTRA_CONTROL='' PORT_INTRA_DATA='' \
    CLUSTER_WORD=python "$ROOT/deploy/dev/local/deploy.sh" <<<$'3\n1\n2\nn\nn\nn\n'
  AIS_ENDPOINT=$SCHEME://127.0.0.1:$port
  if [ -f "$run/tls/server.crt" ]; then export AIS_CLIENT_CA="$run/tls/server.crt"; fi
}

install
if [ -z "${AIS_ENDPOINT:-}" ]; then
  trap 'stop_clusters "$run"' EXIT
  stop_clusters "$run"
  start
fi
export AIS_ENDPOINT
# They would outweigh AIS_CLIENT_CA in the library that the SDK uses.
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
if [ $# -eq 0 ]; then set -- discover -v -s "$HERE" -t "$HERE"; fi
cd "$HERE"
"$PYTHON" -m unittest "$@"
