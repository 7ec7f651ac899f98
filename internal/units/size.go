package units

import (
	"math"
	"strconv"
	"strings"

	"aistore/errs"
)

// Size is a number of bytes. As text and JSON it is a string such as "64MiB".
type Size int64

// Powers of 1024.
const (
	KiB Size = 1 << (10 * (1 + iota))
	MiB
	GiB
	TiB
	PiB
	EiB
)

// ParseSize reads a number with an optional fraction and unit, in any case,
// with or without a space between: "64MiB", "1.5 g", "4096", "-1". The units
// are b, and k, m, g, t, p, e alone or followed by b or ib: all of them powers
// of 1024. A fraction of a byte is dropped. Errors: Invalid.
func ParseSize(text string) (Size, error) {
	number, unit := splitUnit(text)
	factor, ok := factorOf(unit)
	if !ok {
		return 0, sizeError(text)
	}
	if whole, err := strconv.ParseInt(number, 10, 64); err == nil {
		return multiply(text, whole, factor)
	}
	fraction, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.ContainsAny(number, "eExXpPnN_") {
		return 0, sizeError(text)
	}
	bytes := fraction * float64(factor)
	if math.Abs(bytes) >= math.MaxInt64 {
		return 0, sizeError(text)
	}
	return Size(bytes), nil
}

// String returns the size in the largest unit that divides it, so that
// ParseSize gives it back exactly: "64MiB", "1025B", "0B".
func (s Size) String() string {
	const letters = "KMGTPE"
	value, unit := int64(s), "B"
	for _, letter := range letters {
		if value == 0 || value%1024 != 0 {
			break
		}
		value /= 1024
		unit = string(letter) + "iB"
	}
	return strconv.FormatInt(value, 10) + unit
}

// Human returns the size rounded to two digits after the point, for people
// only: "1.50GiB".
func (s Size) Human() string {
	const letters = "KMGTPE"
	value, unit := float64(s), "B"
	for _, letter := range letters {
		if math.Abs(value) < 1024 {
			break
		}
		value /= 1024
		unit = string(letter) + "iB"
	}
	if unit == "B" {
		return strconv.FormatInt(int64(s), 10) + unit
	}
	return strconv.FormatFloat(value, 'f', 2, 64) + unit
}

// MarshalText returns String.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSize.
func (s *Size) UnmarshalText(text []byte) error {
	size, err := ParseSize(string(text))
	if err != nil {
		return err
	}
	*s = size
	return nil
}

// MarshalJSON returns String in quotes.
func (s Size) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(s.String())), nil }

// UnmarshalJSON takes a string, as ParseSize does, or a bare number of bytes;
// null changes nothing.
func (s *Size) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	return s.UnmarshalText(unquote(data))
}

// splitUnit cuts text where its number ends.
func splitUnit(text string) (number, unit string) {
	text = strings.TrimSpace(text)
	end := strings.LastIndexAny(text, "0123456789.") + 1
	return text[:end], strings.ToLower(strings.TrimSpace(text[end:]))
}

func factorOf(unit string) (int64, bool) {
	switch unit {
	case "", "b":
		return 1, true
	case "k", "kb", "kib":
		return int64(KiB), true
	case "m", "mb", "mib":
		return int64(MiB), true
	case "g", "gb", "gib":
		return int64(GiB), true
	case "t", "tb", "tib":
		return int64(TiB), true
	case "p", "pb", "pib":
		return int64(PiB), true
	case "e", "eb", "eib":
		return int64(EiB), true
	}
	return 0, false
}

func multiply(text string, whole, factor int64) (Size, error) {
	product := whole * factor
	if product/factor != whole {
		return 0, sizeError(text)
	}
	return Size(product), nil
}

func sizeError(text string) error {
	e := errs.E("units.ParseSize", strconv.Quote(text), errs.Invalid, nil)
	e.Public = "invalid size " + strconv.Quote(text) + `: want a number of bytes or one with a unit, such as "64MiB"`
	return e
}

// unquote drops the quotes of a JSON string of plain characters.
func unquote(data []byte) []byte {
	if n := len(data); n >= 2 && data[0] == '"' && data[n-1] == '"' {
		return data[1 : n-1]
	}
	return data
}
