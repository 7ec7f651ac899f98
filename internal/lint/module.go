package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Module is the name that import paths of ours begin with.
const Module = "aistore"

// source is one Go file.
type source struct {
	Package   string // directory below the module
	Test      bool
	Generated bool
	Tree      *ast.File
}

// load parses every Go file of the module in fsys, whatever its build tags.
// Nested modules, testdata, and hidden directories are not ours to check.
func load(fsys fs.FS, positions *token.FileSet) ([]source, error) {
	var sources []source
	err := fs.WalkDir(fsys, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(fsys, file)
		}
		if path.Ext(file) != ".go" {
			return nil
		}
		one, err := parseFile(fsys, positions, file)
		sources = append(sources, one)
		return err
	})
	return sources, err
}

func skip(fsys fs.FS, dir string) error {
	name := path.Base(dir)
	if dir == "." {
		return nil
	}
	if name[0] == '.' || name[0] == '_' || slices.Contains([]string{"testdata", "bin", "dist", "vendor"}, name) {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func parseFile(fsys fs.FS, positions *token.FileSet, file string) (source, error) {
	content, err := fs.ReadFile(fsys, file)
	if err != nil {
		return source{}, err
	}
	tree, err := parser.ParseFile(positions, file, content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	return source{
		Package:   path.Dir(file),
		Test:      strings.HasSuffix(file, "_test.go"),
		Generated: ast.IsGenerated(tree),
		Tree:      tree,
	}, nil
}

// imports calls yield for each import path of the file.
func (s source) imports(yield func(importPath string, at token.Pos)) {
	for _, spec := range s.Tree.Imports {
		if importPath, err := strconv.Unquote(spec.Path.Value); err == nil {
			yield(importPath, spec.Pos())
		}
	}
}

// own returns the directory of an import path of the module.
func own(importPath string) (string, bool) { return strings.CutPrefix(importPath, Module+"/") }

// matches tells whether pattern, a package or one that ends in "/...", covers
// the package.
func matches(pattern, pkg string) bool {
	if above, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == above || strings.HasPrefix(pkg, above+"/")
	}
	return pattern == pkg
}

func matchesAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, pkg) })
}
