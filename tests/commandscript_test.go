package tests_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/internal/check"
	"aistore/internal/transcript"
)

// What the ais command prints about jobs, archives and promoted files of a real
// cluster, word by word.
func TestCommandTranscript(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	dir := t.TempDir()
	lastJob := ""
	transcript.Run(t, "testdata/commands.txt", func(name string, words []string) string {
		for i, word := range words {
			word = strings.ReplaceAll(strings.Trim(word, `"`), "$DIR", dir)
			words[i] = strings.ReplaceAll(word, "$JOB", lastJob)
		}
		if name == "write" { // FILE TEXT...
			path := filepath.Join(dir, words[0])
			check.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			check.NoError(t, os.WriteFile(path, []byte(strings.Join(words[1:], " ")), 0o644))
			return ""
		}
		out, code := ais(t, c, words...)
		if found := jobID().FindString(out); found != "" {
			lastJob = found
		}
		return stableOutput(out, dir, code)
	})
}

func jobID() *regexp.Regexp { return regexp.MustCompile(`\b(tco-)?[A-Z0-9]{9,}\b`) }

// stableOutput replaces what differs from run to run.
func stableOutput(out, dir string, code int) string {
	out = strings.ReplaceAll(out, dir, "$DIR")
	for _, r := range [][2]string{
		{jobID().String(), "JOB"},
		{`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, "TIME"},
		{`done in [0-9.µmsh]+`, "done in DURATION"},
		{`[0-9.]+[KMG]?i?B/s`, "RATE"},
		{` {2,}`, "  "}, // columns are as wide as those
	} {
		out = regexp.MustCompile(r[0]).ReplaceAllString(out, r[1])
	}
	if code != 0 {
		out += "exit " + string(rune('0'+code)) + "\n"
	}
	return out
}
