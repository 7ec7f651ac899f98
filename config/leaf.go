package config

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"aistore/errs"
)

// A configuration is a tree of sections (structs, or pointers to structs that
// may be absent) with leaves. A leaf is text, a number, a boolean, something
// that reads itself from text, or structured: a list, a map, or raw JSON.

// isSection tells whether values of type t have settings inside.
func isSection(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && !isText(t)
}

// isStructured tells whether leaves of type t are written as JSON.
func isStructured(t reflect.Type) bool {
	return t.Kind() == reflect.Slice || t.Kind() == reflect.Map
}

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// open returns the struct of a section, for changing it. What a pointer
// points to is shared with other snapshots, so it is copied first; a section
// that is absent begins with its defaults.
func open(section reflect.Value) reflect.Value {
	if section.Kind() != reflect.Pointer {
		return section
	}
	fresh := reflect.New(section.Type().Elem())
	if !section.IsNil() {
		fresh.Elem().Set(section.Elem())
	} else if d, ok := fresh.Interface().(interface{ setDefaults() }); ok {
		d.setDefaults()
	}
	section.Set(fresh)
	return fresh.Elem()
}

// setText sets a leaf from text.
func setText(leaf reflect.Value, key, text string) error {
	if u, ok := leaf.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			// Its sentence would stand for all, and hide which setting it is.
			return fmt.Errorf("%s: %s", key, errs.PublicOf(err))
		}
		return nil
	}
	var err error
	switch leaf.Kind() {
	case reflect.String:
		leaf.SetString(text)
	case reflect.Bool:
		var b bool
		b, err = parseBool(text)
		leaf.SetBool(b)
	case reflect.Int, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, leaf.Type().Bits())
		leaf.SetInt(n)
	case reflect.Uint64:
		var n uint64
		n, err = strconv.ParseUint(text, 0, 64)
		leaf.SetUint(n)
	case reflect.Slice, reflect.Map:
		return setStructuredText(leaf, key, text)
	default:
		err = fmt.Errorf("a %s cannot be set", leaf.Type())
	}
	if err != nil {
		return fmt.Errorf("%s: %.100q is not %s", key, text, article(leaf.Kind()))
	}
	return nil
}

// setStructuredText sets a list from words with commas between, a map of text
// from such words with "=value" behind them, which may be left out, or any
// structured leaf from JSON.
func setStructuredText(leaf reflect.Value, key, text string) error {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
	switch {
	case leaf.Type() == reflect.TypeFor[[]string]() && !strings.HasPrefix(text, "["):
		leaf.Set(reflect.ValueOf(words))
		return nil
	case leaf.Type() == reflect.TypeFor[map[string]string]() && !strings.HasPrefix(text, "{"):
		pairs := make(map[string]string, len(words))
		for _, word := range words {
			name, value, _ := strings.Cut(word, "=")
			pairs[name] = value
		}
		leaf.Set(reflect.ValueOf(pairs))
		return nil
	case text == "" || text[0] == '"' || !json.Valid([]byte(text)):
		return fmt.Errorf("%s: %.100q is not JSON", key, text)
	}
	return setJSON(leaf, key, json.RawMessage(text))
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "on", "yes", "y":
		return true, nil
	case "off", "no", "n":
		return false, nil
	}
	return strconv.ParseBool(strings.ToLower(text))
}

func article(kind reflect.Kind) string {
	switch kind {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number that is not negative"
	}
	return "such a value"
}

// text returns a leaf as text, the opposite of setText.
func text(leaf reflect.Value) string {
	if m, ok := leaf.Interface().(encoding.TextMarshaler); ok {
		if b, err := m.MarshalText(); err == nil {
			return string(b)
		}
	}
	if isStructured(leaf.Type()) {
		b, err := json.Marshal(leaf.Interface())
		if err != nil {
			return ""
		}
		return string(b)
	}
	return fmt.Sprint(leaf.Interface())
}
