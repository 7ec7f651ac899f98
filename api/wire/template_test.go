package wire_test

import (
	"math"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/internal/check"
)

// expand returns how many strings a template stands for, and the first of them.
func expand(source string, limit int) (count int64, first []string) {
	t := wire.ParseTemplate(source)
	for s := range t.All() {
		if len(first) == limit {
			break
		}
		first = append(first, s)
	}
	return t.Count(), first
}

func TestTemplatesExpandAsInBash(t *testing.T) {
	tests := []struct{ source, want string }{
		{"plain", "plain"},
		{"", ""},
		{"a{b,c}d", "abd acd"},
		{"{1..3}", "1 2 3"},
		{"{3..1}", "3 2 1"},
		{"{1..10..4}", "1 5 9"},
		{"{10..1..4}", "10 6 2"},
		{"{1..3..0}", "1 2 3"},
		{"{1..5..-2}", "1 3 5"},
		{"{-1..1}", "-1 0 1"},
		{"{08..11}", "08 09 10 11"},
		{"{1..003}", "001 002 003"},
		{"{-01..1}", "-01 000 001"},
		{"{a..e..2}", "a c e"},
		{"{c..a}", "c b a"},
		{"{0..1}{x,y}", "0x 0y 1x 1y"},
		{"{a,b{1..2},}z", "az b1z b2z z"},
		{"{{a,b},c}", "a b c"},
		{"{a}", "{a}"},
		{"{}", "{}"},
		{"x{", "x{"},
		{"x}", "x}"},
		{"{a,b", "{a,b"},
		{"a,b}", "a,b}"},
		{"{1..}", "{1..}"},
		{"{1..a}", "{1..a}"},
		{"{{a,b}", "{a {b"},
		{`\{a,b\}`, "{a,b}"},
		{`{a\,b,c}`, "a,b c"},
		{"{99999999999999999999..1}", "{99999999999999999999..1}"},
	}
	for _, test := range tests {
		count, got := expand(test.source, 100)
		want := []string{test.want}
		if strings.Contains(test.want, " ") {
			want = strings.Split(test.want, " ")
		}
		check.Equal(t, got, want)
		check.Equal(t, count, int64(len(want)))
	}
}

func TestHugeTemplatesAreLazy(t *testing.T) {
	for source, want := range map[string]int64{
		"{1..1000000000}": 1_000_000_000,
		"{-9223372036854775808..9223372036854775807}":   math.MaxInt64,
		"{0..4000000000}{0..4000000000}{0..4000000000}": math.MaxInt64,
		"{9223372036854775806..9223372036854775807}":    2,
		strings.Repeat("{a,b}", 100):                    math.MaxInt64,
	} {
		count, first := expand(source, 2)
		check.Equal(t, count, want)
		check.Equal(t, len(first), 2)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"a{b,c}", "{1..10..2}", "{{a,b},c}{", `\{`, "{01..1}", "{a..Z}", "{,}", "}{", "{-5..-1..9}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		const limit = 1000
		count, first := expand(source, limit)
		if int64(len(first)) != min(count, limit) {
			t.Errorf("%q: counted %d, got %d", source, count, len(first))
		}
		if !strings.ContainsAny(source, `{\`) && (len(first) != 1 || first[0] != source) {
			t.Errorf("%q became %q", source, first)
		}
		if !wire.ParseTemplate(source).HasBraces() && count != 1 {
			t.Errorf("%q has no braces, and stands for %d", source, count)
		}
	})
}
