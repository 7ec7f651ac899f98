package config_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"aistore/config"
	"aistore/internal/check"
)

// document is the page for operators; the part between the marks is made here.
const (
	document = "../docs/configuration.md"
	begin    = "<!-- made by: go test ./config -run Documented -update -->\n"
	end      = "<!-- end of what is made -->\n"
)

func TestEverySettingIsDocumented(t *testing.T) {
	text, err := os.ReadFile(document)
	check.NoError(t, err)
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no marks", document)
	}
	want := head + begin + settings(t) + end + tail
	if *update {
		check.NoError(t, os.WriteFile(document, []byte(want), 0o644))
		return
	}
	check.Equal(t, string(text), want)
}

// settings are tables of all settings with their defaults, a section each.
func settings(t *testing.T) string {
	t.Helper()
	file := complete()
	d := &describer{defaults: map[string]string{}, comments: comments(t, ".", "../api/wire")}
	for _, s := range config.Flatten(&file) {
		d.defaults[s.Key] = s.Value
	}
	d.section("The node itself", reflect.TypeFor[config.Node](), "")
	d.section("The cluster as a whole", reflect.TypeFor[config.Cluster](), "")
	check.Equal(t, len(d.shown), len(d.defaults))
	check.Equal(t, d.bare, nil)
	return d.text.String()
}

// describer writes tables of settings.
type describer struct {
	text     strings.Builder
	defaults map[string]string // of all settings, by name
	comments map[string]string // of types "pkg.Type" and fields "pkg.Type.Field"
	shown    []string          // names of settings
	bare     []string          // of which the source says nothing
}

// section writes what a struct holds: first its own settings, then its sections.
func (d *describer) section(title string, of reflect.Type, prefix string) {
	fmt.Fprintf(&d.text, "\n### %s\n\n", title)
	if prefix != "" {
		fmt.Fprintf(&d.text, "%s\n\n", d.comments[of.String()])
	}
	d.text.WriteString("| setting | default | a change counts | what it is |\n|---|---|---|---|\n")
	var later []reflect.StructField
	for field := range of.Fields() {
		if _, leaf := d.defaults[prefix+jsonName(field)]; leaf || prefix != "" || of.Name() == "Node" {
			d.rows(of, field, prefix)
		} else {
			later = append(later, field)
		}
	}
	for _, field := range later {
		d.section("`"+jsonName(field)+"`", field.Type, jsonName(field)+".")
	}
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// rows writes a field, or what is in it.
func (d *describer) rows(of reflect.Type, field reflect.StructField, prefix string) {
	key := prefix + jsonName(field)
	if value, leaf := d.defaults[key]; leaf {
		d.shown = append(d.shown, key)
		what := strings.ReplaceAll(d.comments[of.String()+"."+field.Name], "|", `\|`)
		if choices := config.Choices(key); len(choices) > 2 || len(choices) > 0 && choices[0] != "true" {
			what += ": `" + strings.Join(choices, "`, `") + "`"
		}
		if what == "" {
			d.bare = append(d.bare, key)
		}
		fmt.Fprintf(&d.text, "| `%s` | %s | %s | %s |\n", key, code(value), config.EffectOf(key), what)
		return
	}
	inner := field.Type
	if inner.Kind() == reflect.Pointer {
		inner = inner.Elem()
	}
	if !field.Anonymous {
		prefix = key + "."
	}
	for below := range inner.Fields() {
		d.rows(inner, below, prefix)
	}
}

func code(value string) string {
	if value == "" || value == "null" {
		return ""
	}
	return "`" + value + "`"
}

// comments reads what the sources of packages say about types and fields.
func comments(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	said := map[string]string{}
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		check.NoError(t, err)
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			check.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				if decl, ok := n.(*ast.GenDecl); ok && decl.Tok == token.TYPE && len(decl.Specs) == 1 {
					spec := decl.Specs[0].(*ast.TypeSpec)
					describe(said, file.Name.Name+"."+spec.Name.Name, decl.Doc, spec)
				}
				return true
			})
		}
	}
	return said
}

func describe(said map[string]string, name string, doc *ast.CommentGroup, spec *ast.TypeSpec) {
	said[name] = line(doc)
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range fields.Fields.List {
		for _, id := range field.Names {
			said[name+"."+id.Name] = strings.TrimSpace(line(field.Doc) + " " + line(field.Comment))
		}
	}
}

// line is a comment on one line, without brackets of links.
func line(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return strings.NewReplacer("[", "", "]", "", "\n", " ").Replace(strings.TrimSpace(c.Text()))
}
