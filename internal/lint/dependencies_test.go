package lint_test

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"aistore/internal/check"
)

// TestEveryDependencyIsDocumented compares go.mod with the page that says why
// each module is there: those that we import by path and version, those that
// they bring along by name.
func TestEveryDependencyIsDocumented(t *testing.T) {
	t.Parallel()
	modules, err := os.ReadFile("../../go.mod")
	check.NoError(t, err)
	page, err := os.ReadFile("../../docs/dependencies.md")
	check.NoError(t, err)
	required := regexp.MustCompile(`(?m)^\t(\S+) (v\S+)( // indirect)?$`)
	major := regexp.MustCompile(`/v\d+$`)
	found := required.FindAllStringSubmatch(string(modules), -1)
	if len(found) < 10 {
		t.Fatalf("go.mod requires %d modules", len(found))
	}
	for _, m := range found {
		name, version, indirect := m[1], m[2], m[3] != ""
		want := name + " " + version
		if indirect {
			want = path.Base(major.ReplaceAllString(name, ""))
		}
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/dependencies.md does not mention %s", want)
		}
	}
	for _, row := range regexp.MustCompile(`(?m)^\| ((?:github\.com|golang\.org|go\.|pgregory\.net|honnef)\S*) (v\S+)`).FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(string(modules), "\t"+row[1]+" "+row[2]) {
			t.Errorf("docs/dependencies.md mentions %s %s, go.mod does not", row[1], row[2])
		}
	}
}
