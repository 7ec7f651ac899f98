package lint

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// checkHabits checks what the house does without, in code that is not a test.
func (c *checker) checkHabits(s source) {
	for _, declaration := range s.Tree.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			c.checkFunction(s, d)
		case *ast.GenDecl:
			if d.Tok == token.VAR {
				c.checkVariables(s, d)
			}
		}
	}
}

func (c *checker) checkFunction(s source, f *ast.FuncDecl) {
	if f.Recv == nil && f.Name.Name == "init" {
		c.report(f.Pos(), "init: say it in a constructor")
	}
	if f.Body == nil {
		return
	}
	mustPanic := strings.HasPrefix(f.Name.Name, "must") || strings.HasPrefix(f.Name.Name, "Must")
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if s.Package != "internal/run" {
				c.report(n.Pos(), "bare go: use internal/run, so that somebody waits for it")
			}
		case *ast.CallExpr:
			if isIdent(n.Fun, "panic") && !mustPanic && !excepted(s.Package, f.Name.Name) {
				c.report(n.Pos(), "panic in %s: only for a broken invariant, in a function named must…", f.Name.Name)
			}
		}
		return true
	})
}

func (c *checker) checkVariables(s source, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || embedded(d.Doc) || embedded(v.Doc) {
			continue
		}
		for i, name := range v.Names {
			if !harmless(name.Name, v, i) && !excepted(s.Package, name.Name) {
				c.report(name.Pos(), "package variable %s: make it a constant, a function, or a field", name.Name)
			}
		}
	}
}

// harmless tells whether a package variable is state by its syntax only: a
// compile-time assertion, an error value, a compiled expression.
func harmless(name string, v *ast.ValueSpec, i int) bool {
	if name == "_" || strings.HasPrefix(name, "Err") || v.Type != nil && isIdent(v.Type, "error") {
		return true
	}
	if i >= len(v.Values) {
		return false
	}
	call, ok := v.Values[i].(*ast.CallExpr)
	if !ok {
		return false
	}
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := function.X.(*ast.Ident)
	return ok && slices.Contains([]string{"errors.New", "fmt.Errorf", "errs.E", "regexp.MustCompile"}, from.Name+"."+function.Sel.Name)
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed") })
}

func excepted(pkg, name string) bool {
	return slices.ContainsFunc(Exceptions(), func(e Exception) bool { return matches(e.Package, pkg) && e.Name == name })
}

func isIdent(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}
