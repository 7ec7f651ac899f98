package command

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"aistore/internal/jsonx"
)

// setting is one value of something nested, by its dotted name.
type setting struct {
	Name  string
	Value string
}

// flatten returns all values in v, which has a JSON form, by name.
func flatten(v any) ([]setting, error) {
	text, err := jsonx.Marshal(v)
	if err != nil {
		return nil, err
	}
	var tree any
	decoder := jsonx.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	var all []setting
	flattenInto(&all, "", tree)
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all, nil
}

func flattenInto(all *[]setting, name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			path := key
			if name != "" {
				path = name + "." + key
			}
			flattenInto(all, path, inner)
		}
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = fmt.Sprint(item)
		}
		*all = append(*all, setting{name, strings.Join(items, ", ")})
	case nil:
		*all = append(*all, setting{name, ""})
	default:
		*all = append(*all, setting{name, fmt.Sprint(v)})
	}
}

// within keeps the settings of a section: the one of that name, and those
// below it.
func within(all []setting, section string) []setting {
	if section == "" {
		return all
	}
	var some []setting
	for _, s := range all {
		if s.Name == section || strings.HasPrefix(s.Name, section+".") {
			some = append(some, s)
		}
	}
	return some
}

// printSettings prints settings as a table.
func (t *Tool) printSettings(noHeader bool, settings []setting) error {
	out := t.newTable(noHeader, "PROPERTY", "VALUE")
	for _, s := range settings {
		out.add(s.Name, s.Value)
	}
	return out.flush()
}

func firstPart(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return first
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
