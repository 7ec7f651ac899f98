package completion_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aistore/internal/check"
)

// answers is an ais that prints its arguments, each in brackets, to a file, and
// then what it was told to offer.
const answers = `#!/bin/sh
printf '[%s]' "$@" >"$ASKED"
cat "$OFFERS"
`

// complete runs a shell script with a stand-in for ais, and returns what ais was
// asked and what the script prints.
func complete(t *testing.T, shell, script, offers string, args ...string) (asked, out string) {
	t.Helper()
	dir := t.TempDir()
	check.NoError(t, os.WriteFile(filepath.Join(dir, "ais"), []byte(answers), 0o755))
	check.NoError(t, os.WriteFile(filepath.Join(dir, "offers"), []byte(offers), 0o644))
	cmd := exec.CommandContext(t.Context(), needed(t, shell), append([]string{"-c", script}, args...)...)
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "ASKED="+dir+"/asked", "OFFERS="+dir+"/offers", "HOME="+dir)
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, text)
	}
	words, err := os.ReadFile(filepath.Join(dir, "asked"))
	check.NoError(t, err)
	return string(words), string(text)
}

// needed finds a shell, or skips the test.
func needed(t *testing.T, shell string) string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skipf("needs %s, which is not installed", shell)
	}
	return path
}

func TestBash(t *testing.T) {
	t.Parallel()
	const script = `. ./bash
compopt() { echo "compopt $*"; }
COMP_LINE=$1 COMP_POINT=${#1}
_ais
for word in "${COMPREPLY[@]}"; do echo "($word)"; done`
	for _, test := range []struct{ line, offers, asked, want string }{
		{"ais sh", "show\n", "[sh][--generate-bash-completion]", "(show)\n"},
		{"ais show ", "cluster\nbucket\n", "[show][][--generate-bash-completion]", "(cluster)\n(bucket)\n"},
		{"ais get ais://tr", "ais://train/\nais://trial/\n", "[get][ais://tr][--generate-bash-completion]", "(//train/)\n(//trial/)\n"},
		{"ais get ais://train/ca", "ais://train/cats/\n", "[get][ais://train/ca][--generate-bash-completion]", "(//train/cats/)\ncompopt -o nospace\n"},
		{"ais job stop UF", "UF2NSO3RAA\n", "[job][stop][UF][--generate-bash-completion]", "(UF2NSO3RAA)\n"},
		{"ais config cluster log.level=", "log.level=3\n", "[config][cluster][log.level=][--generate-bash-completion]", "(3)\n"},
		{"ais show cluster t1", "t1234567\n", "[show][cluster][t1][--generate-bash-completion]", "(t1234567)\n"},
	} {
		asked, out := complete(t, "bash", script, test.offers, "bash", test.line)
		check.Equal(t, asked, test.asked)
		check.Equal(t, sortedLines(out), sortedLines(test.want))
	}
}

// sortedLines are the lines of a text, those of the shell's own calls last.
func sortedLines(text string) []string {
	var words, calls []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "compopt") {
			calls = append(calls, line)
		} else {
			words = append(words, line)
		}
	}
	return append(words, calls...)
}

func TestZsh(t *testing.T) {
	t.Parallel()
	const script = `compadd() { print -r -- "$@" }
compdef() { : }
_files() { print files }
source ./zsh
words=(ais get ais://tr) CURRENT=3
_ais`
	asked, out := complete(t, "zsh", script, "ais://train/\nais://trial\n")
	check.Equal(t, asked, "[get][ais://tr][--generate-bash-completion]")
	check.Contains(t, out, "-S  -- ais://train/\n")
	check.Contains(t, out, "-- ais://trial\n")
	_, out = complete(t, "zsh", script, "")
	check.Equal(t, out, "files\n")
}

func TestFish(t *testing.T) {
	t.Parallel()
	const script = `source ./fish
complete -C 'ais get ais://tr'`
	asked, out := complete(t, "fish", script, "ais://train/\nais://trial\n")
	check.Equal(t, asked, "[get][ais://tr][--generate-bash-completion]")
	check.Contains(t, out, "ais://train/")
	check.Contains(t, out, "ais://trial")
}
