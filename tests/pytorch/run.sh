#!/usr/bin/env bash
#
# Loads data sets of the unmodified AIStore Python SDK with PyTorch, from a cluster
# of its own (or the one of AIS_ENDPOINT): every sample once per epoch, with its bytes.
# With --install, which "make soak" uses, also those of s3torchconnector, and its
# checkpoints, over S3 through a gateway and a target.
#
#   tests/pytorch/run.sh [--install] [arguments of unittest]
#
# PyTorch takes gigabytes, so it is installed once, in a virtual environment outside
# of the checkout, and only with --install. Without it, and without PyTorch, the tests
# are skipped. AIS_PYTORCH_VENV says where, by default aistore/pytorch in the cache
# directory of the user. AIS_EPOCHS is how often each data set is loaded, 2 by default.
# For a cluster that is there already S3_ENDPOINTS, AWS_ACCESS_KEY_ID and
# AWS_SECRET_ACCESS_KEY say where its S3 is.
set -euo pipefail
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/dev/local/cluster.sh
. "$HERE/../../deploy/dev/local/cluster.sh"

VENV=${AIS_PYTORCH_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/aistore/pytorch}
PYTHON=$VENV/bin/python
PACKAGE='aistore[pytorch]==2.0.0'
CONNECTOR='s3torchconnector==1.5.0'
run=$RUNS/pytorch

skip() {
  say "SKIP tests/pytorch: $*"
  exit 0
}

# install makes the virtual environment.
install() {
  command -v python3 >/dev/null 2>&1 || skip "needs python3"
  python3 -m venv "$VENV" || skip "needs the venv module of Python (Debian: python3-venv)"
  say "installing $PACKAGE into $VENV: gigabytes, once"
  "$PYTHON" -m pip install -q --disable-pip-version-check "$PACKAGE" ||
    skip "needs $PACKAGE from a package index that pip can reach"
  say "$PACKAGE" >"$VENV/installed"
}

# install_connector adds s3torchconnector, unless it is there.
install_connector() {
  [ "$(cat "$VENV/installed-s3" 2>/dev/null)" != "$CONNECTOR" ] || return 0
  if "$PYTHON" -m pip install -q --disable-pip-version-check "$CONNECTOR"; then
    say "$CONNECTOR" >"$VENV/installed-s3"
  else
    say "SKIP tests/pytorch over S3: needs $CONNECTOR from a package index that pip can reach"
    return 1
  fi
}

wanted=''
if [ "${1:-}" = --install ]; then
  wanted=yes
  shift
fi
if [ "$(cat "$VENV/installed" 2>/dev/null)" != "$PACKAGE" ]; then
  [ -n "$wanted" ] || skip "PyTorch is not in $VENV; $0 --install, or make soak, puts it there"
  install
fi
if [ -z "${AIS_ENDPOINT:-}" ]; then
  trap 'stop_clusters "$run"' EXIT
  own_cluster "$run" pytorch "${PORT:-25080}"
  # shellcheck source=/dev/null
  . "$run/s3-key"
  port=${AIS_ENDPOINT##*:}
  S3_ENDPOINTS="http://127.0.0.1:$((port + 4)) http://127.0.0.1:$((port + 5))"
fi
export AIS_ENDPOINT
# They would outweigh AIS_CLIENT_CA in the library that the SDK uses.
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
export PYTHONWARNINGS=ignore # PyTorch wants as many processors as workers
cd "$HERE"
"$PYTHON" test_datasets.py "$@"
if [ -z "$wanted" ]; then
  exit 0
elif [ -z "${S3_ENDPOINTS:-}" ]; then
  say "SKIP tests/pytorch over S3: S3_ENDPOINTS does not say where it is"
elif install_connector; then
  export S3_ENDPOINTS
  "$PYTHON" test_s3.py "$@"
fi
