package command

import (
	"iter"
	"math"
	"strconv"
	"strings"
)

// template is a pattern with braces, as bash expands them: lists {a,b,c},
// ranges of numbers {1..10}, {000..100..5} and letters {a..f}, nested and
// repeated at will. What bash leaves alone, as {a} and unbalanced braces,
// stays as it is, and a backslash keeps the character after it literal.
type template struct {
	source string
	parts  []part
}

// part is one piece of a template.
type part interface {
	count() int64 // saturates
	each(prefix string, yield func(string) bool) bool
}

// maxDepth bounds how deep braces nest; beyond it they are literal.
const maxDepth = 20

// parseTemplate reads a pattern. Every string is one.
func parseTemplate(source string) template {
	return template{source, parseParts(source, 0)}
}

// hasBraces reports whether the pattern stands for more than itself.
func (t template) hasBraces() bool {
	for _, p := range t.parts {
		if _, plain := p.(literal); !plain {
			return true
		}
	}
	return false
}

// count returns how many strings the template stands for, at most MaxInt64.
func (t template) count() int64 { return sequence(t.parts).count() }

// all yields the strings one by one, in bash's order.
func (t template) all() iter.Seq[string] {
	return func(yield func(string) bool) { sequence(t.parts).each("", yield) }
}

// literalPrefix returns what all the strings begin with.
func (t template) literalPrefix() string {
	if len(t.parts) == 0 {
		return ""
	}
	first, _ := t.parts[0].(literal)
	return string(first)
}

// literal stands for itself.
type literal string

func (l literal) count() int64 { return 1 }

func (l literal) each(prefix string, yield func(string) bool) bool { return yield(prefix + string(l)) }

// sequence is parts one after the other.
type sequence []part

func (s sequence) count() int64 {
	n := int64(1)
	for _, p := range s {
		n = multiply(n, p.count())
	}
	return n
}

func (s sequence) each(prefix string, yield func(string) bool) bool {
	if len(s) == 0 {
		return yield(prefix)
	}
	return s[0].each(prefix, func(longer string) bool { return s[1:].each(longer, yield) })
}

// list is {a,b,c}.
type list []sequence

func (l list) count() int64 {
	n := int64(0)
	for _, s := range l {
		n = add(n, s.count())
	}
	return n
}

func (l list) each(prefix string, yield func(string) bool) bool {
	for _, s := range l {
		if !s.each(prefix, yield) {
			return false
		}
	}
	return true
}

// numbers is {first..last..step}, first and last included.
type numbers struct {
	first, last int64
	step        int64 // above 0; the direction follows from first and last
	width       int   // padded with zeros; 0 is not
	letters     bool  // first and last are characters
}

func (n numbers) count() int64 {
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

func (n numbers) each(prefix string, yield func(string) bool) bool {
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

func (n numbers) text(value int64) string {
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
func parseParts(source string, depth int) []part {
	var parts []part
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			parts = append(parts, literal(plain.String()))
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
func parseBrace(source string, depth int) (part, int) {
	end, commas := matching(source)
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
	var alternatives list
	start := 1
	for _, at := range append(commas, end) {
		alternatives = append(alternatives, parseParts(source[start:at], depth+1))
		start = at + 1
	}
	return alternatives, end + 1
}

// matching finds the brace that closes the one at the start of source, and
// the commas between them that are not in inner braces.
func matching(source string) (end int, commas []int) {
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
func parseRange(text string) (numbers, bool) {
	fields := strings.Split(text, "..")
	if len(fields) != 2 && len(fields) != 3 {
		return numbers{}, false
	}
	n := numbers{step: 1}
	if len(fields) == 3 {
		step, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil || step == math.MinInt64 {
			return numbers{}, false
		}
		n.step = max(1, abs(step))
	}
	if isLetter(fields[0]) && isLetter(fields[1]) {
		n.first, n.last, n.letters = int64(fields[0][0]), int64(fields[1][0]), true
		return n, true
	}
	var err1, err2 error
	n.first, err1 = strconv.ParseInt(fields[0], 10, 64)
	n.last, err2 = strconv.ParseInt(fields[1], 10, 64)
	if err1 != nil || err2 != nil {
		return numbers{}, false
	}
	if padded(fields[0]) || padded(fields[1]) {
		n.width = max(len(fields[0]), len(fields[1]))
	}
	return n, true
}

// padded reports whether a number is written with zeros in front.
func padded(text string) bool {
	text = strings.TrimPrefix(text, "-")
	return len(text) > 1 && text[0] == '0'
}

func isLetter(text string) bool {
	return len(text) == 1 && (text[0]|0x20) >= 'a' && (text[0]|0x20) <= 'z'
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func multiply(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}
