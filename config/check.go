package config

import (
	"fmt"
	"slices"

	"aistore/internal/units"
)

// bad returns the error of the setting called key.
func bad(key, format string, args ...any) error {
	return fmt.Errorf(key+": "+format, args...)
}

// bound names a setting and the values it may have, both ends included.
type bound struct {
	key           string
	value, lo, hi int64
}

// within returns the error of the first setting that is out of bounds.
func within(bounds ...bound) error {
	for _, b := range bounds {
		if b.value < b.lo || b.value > b.hi {
			return bad(b.key, "%d is not from %d to %d", b.value, b.lo, b.hi)
		}
	}
	return nil
}

// span is a bound for a duration.
type span struct {
	key           string
	value, lo, hi units.Duration
}

// lasting returns the error of the first duration that is out of bounds.
func lasting(spans ...span) error {
	for _, s := range spans {
		if s.value < s.lo || s.value > s.hi {
			return bad(s.key, "%s is not from %s to %s", s.value, s.lo, s.hi)
		}
	}
	return nil
}

// extent is a bound for a size.
type extent struct {
	key           string
	value, lo, hi units.Size
}

// sized returns the error of the first size that is out of bounds.
func sized(extents ...extent) error {
	for _, e := range extents {
		if e.value < e.lo || e.value > e.hi {
			return bad(e.key, "%s is not from %s to %s", e.value, e.lo, e.hi)
		}
	}
	return nil
}

// oneOf checks a setting that is a word.
func oneOf(key, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return bad(key, "%.64q is none of %q", value, words)
}
