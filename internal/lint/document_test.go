package lint_test

import (
	"flag"
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aistore/internal/check"
	"aistore/internal/lint"
)

var update = flag.Bool("update", false, "rewrite the made part of docs/architecture.md")

// picture is the page for readers; the part between the marks is made here.
const (
	picture = "../../docs/architecture.md"
	begin   = "<!-- made by: go test ./internal/lint -run Picture -update -->\n"
	end     = "<!-- end of what is made -->\n"
)

func TestPictureShowsEveryPackageOnItsFloor(t *testing.T) {
	text, err := os.ReadFile(picture)
	check.NoError(t, err)
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no marks", picture)
	}
	now := floors(t)
	if *update {
		check.NoError(t, os.WriteFile(picture, []byte(head+begin+now+end+tail), 0o644))
		return
	}
	made, _, _ := strings.Cut(rest, end)
	check.Equal(t, places(made), places(now)) // the sentences are as of the last update
}

// places are the first two columns of a table.
func places(table string) []string {
	var rows []string
	for line := range strings.Lines(table) {
		if cells := strings.SplitN(line, "|", 4); len(cells) == 4 {
			rows = append(rows, cells[1]+cells[2])
		}
	}
	return rows
}

// floors is a table of the packages that are there, highest floor first.
func floors(t *testing.T) string {
	t.Helper()
	rows := map[int][]string{}
	for _, p := range packages(t) {
		rows[p.floor] = append(rows[p.floor], fmt.Sprintf("| %d | `%s` | %s |\n", p.floor, p.name, p.says))
	}
	var table strings.Builder
	table.WriteString("\n| floor | package | what it says of itself |\n|---|---|---|\n")
	for floor := 11; floor >= 0; floor-- {
		for _, row := range rows[floor] {
			table.WriteString(row)
		}
	}
	table.WriteString("\n")
	return table.String()
}

type shown struct {
	floor      int
	name, says string
}

// packages are those of the module that have code, sorted by path.
func packages(t *testing.T) []shown {
	t.Helper()
	var all []shown
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if base := path.Base(dir); dir != "." && (base[0] == '.' || base == "testdata") {
			return fs.SkipDir
		}
		if says := synopsis(t, dir); says != "" {
			all = append(all, shown{floorOf(t, dir), dir, says})
		}
		return nil
	})
	check.NoError(t, err)
	return all
}

// synopsis is the first sentence about a package; "" if it has no code.
func synopsis(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
	check.NoError(t, err)
	code, text := false, ""
	for _, file := range paths {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		code = code || filepath.Base(file) != "doc.go"
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
		check.NoError(t, err)
		if parsed.Doc != nil {
			text = new(doc.Package).Synopsis(parsed.Doc.Text())
		}
	}
	if !code {
		return ""
	}
	if text == "" {
		t.Errorf("package %s says nothing of itself", dir)
	}
	words := strings.Fields(text)
	sentence := strings.TrimSuffix(strings.Join(words[min(2, len(words)):], " "), ".")
	return strings.NewReplacer("|", `\|`, "[", "", "]", "").Replace(sentence)
}

// floorOf is the number that the table has for a package.
func floorOf(t *testing.T, dir string) int {
	t.Helper()
	all := lint.Floors()
	i := slices.IndexFunc(all, func(f lint.Floor) bool {
		base, below := strings.CutSuffix(f.Package, "/...")
		return f.Package == dir || below && (dir == base || strings.HasPrefix(dir, base+"/"))
	})
	if i < 0 {
		t.Fatalf("package %s has no floor", dir)
	}
	return all[i].Number
}
