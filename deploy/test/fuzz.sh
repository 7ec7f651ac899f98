#!/usr/bin/env bash
# make fuzz: runs every fuzz target of the module whose name matches RUN, for
# FUZZTIME each, and goes on after a failure to show them all. Inputs that fail
# are left in the testdata of their package: commit them with the cure.
set -euo pipefail
cd "$(dirname "$0")/../.."
go=${GO:-go}
time=${FUZZTIME:-10s}
run=${RUN:-.}

# one TARGET PACKAGE fuzzes one target. Before Go 1.27 a run may end with "context
# deadline exceeded" alone when its time is over (go.dev/issue/75804): nothing
# was found then, and a failing input would have been written.
one() {
	local out status=0
	out=$(mktemp)
	"$go" test -run '^$' -fuzz "^$1\$" -fuzztime "$time" -fuzzminimizetime 5s "$2" </dev/null 2>&1 | tee "$out" || status=$?
	if [ "$status" != 0 ] && ended_late "$1" "$out"; then
		echo "fuzz: $1 found nothing; its time was over while an input was tried"
		status=0
	fi
	rm -f "$out"
	return "$status"
}

# ended_late TARGET FILE tells whether the failure in the output in FILE is that
# of Go, and nothing else.
ended_late() {
	! grep -qE 'Failing input|panic:|hung or terminated' "$2" &&
		grep -A 2 -- "^--- FAIL: $1 " "$2" | tr '\n' ' ' | grep -qE '^--- FAIL: [^ ]+ \([0-9.]+s\)  *context deadline exceeded FAIL $'
}

targets=$(git ls-files -co --exclude-standard '*_test.go' |
	xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' /dev/null |
	sed -E 's|^(.*)/[^/]+:func (.*)$|./\1 \2|' | sort -u)

count=0
failed=
while read -r package target; do
	printf '%s\n' "$target" | grep -qE -- "$run" || continue
	count=$((count + 1))
	echo "fuzz: $target in $package for $time"
	one "$target" "$package" || failed="$failed $package.$target"
done <<<"$targets"

[ -z "$failed" ] || { echo "fuzz: failed:$failed"; exit 1; } >&2
echo "fuzz: $count targets held"
