package tests_test

import (
	"bytes"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/cmd/ais/command"
	"aistore/internal/check"
)

// ais runs a command line of the ais command against a cluster, and returns what
// it prints and its exit code.
func ais(t *testing.T, c *aistest.Cluster, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	tool := command.New(command.Environment{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Home: t.TempDir(),
		Getenv: func(name string) string {
			if name == "AIS_ENDPOINT" {
				return c.URL()
			}
			return ""
		},
	})
	code := tool.Run(t.Context(), append([]string{"ais"}, args...))
	return out.String(), code
}

func TestCommandsOfJobs(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	fill(t, c, b, "o%02d", 20)
	to, moved := b.String()+"-to", b.String()+"-moved"
	for _, test := range []struct {
		line string
		want string
		code int
	}{
		{"cp " + b.String() + " " + to + " --wait", "has ended: 20 objects", 0},
		{"cp " + b.String() + " " + to + " --template o{00..04} --prepend x/ --wait", "has ended: 5 objects", 0},
		{"mv " + to + " " + moved + " --wait", "has ended: 25 objects", 0},
		{"mv " + to + " " + moved, "does not exist", 3},
		{"archive bucket " + b.String() + " " + b.String() + "/all.tar --prefix o0 --wait", "has ended: 10 objects", 0},
		{"bucket summary " + moved, "25", 0},
		{"bucket summary --json", "obj_count_present", 0},
		{"show job --all", "move-bck", 0},
		{"show job copy-bucket --all --json", "loc-objs", 0},
		{"show job NONE", "does not exist", 3},
		{"job show --all -v", "copy-listrange", 0},
		{"job start nothing", "does not exist", 3},
		{"job start copy-bucket", "needs arguments", 1},
		{"job stop NONE", "does not exist", 3},
		{"job wait NONE", "does not exist", 3},
		{"prefetch " + b.String(), "has none", 2},
		{"evict " + b.String() + " --list a", "has none", 2},
		{"cp " + b.String() + " " + b.String() + "-ext --ext a", "OLD:NEW", 2},
	} {
		out, code := ais(t, c, strings.Fields(test.line)...)
		check.Contains(t, out, test.want)
		if code != test.code {
			t.Errorf("ais %s: exit %d, want %d: %s", test.line, code, test.code, out)
		}
	}
	gone := wire.Bucket{Name: b.Name + "-to", Provider: wire.ProviderAIS}
	out, _ := ais(t, c, "ls")
	if strings.Contains(out, gone.String()+"\n") {
		t.Errorf("a renamed bucket has its old name, too: %s", out)
	}
}
