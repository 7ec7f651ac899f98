package config

import (
	"fmt"
	"reflect"
	"slices"

	"aistore/errs"
)

// Kept returns the sections that [Reset] leaves alone unless they are named:
// how nodes reach, find and trust each other, and the remote backends. Without
// them a cluster would come apart.
func Kept() []string { return []string{"auth", "backend", "net", "proxy"} }

// Reset returns c with the settings and sections of those dotted names at their
// defaults again, or all but the sections of [Kept] when no name is given,
// checked as a whole. c stays as it is.
// Errors: Invalid (no such setting, or one that cannot be set).
func Reset(c *Cluster, keys ...string) (*Cluster, error) {
	next := *c
	var err error
	if len(keys) == 0 {
		keys = resettable()
	}
	for _, key := range keys {
		if err == nil {
			err = resetOne(&next, key)
		}
	}
	if err == nil {
		err = next.validateChange(c)
	}
	if err != nil {
		return nil, errs.E("config.Reset", "", errs.Invalid, err)
	}
	return &next, nil
}

// resettable returns the sections, and the settings in none, that a reset of
// everything resets.
func resettable() []string {
	var keys []string
	members(reflect.ValueOf(new(Cluster)).Elem(), func(name string, _ reflect.Value) bool {
		if !isReadOnly(name) && !slices.Contains(Kept(), name) {
			keys = append(keys, name)
		}
		return true
	})
	return keys
}

// resetOne gives a setting or a section of c its default.
func resetOne(c *Cluster, key string) error {
	if isReadOnly(key) {
		return fmt.Errorf("%s: cannot be set", key)
	}
	defaults := Default()
	to, err := find(c, key)
	if err != nil {
		return err
	}
	from, err := find(&defaults, key)
	if err != nil {
		return err
	}
	to.Set(from)
	return nil
}
