#!/usr/bin/env bash
#
# Stops the local clusters of this checkout: the processes that deploy.sh and
# run.sh have written down, as far as they still are nodes of that cluster.
# Data and metadata stay.
#
#   kill.sh [run folder...]     default: all under .run, and AIS_RUN_DIR
set -euo pipefail
# shellcheck source=deploy/dev/local/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

if [ $# -eq 0 ]; then
  set -- "$RUNS"/*
  case ${AIS_RUN_DIR:-$RUNS/} in
    "$RUNS"/*) ;; # among them
    *) set -- "$@" "$AIS_RUN_DIR" ;;
  esac
fi
folders=()
for run in "$@"; do # the nodes know theirs by its whole path
  if [ -d "$run" ]; then folders+=("$(cd "$run" && pwd)"); fi
done
[ ${#folders[@]} -eq 0 ] || stop_clusters "${folders[@]}"
