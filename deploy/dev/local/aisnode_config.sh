#!/usr/bin/env bash
#
# Prints the configuration of one node: aisnode.json, beside this script, with
# the environment filled in. That file is the one place where a deployment says
# how nodes are configured; what it does not say has the default of the program.
#
# Each of its values stands on a line of its own. ${NAME} is the value of that
# variable; without a value, the line is left out, and a section of which
# nothing remains. The line of ${NAME-} stays, with an empty value.
#
# The caller sets these variables:
#
#   NODE_DIR                 metadata of the node
#   NODE_LOG_DIR             its log
#   NODE_HOST, NODE_PORT     public network
#   NODE_PORT_CONTROL, NODE_PORT_DATA
#                            the other two; empty shares the public listener
#   NODE_PORT_S3             of S3 alone; empty opens none
#   NODE_PATHS               mountpaths, separated by commas; empty makes
#   NODE_DATA, NODE_MOUNTPATHS, NODE_INSTANCE
#                            NODE_MOUNTPATHS directories NODE_DATA/NODE_INSTANCE/1…
#                            that may share a file system, for trying things out
#   PRIMARY_URL, DISCOVERY_URL
#                            where to find the cluster
#
# and the user may set those of docs/playground.md (MIRROR_ENABLED and so on).
set -euo pipefail

if [ -n "${NODE_PATHS:-}" ] || [ "${NODE_MOUNTPATHS:-0}" = 0 ]; then
  export NODE_DATA='' NODE_MOUNTPATHS='' NODE_INSTANCE=''
fi

awk '
# json is text as it stands between the quotes of a JSON string.
function json(text, out, i, letter) {
  for (i = 1; i <= length(text); i++) {
    letter = substr(text, i, 1)
    out = out (letter == "\\" || letter == "\"" ? "\\" : "") letter
  }
  return out
}

# keep adds a line to those that are printed in the end.
function keep(line) { lines[++count] = line }

/\$\{[A-Z_0-9]+-?\}/ {
  match($0, /\$\{[A-Z_0-9]+-?\}/)
  name = substr($0, RSTART + 2, RLENGTH - 3)
  empty = sub(/-$/, "", name)
  value = ENVIRON[name]
  if (value == "" && !empty) next
  keep(substr($0, 1, RSTART - 1) json(value) substr($0, RSTART + RLENGTH))
  next
}

# The end of a section: no comma before it, and no section without content.
/^ *\}/ {
  sub(/,$/, "", lines[count])
  if (count > 1 && lines[count] ~ /\{$/) {
    count--
    next
  }
}

{ keep($0) }

END { for (i = 1; i <= count; i++) print lines[i] }
' "$(dirname "${BASH_SOURCE[0]}")/aisnode.json"
