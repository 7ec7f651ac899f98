package transcript_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"aistore/internal/check"
	"aistore/internal/transcript"
)

// counter returns a session of commands over one number.
func counter() func(string, []string) string {
	sum := 0
	return func(command string, arguments []string) string {
		switch command {
		case "add":
			n, _ := strconv.Atoi(arguments[0])
			sum += n
			if sum == 7 {
				return ""
			}
			return fmt.Sprint(sum)
		case "show":
			return fmt.Sprintf("%d\n\nthat is all\n", sum)
		case "quiet":
			return ""
		}
		return fmt.Sprintf("unknown: %s %v\n", command, arguments)
	}
}

func TestGoodTranscriptPasses(t *testing.T) {
	transcript.Run(t, "testdata/counter.txt", counter())
}

func TestUpdateRewritesOutputOnly(t *testing.T) {
	good, err := os.ReadFile("testdata/counter.txt")
	check.NoError(t, err)
	wrong := strings.NewReplacer("----\n1\n3\n", "----\n", "that is all\n", "that\n", "unknown: unknown", "x").Replace(string(good))
	path := filepath.Join(t.TempDir(), "counter.txt")
	check.NoError(t, os.WriteFile(path, []byte(wrong), 0o600))

	setUpdate(t, "false")
	r := &recorder{TB: t}
	transcript.Run(r, path, counter())
	check.Equal(t, len(r.errors), 3)
	check.Contains(t, r.errors[0], "counter.txt:3: add 1; add 2 (-want +got)")

	setUpdate(t, "true")
	transcript.Run(t, path, counter())
	got, err := os.ReadFile(path)
	check.NoError(t, err)
	check.Equal(t, string(got), string(good))
}

func TestMalformedTranscriptIsRefused(t *testing.T) {
	setUpdate(t, "false")
	for _, content := range []string{"add 1\n", "add 1\n\n----\n1\n", "----\n1\n", "add 1\n----\n----\n1\n"} {
		path := filepath.Join(t.TempDir(), "bad.txt")
		check.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		r := &recorder{TB: t}
		func() {
			defer func() { _ = recover() }()
			transcript.Run(r, path, counter())
		}()
		check.Equal(t, len(r.errors), 1)
	}
}

func setUpdate(t *testing.T, value string) {
	t.Helper()
	update := flag.Lookup("update")
	before := update.Value.String()
	check.NoError(t, update.Value.Set(value))
	t.Cleanup(func() { check.NoError(t, update.Value.Set(before)) })
}

// recorder is a testing.TB that keeps errors to itself.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, arguments ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, arguments...))
}

func (r *recorder) Fatalf(format string, arguments ...any) {
	r.Errorf(format, arguments...)
	panic("stop")
}
