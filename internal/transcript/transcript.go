package transcript

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update is the flag of test binaries that use this package.
var update = flag.Bool("update", false, "rewrite transcripts with present output")

// Run reads the transcript at path, calls do for each command in order, with
// the words after its name, and fails t where the output differs from what is
// written. do returns its output, "" for none; a newline at its end is added
// if missing.
func Run(t testing.TB, path string, do func(command string, arguments []string) string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := parse(string(content))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for i := range blocks {
		blocks[i].execute(do)
	}
	if *update {
		if err := os.WriteFile(path, []byte(format(blocks, block.newOutput)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, b := range blocks {
		if diff := cmp.Diff(b.output, b.got); diff != "" {
			t.Errorf("%s:%d: %s (-want +got):\n%s", path, b.line, strings.Join(b.commands, "; "), diff)
		}
	}
}

// block is commands with one output.
type block struct {
	lead     []string // comments and empty lines before the commands
	commands []string // as written, comments between them included
	output   string   // as written
	got      string
	line     int // of the first command
}

func (b *block) execute(do func(string, []string) string) {
	var got strings.Builder
	for _, line := range b.commands {
		words := strings.Fields(line)
		if strings.HasPrefix(words[0], "#") {
			continue
		}
		text := do(words[0], words[1:])
		got.WriteString(text)
		if text != "" && !strings.HasSuffix(text, "\n") {
			got.WriteByte('\n')
		}
	}
	b.got = got.String()
}

func (b block) newOutput() string { return b.got }
