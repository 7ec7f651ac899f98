package config

import (
	"fmt"
	"reflect"
	"strings"
)

// members calls visit with the JSON name and the value of each member of a
// struct, embedded structs opened, until visit returns false.
func members(of reflect.Value, visit func(name string, member reflect.Value) bool) bool {
	for i := range of.NumField() {
		f := of.Type().Field(i)
		if f.Anonymous {
			if !members(of.Field(i), visit) {
				return false
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !visit(name, of.Field(i)) {
			return false
		}
	}
	return true
}

// field returns the member of that JSON name.
func field(of reflect.Value, name string) (found reflect.Value, ok bool) {
	members(of, func(n string, member reflect.Value) bool {
		if n == name {
			found, ok = member, true
		}
		return !ok
	})
	return found, ok
}

// names appends the dotted names of all leaves below a type to list.
func names(list []string, of reflect.Type, path string) []string {
	members(reflect.New(of).Elem(), func(name string, member reflect.Value) bool {
		t := member.Type()
		if !isSection(t) {
			list = append(list, join(path, name))
			return true
		}
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		list = names(list, t, join(path, name))
		return true
	})
	return list
}

// sections returns the names of the members of a type that have settings inside.
func sections(of reflect.Type) []string {
	var list []string
	members(reflect.New(of).Elem(), func(name string, member reflect.Value) bool {
		if isSection(member.Type()) {
			list = append(list, name)
		}
		return true
	})
	return list
}

// unknown returns the error of a name that a section does not have.
func unknown(section reflect.Type, path, name string) error {
	var siblings []string
	members(reflect.New(section).Elem(), func(n string, _ reflect.Value) bool {
		siblings = append(siblings, join(path, n))
		return true
	})
	return unknownAmong(join(path, name), append(siblings, names(nil, section, path)...))
}

func unknownAmong(key string, known []string) error {
	err := fmt.Errorf("%.100s: no such setting", key)
	if near := nearest(key, known); near != "" {
		err = fmt.Errorf("%w, did you mean %s?", err, near)
	}
	return err
}

// nearest returns the one of known that takes the fewest changes of letters
// to become key, or "" when none is near.
func nearest(key string, known []string) string {
	if len(key) > 200 {
		return ""
	}
	best, near := 2+len(key)/3, ""
	for _, k := range known {
		if d := distance(key, k); d < best {
			best, near = d, k
		}
		if last(k) == last(key) && near == "" {
			near = k
		}
	}
	return near
}

// distance returns the least number of letters to add, drop or change that
// makes a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func last(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }
