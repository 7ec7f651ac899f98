#!/usr/bin/env bash
# make fuzz: runs every fuzz target of the module whose name matches RUN, for
# FUZZTIME each, and goes on after a failure to show them all. Inputs that fail
# are left in the testdata of their package: commit them with the cure.
set -eu
cd "$(dirname "$0")/../.."
go=${GO:-go}
time=${FUZZTIME:-10s}
run=${RUN:-.}

targets=$(git ls-files -co --exclude-standard '*_test.go' |
	xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' /dev/null |
	sed -E 's|^(.*)/[^/]+:func (.*)$|./\1 \2|' | sort -u)

count=0
failed=
while read -r package target; do
	printf '%s\n' "$target" | grep -qE -- "$run" || continue
	count=$((count + 1))
	echo "fuzz: $target in $package for $time"
	"$go" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 5s "$package" </dev/null ||
		failed="$failed $package.$target"
done <<<"$targets"

[ -z "$failed" ] || { echo "fuzz: failed:$failed"; exit 1; } >&2
echo "fuzz: $count targets held"
