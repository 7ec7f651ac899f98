package rest_test

import (
	"net/http"
	"testing"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/errs"
	"aistore/internal/check"
)

func TestParseRange(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		header               string
		size, start, length  int64
		partial, unsatisfied bool
	}{
		{header: "", size: 10, length: 10},
		{header: "bytes", size: 10, length: 10},
		{header: "lines=0-4", size: 10, length: 10},
		{header: "bytes=0-4", size: 10, length: 5, partial: true},
		{header: "bytes=0-0", size: 10, length: 1, partial: true},
		{header: "bytes= 2-3 ", size: 10, start: 2, length: 2, partial: true},
		{header: "bytes=7-", size: 10, start: 7, length: 3, partial: true},
		{header: "bytes=9-", size: 10, start: 9, length: 1, partial: true},
		{header: "bytes=-5", size: 10, start: 5, length: 5, partial: true},
		{header: "bytes=-50", size: 10, length: 10, partial: true},
		{header: "bytes=5-99", size: 10, start: 5, length: 5, partial: true},
		{header: "bytes=5-99999999999999999999999", size: 10, start: 5, length: 5, partial: true},
		{header: "bytes=-99999999999999999999999", size: 10, length: 10, partial: true},
		{header: "bytes=10-", size: 10, unsatisfied: true},
		{header: "bytes=10-20", size: 10, unsatisfied: true},
		{header: "bytes=99999999999999999999999-", size: 10, unsatisfied: true},
		{header: "bytes=-0", size: 10, unsatisfied: true},
		{header: "bytes=0-", size: 0, unsatisfied: true},
		{header: "bytes=-5", size: 0},
		{header: "bytes=-0", size: 0, unsatisfied: true},
		{header: "BYTES=0-4", size: 10, length: 5, partial: true},
		{header: "Bytes=-2", size: 10, start: 8, length: 2, partial: true},
		{header: "bytes=,0-1, ,", size: 10, length: 2, partial: true},
		{header: "bytes =0-1", size: 10, length: 10},
		{header: "bytes=0-1,bytes=3-4", size: 10, unsatisfied: true},
		{header: "bytes=4-2", size: 10, unsatisfied: true},
		{header: "bytes=0-1,3-4", size: 10, unsatisfied: true},
		{header: "bytes=0-1,", size: 10, length: 2, partial: true},
		{header: "bytes=", size: 10, unsatisfied: true},
		{header: "bytes=-", size: 10, unsatisfied: true},
		{header: "bytes=5", size: 10, unsatisfied: true},
		{header: "bytes=a-b", size: 10, unsatisfied: true},
		{header: "bytes=+1-2", size: 10, unsatisfied: true},
		{header: "bytes=1-+2", size: 10, unsatisfied: true},
		{header: "bytes=--5", size: 10, unsatisfied: true},
		{header: "bytes=0x1-2", size: 10, unsatisfied: true},
		{header: "bytes=1 - 2", size: 10, unsatisfied: true},
	} {
		start, length, partial, err := rest.ParseRange(row.header, row.size)
		if row.unsatisfied {
			if errs.KindOf(err) != errs.Range {
				t.Errorf("%q of %d: got error %v", row.header, row.size, err)
			}
			continue
		}
		if err != nil || start != row.start || length != row.length || partial != row.partial {
			t.Errorf("%q of %d: got %d, %d, %t, %v", row.header, row.size, start, length, partial, err)
		}
	}
}

func TestContentRange(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	rest.SetContentRange(h, 5, 3, 10)
	check.Equal(t, h.Get("Content-Range"), "bytes 5-7/10")
	check.Equal(t, h.Get("Accept-Ranges"), "bytes")

	r := rest.New(rest.Options{})
	r.Handle("GET /v1/x", access.None, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Length", "123")
		w.Header().Set("Etag", `"x"`)
		_, _, _, err := rest.ParseRange(r.Header.Get("Range"), 123)
		return err
	})
	request := newRequest("GET", "/v1/x", "")
	request.Header.Set("Range", "bytes=200-")
	w := serve(handlerOf(t, r, rest.Public), request)
	check.Equal(t, w.Code, http.StatusRequestedRangeNotSatisfiable)
	check.Equal(t, w.Header().Get("Content-Range"), "bytes */123")
	check.Equal(t, w.Header().Get("Etag"), "")
	if w.Header().Get("Content-Length") == "123" {
		t.Error("the length of the object is that of the error")
	}
}

// FuzzParseRange checks that what is returned lies within the object.
func FuzzParseRange(f *testing.F) {
	for _, header := range []string{"", "bytes=0-4", "bytes=-5", "bytes=7-", "bytes=0-1,3-4", "bytes=5-99999999999999999999", "bytes=-"} {
		f.Add(header, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		size = max(0, size)
		start, length, partial, err := rest.ParseRange(header, size)
		switch {
		case err != nil:
			check.Equal(t, errs.KindOf(err), errs.Range)
		case !partial:
			check.Equal(t, [2]int64{start, length}, [2]int64{0, size})
		case start < 0 || length < 1 || length > size || start > size-length:
			t.Errorf("%q of %d: %d, %d is outside", header, size, start, length)
		}
	})
}
