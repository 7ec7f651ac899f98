package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"aistore/ais/rest"
	"aistore/errs"
	"aistore/internal/check"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	modified := time.Date(2024, 5, 1, 12, 0, 0, 700, time.UTC)
	here := rest.Validators{Exists: true, ETag: `"abc"`, Modified: modified}
	weak := rest.Validators{Exists: true, ETag: `W/"abc"`, Modified: modified}
	bare := rest.Validators{Exists: true}
	gone := rest.Validators{}
	const same, before, after = "Wed, 01 May 2024 12:00:00 GMT", "Wed, 01 May 2024 11:59:59 GMT", "Wed, 01 May 2024 12:00:01 GMT"
	ok, failed, unchanged := errs.Kind(""), errs.Precondition, errs.NotModified
	for _, row := range []struct {
		method string
		given  rest.Conditions
		object rest.Validators
		want   errs.Kind
	}{
		{"GET", rest.Conditions{}, here, ok},
		{"PUT", rest.Conditions{}, gone, ok},
		{"GET", rest.Conditions{IfMatch: `"abc"`}, here, ok},
		{"GET", rest.Conditions{IfMatch: `abc`}, here, ok},
		{"GET", rest.Conditions{IfMatch: `"x", "abc"`}, here, ok},
		{"GET", rest.Conditions{IfMatch: `"x,y" , "abc"`}, here, ok},
		{"GET", rest.Conditions{IfMatch: `x,abc`}, here, ok},
		{"GET", rest.Conditions{IfMatch: `"x"`}, here, failed},
		{"GET", rest.Conditions{IfMatch: `W/"abc"`}, here, failed},
		{"GET", rest.Conditions{IfMatch: `"abc"`}, weak, failed},
		{"GET", rest.Conditions{IfMatch: `"abc`}, here, failed},
		{"GET", rest.Conditions{IfMatch: `*`}, here, ok},
		{"GET", rest.Conditions{IfMatch: `*`}, gone, failed},
		{"GET", rest.Conditions{IfMatch: `"abc"`}, gone, failed},
		{"GET", rest.Conditions{IfMatch: `""`}, bare, failed},
		{"PUT", rest.Conditions{IfMatch: `"abc"`}, here, ok},
		{"GET", rest.Conditions{IfNoneMatch: `"abc"`}, here, unchanged},
		{"HEAD", rest.Conditions{IfNoneMatch: `W/"abc"`}, here, unchanged},
		{"GET", rest.Conditions{IfNoneMatch: `"abc"`}, weak, unchanged},
		{"GET", rest.Conditions{IfNoneMatch: `"x"`}, here, ok},
		{"GET", rest.Conditions{IfNoneMatch: `"x"`, IfModifiedSince: same}, here, ok},
		{"PUT", rest.Conditions{IfNoneMatch: `*`}, here, failed},
		{"PUT", rest.Conditions{IfNoneMatch: `*`}, gone, ok},
		{"PUT", rest.Conditions{IfNoneMatch: `"abc"`}, here, failed},
		{"DELETE", rest.Conditions{IfNoneMatch: `"abc"`}, here, failed},
		{"GET", rest.Conditions{IfModifiedSince: same}, here, unchanged},
		{"GET", rest.Conditions{IfModifiedSince: after}, here, unchanged},
		{"GET", rest.Conditions{IfModifiedSince: before}, here, ok},
		{"GET", rest.Conditions{IfModifiedSince: "yesterday"}, here, ok},
		{"GET", rest.Conditions{IfModifiedSince: same}, bare, ok},
		{"GET", rest.Conditions{IfModifiedSince: same}, gone, ok},
		{"PUT", rest.Conditions{IfModifiedSince: same}, here, ok},
		{"GET", rest.Conditions{IfUnmodifiedSince: same}, here, ok},
		{"GET", rest.Conditions{IfUnmodifiedSince: after}, here, ok},
		{"GET", rest.Conditions{IfUnmodifiedSince: before}, here, failed},
		{"PUT", rest.Conditions{IfUnmodifiedSince: before}, here, failed},
		{"GET", rest.Conditions{IfUnmodifiedSince: "never"}, here, ok},
		{"GET", rest.Conditions{IfMatch: `"abc"`, IfUnmodifiedSince: before}, here, ok},
		{"GET", rest.Conditions{IfMatch: `"abc"`, IfNoneMatch: `"abc"`}, here, unchanged},
	} {
		if got := errs.KindOf(row.given.Check(row.method, row.object)); got != row.want {
			t.Errorf("%s %+v of %+v: got %q, want %q", row.method, row.given, row.object, got, row.want)
		}
	}
}

func TestIfRange(t *testing.T) {
	t.Parallel()
	modified := time.Date(2024, 5, 1, 12, 0, 0, 700, time.UTC)
	here := rest.Validators{Exists: true, ETag: `"abc"`, Modified: modified}
	for header, want := range map[string]bool{
		"":                              true,
		`"abc"`:                         true,
		`W/"abc"`:                       false,
		`"x"`:                           false,
		"Wed, 01 May 2024 12:00:00 GMT": true,
		"Wed, 01 May 2024 12:00:01 GMT": false,
		"Wed, 01 May 2024 11:59:59 GMT": false,
		"rubbish":                       false,
	} {
		if got := (rest.Conditions{IfRange: header}).RangeHolds(here); got != want {
			t.Errorf("If-Range %q: got %t", header, got)
		}
	}
}

func TestConditionsOf(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	check.Equal(t, rest.ConditionsOf(h).IsZero(), true)
	h.Add("If-Match", `"a"`)
	h.Add("If-Match", `"b"`)
	h.Set("If-Range", `"c"`)
	check.Equal(t, rest.ConditionsOf(h), rest.Conditions{IfMatch: `"a", "b"`, IfRange: `"c"`})
}

func TestTagsOfWrites(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		list        string
		match, none string // tags, with | between; "-" is none
	}{
		{``, "-", "-"},
		{`*`, "*", "*"},
		{` * `, "*", "*"},
		{`"a"`, "a", "a"},
		{`a`, "a", "a"},
		{`"a", "b"`, "a|b", "a|b"},
		{`"a,b" ,c`, "a,b|c", "a,b|c"},
		{`W/"a"`, "", "a"},
		{`W/"a", "b"`, "|b", "a|b"},
		{`"a", *`, "a|", "a|*"},
		{`"*"`, "", "*"},
		{`"a`, "", "-"},
		{`,`, "", "-"},
		{`""`, "", "-"},
	} {
		c := rest.Conditions{IfMatch: row.list, IfNoneMatch: row.list}
		for what, pair := range map[string][2]string{"match": {shown(c.MatchTags()), row.match}, "none": {shown(c.NoneMatchTags()), row.none}} {
			if pair[0] != pair[1] {
				t.Errorf("%s of %s: got %q, want %q", what, row.list, pair[0], pair[1])
			}
		}
	}
}

func shown(tags []string) string {
	if tags == nil {
		return "-"
	}
	return strings.Join(tags, "|")
}

// FuzzConditions checks that no header makes Check fail in another way.
func FuzzConditions(f *testing.F) {
	f.Add("GET", `"a", W/"b"`, "Wed, 01 May 2024 12:00:00 GMT", `"b"`)
	f.Add("PUT", `*`, `"`, "W/")
	f.Fuzz(func(t *testing.T, method, match, since, etag string) {
		object := rest.Validators{Exists: true, ETag: etag, Modified: time.Unix(1714564800, 0)}
		for _, c := range []rest.Conditions{{IfMatch: match, IfModifiedSince: since}, {IfNoneMatch: match, IfUnmodifiedSince: since, IfRange: since}} {
			kind := errs.KindOf(c.Check(method, object))
			if kind != "" && kind != errs.Precondition && kind != errs.NotModified {
				t.Errorf("%s %+v: %q", method, c, kind)
			}
			c.RangeHolds(object)
		}
	})
}
