#!/usr/bin/env bash
#
# Runs every fuzz target of the module for some seconds: fuzz.sh [seconds]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r file; do
  sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$file" | while read -r name; do
    echo "$(dirname "$file") $name"
    go test "$(dirname "$file")" -run='^$' -fuzz="^$name\$" -fuzztime="${1:-5}s" </dev/null
  done
done
