package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aistore/bench/load"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/sigv4"
	"aistore/internal/units"
)

func TestSettings(t *testing.T) {
	s, err := parseSettings([]string{"-ops=put", "-sizes=1MiB", "-targets=3", "-seconds=0.5"})
	check.NoError(t, err)
	check.Equal(t, s.operations, []string{opPut})
	check.Equal(t, s.sizes, []units.Size{units.MiB})
	check.Equal(t, s.targets, 3)
	check.Equal(t, s.duration, 500*time.Millisecond)
	for _, args := range [][]string{{"-ops=fly"}, {"-sizes=many"}, {"-rounds=0"}, {"-targets=0"}, {"-no"}} {
		_, err := parseSettings(args)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestWithoutTheServerToMeasure(t *testing.T) {
	err := start(t.Context(), []string{"-node=" + t.TempDir() + "/missing", "-dir=" + t.TempDir()}, t.Output())
	check.ErrorIs(t, err, errs.NotFound)
}

func TestSignaturesHold(t *testing.T) {
	k := key{access: "AKID", secret: "secret"}
	v := sigv4.New(func(string) (string, bool) { return k.secret, true }, 0)
	for _, content := range []bool{false, true} {
		r := load.Request{Method: http.MethodPut, Address: "host:80", Target: "/s3/b/o?list-type=2&prefix=a%2F", Body: []byte("content")}
		request := httptest.NewRequest(r.Method, "http://"+r.Address+r.Target, strings.NewReader("content"))
		for line := range strings.Lines(k.sign(&r, content)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			request.Header.Set(name, value)
		}
		signed, err := v.Verify(request, "", time.Now())
		check.NoError(t, err)
		check.Equal(t, signed.AccessKey, k.access)
	}
}
