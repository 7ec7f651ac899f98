package config

import (
	"reflect"
	"slices"
	"strings"
)

// Setting is one setting as text.
type Setting struct {
	Key   string // dotted name
	Value string
}

// Change is what became of one setting. "" stands for absent, too.
type Change struct {
	Key      string
	From, To string
}

// Flatten returns all settings of a configuration (a [Cluster], a [Node], a
// [File], or one section) sorted by name. Sections that are absent are left out.
func Flatten[T any](of *T) []Setting {
	list := flatten(nil, reflect.ValueOf(of).Elem(), "")
	slices.SortFunc(list, func(a, b Setting) int { return strings.Compare(a.Key, b.Key) })
	return list
}

func flatten(list []Setting, of reflect.Value, path string) []Setting {
	members(of, func(name string, member reflect.Value) bool {
		key := join(path, name)
		switch {
		case !isSection(member.Type()):
			list = append(list, Setting{Key: key, Value: text(member)})
		case member.Kind() != reflect.Pointer:
			list = flatten(list, member, key)
		case !member.IsNil():
			list = flatten(list, member.Elem(), key)
		}
		return true
	})
	return list
}

// Diff returns the settings in which two configurations differ, sorted by name.
func Diff[T any](from, to *T) []Change {
	var changes []Change
	a, b := Flatten(from), Flatten(to)
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Key < b[0].Key:
			changes = append(changes, Change{Key: a[0].Key, From: a[0].Value})
			a = a[1:]
		case len(a) == 0 || b[0].Key < a[0].Key:
			changes = append(changes, Change{Key: b[0].Key, To: b[0].Value})
			b = b[1:]
		default:
			if a[0].Value != b[0].Value {
				changes = append(changes, Change{Key: a[0].Key, From: a[0].Value, To: b[0].Value})
			}
			a, b = a[1:], b[1:]
		}
	}
	return changes
}
