#!/usr/bin/env bash
# make check: what must hold before a review, in seconds when caches are warm.
# Installs staticcheck under bin/tools if there is none of the pinned version.
set -eu
cd "$(dirname "$0")/../.."
go=${GO:-go}
pinned=v0.8.2 # the release 2026.2.2
tools=$PWD/bin/tools

say() { printf 'check: %-18s %4ss\n' "$1" "$((SECONDS - since))"; since=$SECONDS; }
since=$SECONDS

# pinned_staticcheck prints the path of a staticcheck of the pinned version.
pinned_staticcheck() {
	local path
	for path in "$tools/staticcheck" "$(command -v staticcheck || true)"; do
		[ -x "$path" ] && "$path" -version | grep -q "(${pinned#v})" && { echo "$path"; return; }
	done
	return 1
}

unformatted=$(git ls-files -co --exclude-standard '*.go' | while read -r f; do [ -f "$f" ] && echo "$f"; done | xargs -r gofmt -l)
[ -z "$unformatted" ] || { echo "gofmt -w these:"; echo "$unformatted"; exit 1; } >&2
say gofmt

"$go" vet ./...
say vet

GOOS=darwin CGO_ENABLED=0 "$go" vet ./...
say 'vet for macOS'

if ! staticcheck=$(pinned_staticcheck); then
	GOBIN=$tools "$go" install "honnef.co/go/tools/cmd/staticcheck@$pinned" || true
	staticcheck=$(pinned_staticcheck) || staticcheck=
fi
if [ -n "$staticcheck" ]; then
	"$staticcheck" ./...
	say staticcheck
elif [ "${CI:-}" = true ]; then
	echo "check: staticcheck $pinned could not be installed" >&2
	exit 1
else
	echo "check: staticcheck $pinned could not be installed, left out" >&2
fi

"$go" test ./internal/lint
say floors
