package units

import (
	"strconv"
	"strings"
	"time"

	"aistore/errs"
)

// Duration is a time.Duration that is a string such as "2m" as text and JSON.
type Duration time.Duration

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// ParseDuration reads Go's form, "1h30m", or "0". Errors: Invalid, also for a
// number without a unit, which everybody takes for something else.
func ParseDuration(text string) (Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil {
		e := errs.E("units.ParseDuration", strconv.Quote(text), errs.Invalid, nil)
		e.Public = "invalid duration " + strconv.Quote(text) + `: want a form such as "10s" or "1h30m"`
		return 0, e
	}
	return Duration(d), nil
}

// String returns Go's form without a tail of zeros: "2m", not "2m0s".
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText returns String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDuration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// MarshalJSON returns String in quotes.
func (d Duration) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(d.String())), nil }

// UnmarshalJSON takes a string, as ParseDuration does, or a bare number of
// nanoseconds; null changes nothing.
func (d *Duration) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if nanoseconds, err := strconv.ParseInt(string(data), 10, 64); err == nil {
		*d = Duration(nanoseconds)
		return nil
	}
	return d.UnmarshalText(unquote(data))
}
