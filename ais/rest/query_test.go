package rest_test

import (
	"net/http"
	"net/url"
	"testing"

	"aistore/ais/rest"
	"aistore/errs"
	"aistore/internal/check"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	q := rest.Query("a=1&b=&c&d=x%20y+z&a=2&%65=5&f=%zz&g==&&=h&latest-ver=True&n=-12&big=99999999999999999999")
	for name, want := range map[string]string{
		"a": "1", "b": "", "c": "", "d": "x y z", "e": "5", "g": "=", "absent": "", "f": "%zz", "latest": "",
	} {
		if got := q.Get(name); got != want {
			t.Errorf("Get(%q): got %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]bool{"a": true, "b": true, "c": true, "e": true, "absent": false, "late": false} {
		check.Equal(t, q.Has(name), want)
	}
	check.Equal(t, q.Bool("latest-ver"), true)
	check.Equal(t, q.Bool("b"), false)
	n, err := q.Int("n")
	check.NoError(t, err)
	check.Equal(t, n, int64(-12))
	n, err = q.Int("absent")
	check.NoError(t, err)
	check.Equal(t, n, int64(0))
	_, err = q.Int("big")
	check.ErrorIs(t, err, errs.Invalid)
	_, err = q.Int("c")
	check.NoError(t, err)
	check.Equal(t, rest.QueryOf(newRequest(http.MethodGet, "/v1/x?y=z", "")), rest.Query("y=z"))
}

// FuzzQuery compares with net/url on queries that it reads in full.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{"a=1&b=2", "a=%41&a=2", "%61=1", "a+b=c+d", "&&a&=", "a=b=c"} {
		f.Add(query, "a")
	}
	f.Fuzz(func(t *testing.T, query, name string) {
		got, found := rest.Query(query).Lookup(name)
		values, err := url.ParseQuery(query)
		if err != nil || name == "" {
			return // an empty pair has an empty name, or net/url skips it
		}
		want, exists := values[name]
		if found != exists || found && got != want[0] {
			t.Errorf("%q in %q: got %q %t, want %q", name, query, got, found, want)
		}
	})
}
