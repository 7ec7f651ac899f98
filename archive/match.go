package archive

import (
	"regexp"
	"strconv"
	"strings"

	"aistore/errs"
)

// Mode says how a pattern selects members by name.
type Mode string

// The modes, as clients name them.
const (
	MatchRegexp    Mode = "regexp" // the pattern is found in the name; also ""
	MatchPrefix    Mode = "prefix"
	MatchSuffix    Mode = "suffix"
	MatchSubstring Mode = "substr"
	MatchSampleKey Mode = "wdskey" // it is the member's SampleKey
)

// Matcher returns what tells whether a name is selected.
// Errors: Invalid (an unknown mode, a bad regular expression).
func (m Mode) Matcher(pattern string) (func(name string) bool, error) {
	switch m {
	case MatchPrefix:
		return func(name string) bool { return strings.HasPrefix(name, pattern) }, nil
	case MatchSuffix:
		return func(name string) bool { return strings.HasSuffix(name, pattern) }, nil
	case MatchSubstring:
		return func(name string) bool { return strings.Contains(name, pattern) }, nil
	case MatchSampleKey:
		return func(name string) bool { return SampleKey(name) == pattern }, nil
	case MatchRegexp, "":
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return nil, errs.E("archive.Matcher", "", errs.Invalid, err)
		}
		return compiled.MatchString, nil
	}
	e := errs.E("archive.Matcher", "", errs.Invalid, nil)
	e.Public = strconv.Quote(string(m)) + " is no way to select members: use regexp, prefix, suffix, substr or wdskey"
	return nil, e
}
