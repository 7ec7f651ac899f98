package command_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aistore/api/apitest"
	"aistore/cmd/ais/command"
	"aistore/internal/check"
	"aistore/internal/transcript"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// session runs command lines in a directory, against a fake cluster.
type session struct {
	t       *testing.T
	cluster *apitest.Cluster
	dir     string
	env     map[string]string
	stdin   string
	tty     bool

	patience time.Duration // between attempts to reach a cluster that starts; 0 is a millisecond
}

func newSession(t *testing.T) *session {
	t.Helper()
	cluster := apitest.Start(t, apitest.Options{Proxies: 2, Targets: 3})
	return &session{
		t: t, cluster: cluster, dir: t.TempDir(),
		env: map[string]string{"AIS_ENDPOINT": cluster.URL("proxy001")},
	}
}

// run returns what a command line prints, standard error behind "! ", and its
// exit code unless that is 0.
func (s *session) run(ctx context.Context, args ...string) string {
	var stdout, stderr bytes.Buffer
	tool := command.New(command.Environment{
		Stdin:         strings.NewReader(s.stdin),
		Stdout:        &stdout,
		Stderr:        &stderr,
		Getenv:        func(name string) string { return s.env[name] },
		Home:          filepath.Join(s.dir, "home"),
		StdinTerminal: s.tty,
		Patience:      cmp.Or(s.patience, time.Millisecond),
	})
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "$DIR", s.dir)
	}
	code := tool.Run(ctx, append([]string{"ais"}, args...))
	s.stdin = ""
	out := stdout.String()
	if out != "" && !strings.HasSuffix(out, "\n") {
		out += "\n"
	}
	for line := range strings.Lines(stderr.String()) {
		out += "! " + line
	}
	if code != 0 {
		out += fmt.Sprintf("exit %d\n", code)
	}
	return s.stable(out)
}

// stable replaces what differs from run to run.
func (s *session) stable(out string) string {
	out = strings.ReplaceAll(out, s.dir, "$DIR")
	out = regexp.MustCompile(`daemon_port( +)\d+`).ReplaceAllString(out, "daemon_port${1}port")
	out = regexp.MustCompile(`http://127\.\d+\.\d+\.\d+:\d{5}`).ReplaceAllString(out, "http://host:port")
	out = regexp.MustCompile(`(http://host:port|URL) {2,}`).ReplaceAllString(out, "$1  ")
	return out
}

// do carries out one line of a transcript.
func (s *session) do(name string, words []string) string {
	words = unquote(words)
	switch name {
	case "ais":
		return s.run(s.t.Context(), words...)
	case "write": // FILE [TEXT...]
		path := filepath.Join(s.dir, words[0])
		check.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
		check.NoError(s.t, os.WriteFile(path, []byte(strings.Join(words[1:], " ")), 0o644))
	case "files": // DIRECTORY
		return s.files(words[0])
	case "stdin":
		s.stdin = strings.Join(words, " ") + "\n"
	case "tty":
		s.tty = words[0] == "on"
	case "env":
		s.env[words[0]] = strings.Join(words[1:], " ")
	case "stop":
		s.cluster.Stop(words[0])
	default:
		s.t.Fatalf("unknown command %q", name)
	}
	return ""
}

// files prints the files below a directory with their content.
func (s *session) files(dir string) string {
	var out strings.Builder
	root := filepath.Join(s.dir, dir)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		fmt.Fprintf(&out, "%s: %s\n", rel, text)
		return err
	})
	check.NoError(s.t, err)
	return out.String()
}

// unquote joins words that stand between double or single quotes.
func unquote(words []string) []string {
	var out []string
	open := ""
	for _, word := range words {
		quote := ""
		if open == "" && (strings.HasPrefix(word, `"`) || strings.HasPrefix(word, "'")) {
			quote, word = word[:1], word[1:]
			out = append(out, "")
		}
		text, closed := word, false
		if q := open + quote; q != "" {
			text, closed = strings.CutSuffix(word, q)
		}
		switch {
		case quote != "":
			out[len(out)-1] = text
			open = quote
		case open != "":
			out[len(out)-1] += " " + text
		default:
			out = append(out, text)
		}
		if closed {
			open = ""
		}
	}
	return out
}

func TestTranscripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	check.NoError(t, err)
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txt"), func(t *testing.T) {
			t.Parallel()
			transcript.Run(t, script, newSession(t).do)
		})
	}
}
