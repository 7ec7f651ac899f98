package lint

import (
	"go/token"
	"path"
	"slices"
	"strings"
)

// checkName checks that the package is in the table and named after its job.
func (c *checker) checkName(s source) {
	if _, ok := floorOf(s.Package); !ok {
		c.report(s.Tree.Package, "package %s has no floor: add it to internal/lint/floors.go", s.Package)
	}
	for element := range strings.SplitSeq(s.Package, "/") {
		if slices.Contains(drawers(), element) {
			c.report(s.Tree.Package, "package %s: a package is named after its one job, not %q", s.Package, element)
		}
	}
}

func (c *checker) checkImports(s source) {
	s.imports(func(importPath string, at token.Pos) {
		if !s.Test {
			c.checkLibrary(s.Package, importPath, at)
		}
		to, ok := own(importPath)
		if !ok || to == s.Package {
			return
		}
		if !allowed(s.Package, to, s.Test) {
			c.report(at, "%s (floor %s) may not import %s (floor %s)", s.Package, floorText(s.Package), to, floorText(to))
		}
		c.checkDoor(s, to, at)
	})
}

func (c *checker) checkLibrary(from, importPath string, at token.Pos) {
	for _, library := range Libraries() {
		if matches(library.Path+"/...", importPath) && !matchesAny(library.Users, from) && !suite(from) {
			c.report(at, "%s may not import %s: %s", from, importPath, library.Reason)
		}
	}
	if to, ok := own(importPath); ok && suite(to) && !suite(from) && !matchesAny(testers(), from) {
		c.report(at, "%s may not import %s: it is for tests", from, to)
	}
}

func (c *checker) checkDoor(s source, to string, at token.Pos) {
	for _, door := range Doors() {
		if !s.Test && matches(door.Package, s.Package) && !matchesAny(door.Sees, to) {
			c.report(at, "%s may not import %s: it sees only what internal/lint/rules.go lists", s.Package, to)
		}
	}
}

// allowed tells whether one package of ours may import another. Tests may also
// import their own floor, and the twins and suites below their own package.
func allowed(from, to string, test bool) bool {
	fromFloor, fromKnown := floorOf(from)
	toFloor, toKnown := floorOf(to)
	if !fromKnown || !toKnown {
		return true // reported as a package without floor
	}
	if to == "errs" || toFloor < fromFloor {
		return true
	}
	if test && (toFloor == fromFloor || forTests(to) || strings.HasPrefix(to, from+"/")) {
		return true
	}
	if toFloor > fromFloor {
		return false
	}
	return related(from, to) || slices.ContainsFunc(SameFloors(), func(s SameFloor) bool { return s.From == from && s.To == to })
}

// related tells whether, on one floor, from is a sub-package of to, or both
// are parts of one command or of the tests.
func related(from, to string) bool {
	if strings.HasPrefix(from, to+"/") {
		return true
	}
	pattern := patternOf(from)
	return pattern == patternOf(to) && (pattern == "tests/..." || pattern == "bench/..." ||
		pattern == "cmd/..." && command(from) == command(to))
}

// command returns the first two elements of a package below cmd.
func command(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	return path.Join(parts[:min(2, len(parts))]...)
}

// forTests tells whether pkg helps tests of any floor.
func forTests(pkg string) bool {
	return slices.Contains([]string{"internal/check", "internal/transcript", "internal/memnet"}, pkg)
}

// suite tells whether pkg is for tests by its name: fs/fstest, aistest.
func suite(pkg string) bool { return strings.HasSuffix(path.Base(pkg), "test") }

func floorOf(pkg string) (int, bool) {
	for _, floor := range Floors() {
		if matches(floor.Package, pkg) {
			return floor.Number, true
		}
	}
	return 0, false
}

// patternOf returns the line of the table that covers pkg.
func patternOf(pkg string) string {
	for _, floor := range Floors() {
		if matches(floor.Package, pkg) {
			return floor.Package
		}
	}
	return ""
}

func floorText(pkg string) string {
	number, _ := floorOf(pkg)
	return string(rune('0'+number/10)) + string(rune('0'+number%10))
}
