package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// decode returns a copy of base changed by a JSON object. Numbers, booleans
// and strings may stand for each other where their text fits. Null leaves a
// setting as it is. Errors begin with the line and name the setting.
func decode[T any](base T, data []byte) (T, error) {
	next := base
	d := &decoder{Decoder: json.NewDecoder(bytes.NewReader(data)), data: data}
	d.UseNumber()
	err := d.root(reflect.ValueOf(&next).Elem())
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the text ends too early to be JSON")
	}
	if err != nil {
		return base, fmt.Errorf("line %d: %w", d.line(), err)
	}
	return next, nil
}

// decoder walks JSON and settings side by side, to know where it is.
type decoder struct {
	*json.Decoder
	data []byte
}

// line returns the line that the decoder has come to, from 1.
func (d *decoder) line() int {
	offset := min(int(d.InputOffset()), len(d.data))
	return 1 + bytes.Count(d.data[:offset], []byte{'\n'})
}

func (d *decoder) root(into reflect.Value) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return fmt.Errorf("expecting an object, have %v", token)
	}
	if err := d.object(into, ""); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows the object")
	}
	return nil
}

// object reads members up to the closing brace.
func (d *decoder) object(into reflect.Value, path string) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		key := join(path, name)
		if seen[name] {
			return fmt.Errorf("%s: stands here twice", key)
		}
		seen[name] = true
		member, ok := field(into, name)
		if !ok {
			return unknown(into.Type(), path, name)
		}
		if err := d.member(member, key); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (d *decoder) member(into reflect.Value, key string) error {
	if !isSection(into.Type()) {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return setJSON(into, key, raw)
	}
	token, err := d.Token()
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", key, err)
	case token == nil:
		return nil
	case token != json.Delim('{'):
		return fmt.Errorf("%s: expecting an object, have %v", key, token)
	}
	return d.object(open(into), key)
}

// setJSON sets a leaf from JSON.
func setJSON(leaf reflect.Value, key string, raw json.RawMessage) error {
	switch {
	case string(raw) == "null":
		return nil
	case isStructured(leaf.Type()) && raw[0] != '"':
		fresh := reflect.New(leaf.Type())
		if err := json.Unmarshal(raw, fresh.Interface()); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		leaf.Set(fresh.Elem())
		return nil
	case raw[0] == '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return setText(leaf, key, text)
	case raw[0] == '{' || raw[0] == '[':
		return fmt.Errorf("%s: expecting a single value", key)
	}
	return setText(leaf, key, string(raw))
}
