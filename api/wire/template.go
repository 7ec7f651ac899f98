package wire

import (
	"iter"
	"math"
	"strconv"
	"strings"
)

// Template is a pattern with braces, as bash expands them: lists {a,b,c},
// ranges of templateNumbers {1..10}, {000..100..5} and letters {a..f}, nested and
// repeated at will. What bash leaves alone, as {a} and unbalanced braces,
// stays as it is, and a backslash keeps the character after it literal.
type Template struct {
	source string
	parts  []templatePart
}

// templatePart is one piece of a template.
type templatePart interface {
	count() int64 // saturates
	each(prefix string, yield func(string) bool) bool
}

// maxDepth bounds how deep braces nest; beyond it they are literal.
const maxDepth = 20

// ParseTemplate reads a pattern. Every string is one.
func ParseTemplate(source string) Template {
	return Template{source, parseParts(source, 0)}
}

// String returns the pattern as it was given.
func (t Template) String() string { return t.source }

// IsZero tells whether the template was never parsed. The zero template stands
// for the empty name.
func (t Template) IsZero() bool { return t.parts == nil && t.source == "" }

// HasBraces reports whether the pattern stands for more than itself.
func (t Template) HasBraces() bool {
	for _, p := range t.parts {
		if _, plain := p.(templateLiteral); !plain {
			return true
		}
	}
	return false
}

// Count returns how many strings the template stands for, at most MaxInt64.
func (t Template) Count() int64 { return templateSequence(t.parts).count() }

// All yields the strings one by one, in bash's order.
func (t Template) All() iter.Seq[string] {
	return func(yield func(string) bool) { templateSequence(t.parts).each("", yield) }
}

// Prefix returns what all the strings begin with.
func (t Template) Prefix() string {
	if len(t.parts) == 0 {
		return ""
	}
	first, _ := t.parts[0].(templateLiteral)
	return string(first)
}

// templateLiteral stands for itself.
type templateLiteral string

func (l templateLiteral) count() int64 { return 1 }

func (l templateLiteral) each(prefix string, yield func(string) bool) bool {
	return yield(prefix + string(l))
}

// templateSequence is parts one after the other.
type templateSequence []templatePart

func (s templateSequence) count() int64 {
	n := int64(1)
	for _, p := range s {
		n = multiplyCapped(n, p.count())
	}
	return n
}

func (s templateSequence) each(prefix string, yield func(string) bool) bool {
	if len(s) == 0 {
		return yield(prefix)
	}
	return s[0].each(prefix, func(longer string) bool { return s[1:].each(longer, yield) })
}

// templateList is {a,b,c}.
type templateList []templateSequence

func (l templateList) count() int64 {
	n := int64(0)
	for _, s := range l {
		n = addCapped(n, s.count())
	}
	return n
}

func (l templateList) each(prefix string, yield func(string) bool) bool {
	for _, s := range l {
		if !s.each(prefix, yield) {
			return false
		}
	}
	return true
}

// templateNumbers is {first..last..step}, first and last included.
type templateNumbers struct {
	first, last int64
	step        int64 // above 0; the direction follows from first and last
	width       int   // padded with zeros; 0 is not
	letters     bool  // first and last are characters
}

func (n templateNumbers) count() int64 {
	span := uint64(n.last) - uint64(n.first)
	if n.first > n.last {
		span = uint64(n.first) - uint64(n.last)
	}
	steps := span / uint64(n.step)
	if steps >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(steps) + 1
}

func (n templateNumbers) each(prefix string, yield func(string) bool) bool {
	step := n.step
	if n.first > n.last {
		step = -step
	}
	value := n.first
	for range n.count() {
		if !yield(prefix + n.text(value)) {
			return false
		}
		value += step
	}
	return true
}

func (n templateNumbers) text(value int64) string {
	if n.letters {
		return string(rune(value))
	}
	digits := strconv.FormatInt(value, 10)
	sign := ""
	if value < 0 {
		sign, digits = "-", digits[1:]
	}
	if pad := n.width - len(sign) - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	return sign + digits
}

// parseParts cuts source into parts.
func parseParts(source string, depth int) []templatePart {
	var parts []templatePart
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			parts = append(parts, templateLiteral(plain.String()))
			plain.Reset()
		}
	}
	for i := 0; i < len(source); i++ {
		switch {
		case source[i] == '\\' && i+1 < len(source):
			i++
			plain.WriteByte(source[i])
		case source[i] == '{' && depth < maxDepth:
			p, length := parseBrace(source[i:], depth)
			if p == nil {
				plain.WriteByte('{')
				continue
			}
			flush()
			parts = append(parts, p)
			i += length - 1
		default:
			plain.WriteByte(source[i])
		}
	}
	flush()
	return parts
}

// parseBrace reads one brace expression at the start of source, and returns
// it with its length; nil when it is none.
func parseBrace(source string, depth int) (templatePart, int) {
	end, commas := matchingBrace(source)
	if end < 0 {
		return nil, 0
	}
	inside := source[1:end]
	if len(commas) == 0 {
		if r, ok := parseRange(inside); ok {
			return r, end + 1
		}
		return nil, 0
	}
	var alternatives templateList
	start := 1
	for _, at := range append(commas, end) {
		alternatives = append(alternatives, parseParts(source[start:at], depth+1))
		start = at + 1
	}
	return alternatives, end + 1
}

// matching finds the brace that closes the one at the start of source, and
// the commas between them that are not in inner braces.
func matchingBrace(source string) (end int, commas []int) {
	depth := 0
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i, commas
			}
		case ',':
			if depth == 1 {
				commas = append(commas, i)
			}
		}
	}
	return -1, nil
}

// parseRange reads "1..10", "01..10..3", "a..f".
func parseRange(text string) (templateNumbers, bool) {
	fields := strings.Split(text, "..")
	if len(fields) != 2 && len(fields) != 3 {
		return templateNumbers{}, false
	}
	n := templateNumbers{step: 1}
	if len(fields) == 3 {
		step, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil || step == math.MinInt64 {
			return templateNumbers{}, false
		}
		n.step = max(1, magnitude(step))
	}
	if isOneLetter(fields[0]) && isOneLetter(fields[1]) {
		n.first, n.last, n.letters = int64(fields[0][0]), int64(fields[1][0]), true
		return n, true
	}
	var err1, err2 error
	n.first, err1 = strconv.ParseInt(fields[0], 10, 64)
	n.last, err2 = strconv.ParseInt(fields[1], 10, 64)
	if err1 != nil || err2 != nil {
		return templateNumbers{}, false
	}
	if hasLeadingZero(fields[0]) || hasLeadingZero(fields[1]) {
		n.width = max(len(fields[0]), len(fields[1]))
	}
	return n, true
}

// padded reports whether a number is written with zeros in front.
func hasLeadingZero(text string) bool {
	text = strings.TrimPrefix(text, "-")
	return len(text) > 1 && text[0] == '0'
}

func isOneLetter(text string) bool {
	return len(text) == 1 && (text[0]|0x20) >= 'a' && (text[0]|0x20) <= 'z'
}

func magnitude(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func addCapped(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func multiplyCapped(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}
