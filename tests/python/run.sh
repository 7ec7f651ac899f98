#!/usr/bin/env bash
#
# Runs the unmodified AIStore Python SDK against a cluster of its own: one
# gateway and three targets from bin/, on free ports, stopped at the end.
# With AIS_ENDPOINT set it uses that cluster instead; AIS_USE_HTTPS=true makes
# its own serve HTTPS.
#
#   tests/python/run.sh [arguments of unittest]
#
# Without arguments all tests run, once for each version of the SDK in
# requirements.txt, and every public method of the SDK has to be called by one
# of them (completeness.py). The tests are the same for all versions.
#
# Each version has its virtual environment in tests/python/.venv
# (AIS_PYTHON_VENV puts them elsewhere). AIS_PYTHON_SDK names one other version,
# such as 'aistore==1.20.0'. Without Python, pip or a package index the tests are
# skipped; the last line says what is missing.
set -euo pipefail
HERE=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/dev/local/cluster.sh
. "$HERE/../../deploy/dev/local/cluster.sh"

VENVS=${AIS_PYTHON_VENV:-$HERE/.venv}
run=$RUNS/python

skip() {
  say "SKIP tests/python: $*"
  exit 0
}

# versions prints what is to be tested, one to a line.
versions() {
  if [ -n "${AIS_PYTHON_SDK:-}" ]; then say "$AIS_PYTHON_SDK"; else grep '^aistore' "$HERE/requirements.txt"; fi
}

# python VERSION prints the interpreter of its virtual environment.
python() { say "$VENVS/${1//[^A-Za-z0-9._-]/_}/bin/python"; }

# install VERSION makes the virtual environment, unless it is there and complete.
install() {
  local venv python package packages=()
  while read -r package; do packages+=("$package"); done < <(say "$1" && grep -v '^aistore\|^#' "$HERE/requirements.txt")
  python=$(python "$1")
  venv=${python%/bin/python}
  if [ "$(cat "$venv/installed" 2>/dev/null)" = "${packages[*]}" ]; then return; fi
  command -v python3 >/dev/null 2>&1 || skip "needs python3"
  python3 -m venv "$venv" >/dev/null 2>&1 || skip "needs the venv module of Python (Debian: python3-venv)"
  "$python" -m pip install -q --disable-pip-version-check "${packages[@]}" ||
    skip "needs ${packages[*]} from a package index that pip can reach"
  say "${packages[*]}" >"$venv/installed"
}

sdks=()
while read -r sdk; do sdks+=("$sdk"); done < <(versions)
for sdk in "${sdks[@]}"; do install "$sdk"; done
if [ -z "${AIS_ENDPOINT:-}" ]; then
  trap 'stop_clusters "$run"' EXIT
  own_cluster "$run" python "${PORT:-21080}"
fi
# They would outweigh AIS_CLIENT_CA in the library that the SDK uses.
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
if [ $# -eq 0 ]; then set -- "$HERE/every.py"; else set -- -m unittest "$@"; fi
cd "$HERE"
for sdk in "${sdks[@]}"; do "$(python "$sdk")" "$@"; done
