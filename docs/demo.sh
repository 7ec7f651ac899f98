#!/usr/bin/env bash
#
# A tour of the ais command line: a source tree becomes a bucket, the bucket
# becomes 20 shards, the shards are listed, read, copied, renamed and thinned
# out. After every step objects and bytes are counted and compared with what
# they have to be; the first difference ends the tour with exit code 1.
#
#   docs/demo.sh [DIRECTORY]
#
# DIRECTORY is what is stored, by default the source tree of Go. The tour runs on
# the cluster that AIS_ENDPOINT names or, if it is not set, on one that it starts
# for itself and stops. Its buckets are called demo-… and are removed at the end.
# AIS_DEMO_PROPS sets properties of them, such as 'durability=relaxed'. As in all
# scripts here, AIS_SKIP_BUILD takes the programs in bin/ as they are.
set -euo pipefail
# shellcheck source=deploy/dev/local/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/../deploy/dev/local/cluster.sh"

export PATH=$ROOT/bin:$PATH
shards=20

# step WORDS says what comes next.
step() { printf "\n== %s\n" "$*"; }

# show COMMAND... prints a command as you would type it, and runs it.
show() {
  printf '$'
  printf ' %q' "$@"
  printf '\n'
  "$@"
}

# expect WHAT GOT WANT compares two counts.
expect() {
  [ "$2" = "$3" ] || fail "$1: $2, not $3"
  say "   ok: $1: $2"
}

# total BUCKET prints how many objects a bucket has, and their bytes together.
total() { ais ls "$1" --json | add_up; }

# add_up does so for the JSON of ls: one object per line, sizes as text, none
# where nothing is in it.
add_up() {
  awk '{ n++; if (match($0, /"size":"[0-9]+"/)) bytes += substr($0, RSTART + 8, RLENGTH - 9) }
    END { printf "%d objects, %.0f bytes\n", n, bytes }'
}

# total_files DIRECTORY is the same for the files below a directory.
total_files() {
  (cd "$1" && find . -type f -exec wc -c {} +) |
    awk '$2 != "total" { n++; bytes += $1 } END { printf "%d objects, %.0f bytes\n", n, bytes }'
}

# lay_out SOURCE copies a tree into 20 directories of as many files each, one
# for each shard: part-00/archive/tar/common.go, …
lay_out() {
  local count
  count=$(find "$1" -type f | wc -l)
  [ "$count" -ge $shards ] || fail "$1 has $count files: $shards or more are needed"
  (cd "$1" && find . -type f | sort) |
    awk -v parts=$shards -v count="$count" '{ printf "%02d %s\n", int((NR - 1) * parts / count), substr($0, 3) }' >"$work/files"
  local i part
  for ((i = 0; i < shards; i++)); do
    part=$(printf '%02d' $i)
    mkdir -p "$work/tree/part-$part"
    sed -n "s/^$part //p" "$work/files" | tar -C "$1" -c -h -f - -T - | tar -C "$work/tree/part-$part" -x -f -
  done
}

# clean_up leaves nothing behind but what a cluster of yours had before.
clean_up() {
  if [ -n "${AIS_ENDPOINT:-}" ]; then
    for bucket in "$tree" "$store" "$copy" "$renamed"; do
      ais rmb "$bucket" --yes >/dev/null 2>&1 || true # most are gone, or never were
    done
  fi
  [ -z "$run" ] || stop_clusters "$run"
  rm -rf "$work"
}

need awk sed tar cmp diff
run='' tag=demo-$$
tree=ais://$tag-tree store=ais://$tag-shards copy=ais://$tag-copy renamed=ais://$tag-renamed
work=$(mktemp -d)
trap clean_up EXIT
source=${1:-}
if [ -z "$source" ]; then
  need go
  source=$(go env GOROOT)/src
fi
build
if [ -z "${AIS_ENDPOINT:-}" ]; then
  step "no AIS_ENDPOINT: starting a gateway and three targets"
  run=$RUNS/demo
  own_cluster "$run" ais-demo 24080
fi
export AIS_ENDPOINT

step "the files of $source, in $shards parts"
lay_out "$source"
files=$(total_files "$work/tree")
say "   $files"

step "put: every file becomes an object"
show ais create "$tree" "$store" --props "${AIS_DEMO_PROPS:-}"
show ais put --recursive "$work/tree" "$tree" --conc 16 --yes
expect "in $tree" "$(total "$tree")" "$files"

step "archive: every part, named by a template, becomes a shard"
for ((i = 0; i < shards; i++)); do
  shard=$(printf 'shard-%02d.tar' $i) part=$(printf 'part-%02d/' $i)
  show ais archive bucket "$tree" "$store/$shard" --template "$part" --wait
done
expect "shards" "$(ais ls "$store" -H | wc -l)" $shards
expect "still in $tree" "$(total "$tree")" "$files"

step "list inside: members of all shards together are the files"
show ais archive ls "$store/shard-00.tar" --limit 4
ais archive ls "$store" --json | sed -n 's|.*"name":"shard-[0-9]*\.tar/\([^"]*\)".*|\1|p' | sort >"$work/members"
(cd "$work/tree" && find . -type f | sed 's|^\./||' | sort) >"$work/names"
cmp "$work/members" "$work/names" || fail "the shards have other members than there are files"
expect "in them" "$(ais archive ls "$store" --json | grep '"name":"shard-[0-9]*\.tar/' | add_up)" "$files"

step "read members: one of each shard, and one shard whole"
for ((i = 0; i < shards; i++)); do
  shard=$(printf 'shard-%02d.tar' $i)
  member=$(grep -m 1 "^part-${shard:6:2}/" "$work/names")
  [ $i -gt 0 ] || printf '$ ais archive get %s/%s --archpath %s - | cmp - …\n' "$store" "$shard" "$member"
  ais archive get "$store/$shard" --archpath "$member" - | cmp - "$work/tree/$member"
done
mkdir "$work/unpacked"
ais get "$store/shard-13.tar" - | tar -C "$work/unpacked" -x -f -
diff -r "$work/unpacked/part-13" "$work/tree/part-13"
say "   ok: $shards members and the whole of shard-13.tar are the files, byte by byte"

step "copy the bucket"
packed=$(total "$store")
show ais cp "$store" "$copy" --wait
expect "in $copy" "$(total "$copy")" "$packed"
expect "still in $store" "$(total "$store")" "$packed"

step "rename the copy"
show ais mv "$copy" "$renamed" --wait
expect "in $renamed" "$(total "$renamed")" "$packed"
if ais ls "$copy" >/dev/null 2>&1; then fail "$copy is still there"; fi
say "   ok: $copy is gone"

step "delete a range: the second half of the shards"
half=$(ais ls "$renamed" --json | grep -E 'shard-0[0-9]' | add_up)
show ais rm "$renamed" --template "shard-{10..19}.tar" --yes
expect "left in $renamed" "$(total "$renamed")" "$half"
expect "still in $store" "$(total "$store")" "$packed"
ais get "$renamed/shard-07.tar" - | cmp - <(ais get "$store/shard-07.tar" -)
say "   ok: what is left reads as before"

step "remove everything"
show ais rmb "$tree" "$store" "$renamed" --yes
if ais ls ais:// -H 2>/dev/null | grep -q "$tag"; then fail "buckets are left"; fi
printf '\nAll totals are equal: %s as objects, as members of %s shards, copied, renamed and deleted.\n' "$files" $shards
