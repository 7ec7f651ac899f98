package rest_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/metrics"
)

// failing returns a handler for /v1/x that does do, and its metrics and log.
func failing(t testing.TB, do rest.Handler) (http.Handler, *metrics.Registry, *bytes.Buffer) {
	registry, log := metrics.NewRegistry(), new(bytes.Buffer)
	r := rest.New(rest.Options{Node: "p[1]", Metrics: registry.Scope(""), Log: slog.New(slog.NewTextHandler(log, nil))})
	r.Handle("GET /v1/x", access.None, do)
	return handlerOf(t, r, rest.Public), registry, log
}

func fails(err error) rest.Handler {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

func TestErrorsBecomeAnswers(t *testing.T) {
	t.Parallel()
	busy := errs.E("op", "x", errs.Throttled, nil)
	busy.RetryAfter = 2100 * time.Millisecond
	for _, row := range []struct {
		err    error
		status int
		header string // "Name: value" that must be there
	}{
		{errs.BucketNotFound("op", "ais://b"), 404, ""},
		{errs.E("op", "x", errs.Unavailable, nil), 503, "Retry-After: 1"},
		{busy, 429, "Retry-After: 3"},
		{errs.E("op", "x", errs.Unauthenticated, nil), 401, "Www-Authenticate: Bearer"},
		{errs.E("op", "x", errs.Forbidden, nil), 403, ""},
		{errs.E("op", "x", errs.NoSpace, nil), 507, ""},
		{errs.E("op", "x", errs.Locked, nil), 423, ""},
		{errors.New("anything"), 500, ""},
	} {
		h, _, _ := failing(t, fails(row.err))
		w := serve(h, newRequest("GET", "/v1/x?y", ""))
		var got errs.Wire
		check.NoError(t, jsonx.Unmarshal(w.Body.Bytes(), &got))
		check.Equal(t, got, errs.Wire{
			TypeCode: errs.CodeOf(row.err), Message: errs.PublicOf(row.err), Method: "GET", URLPath: "/v1/x",
			RemoteAddr: "192.0.2.1:1234", Node: "p[1]", Status: row.status,
		})
		check.Equal(t, w.Code, row.status)
		if name, value, _ := strings.Cut(row.header, ": "); w.Header().Get(name) != value {
			t.Errorf("%v: headers %v", row.err, w.Header())
		}
		if back := errs.FromWire(got); row.status != 500 && !errors.Is(back, errs.KindOf(row.err)) {
			t.Errorf("%v came back as %v", row.err, back)
		}
	}
}

func TestErrorOfHeadIsInAHeader(t *testing.T) {
	t.Parallel()
	h, _, _ := failing(t, fails(errs.ObjectNotFound("op", "ais://b/o\r\nX: y")))
	w := serve(h, newRequest("HEAD", "/v1/x", ""))
	check.Equal(t, w.Code, http.StatusNotFound)
	check.Equal(t, w.Body.Len(), 0)
	var got errs.Wire
	check.NoError(t, jsonx.Unmarshal([]byte(w.Header().Get(wire.HeaderError)), &got))
	check.Equal(t, got.Status, http.StatusNotFound)
	check.Equal(t, strings.ContainsAny(w.Header().Get(wire.HeaderError), "\r\n"), false)
}

func TestNotModifiedHasNoBody(t *testing.T) {
	t.Parallel()
	h, registry, _ := failing(t, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Etag", `"x"`)
		return errs.E("op", "x", errs.NotModified, nil)
	})
	w := serve(h, newRequest("GET", "/v1/x", ""))
	check.Equal(t, w.Code, http.StatusNotModified)
	check.Equal(t, w.Header().Get("Etag"), `"x"`)
	check.Equal(t, w.Body.Len(), 0)
	check.Equal(t, registry.Snapshot()["public_request_errors_total"], int64(0))
}

func TestErrorTakesBackWhatWasSaidOfTheAnswer(t *testing.T) {
	t.Parallel()
	h, _, _ := failing(t, func(w http.ResponseWriter, _ *http.Request) error {
		for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Range", "Cache-Control", "Etag", "Last-Modified"} {
			w.Header().Set(name, "9999")
		}
		return errs.E("op", "x", errs.NotFound, nil)
	})
	header := serve(h, newRequest("GET", "/v1/x", "")).Header()
	for name := range header {
		if header.Get(name) == "9999" {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestInternalErrorsAreLoggedOnce(t *testing.T) {
	t.Parallel()
	h, registry, log := failing(t, fails(errors.New("disk on fire")))
	serve(h, newRequest("GET", "/v1/x", ""))
	check.Equal(t, strings.Count(log.String(), "disk on fire"), 1)
	check.Equal(t, registry.Snapshot()["public_request_errors_total"], int64(1))
	h, _, log = failing(t, fails(errs.E("op", "x", errs.NotFound, nil)))
	serve(h, newRequest("GET", "/v1/x", ""))
	check.Equal(t, log.Len(), 0)
}

func TestNodeSurvivesAPanic(t *testing.T) {
	t.Parallel()
	h, registry, log := failing(t, func(http.ResponseWriter, *http.Request) error { panic("a fault") })
	w := serve(h, newRequest("GET", "/v1/x", ""))
	check.Equal(t, w.Code, http.StatusInternalServerError)
	check.Contains(t, w.Body.String(), "a fault of its own")
	check.Contains(t, log.String(), "a fault")
	check.Contains(t, log.String(), "failure_test.go")
	check.Equal(t, registry.Snapshot()["request_panics_total"], int64(1))
	check.Equal(t, registry.Snapshot()["public_in_flight"], int64(0))
}

// TestABegunAnswerIsCutOff goes through a server, to see what a client sees.
func TestABegunAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func() error{
		"error": func() error { return errors.New("too late") },
		"abort": func() error { rest.Abort(errors.New("too late")); return nil },
		"panic": func() error { panic("too late") },
		"net":   func() error { panic(http.ErrAbortHandler) },
	} {
		h, registry, _ := failing(t, func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Length", "1000000")
			fmt.Fprint(w, strings.Repeat("x", 10000))
			return end()
		})
		server := httptest.NewServer(h)
		answer, err := server.Client().Get(server.URL + "/v1/x")
		check.NoError(t, err)
		var body bytes.Buffer
		_, err = body.ReadFrom(answer.Body)
		if err == nil || strings.Contains(body.String(), "{") {
			t.Errorf("%s: got %d bytes, %v", name, body.Len(), err)
		}
		check.NoError(t, answer.Body.Close())
		server.Close()
		counted := registry.Snapshot()["request_aborted_total"] + registry.Snapshot()["request_panics_total"]
		check.Equal(t, counted, int64(1))
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		do                        rest.Handler
		status                    int
		contentType, body, length string
	}{
		{func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, map[string]int{"a": 1}) },
			200, "application/json; charset=utf-8", `{"a":1}`, "7"},
		{func(w http.ResponseWriter, _ *http.Request) error { return rest.JSONStatus(w, 206, nil) },
			206, "application/json; charset=utf-8", `null`, "4"},
		{func(w http.ResponseWriter, _ *http.Request) error { return rest.Text(w, "id") },
			200, "text/plain; charset=utf-8", "id", "2"},
		{func(w http.ResponseWriter, _ *http.Request) error { return rest.TextStatus(w, 202, "") },
			202, "text/plain; charset=utf-8", "", "0"},
		{func(w http.ResponseWriter, _ *http.Request) error { return rest.Msgpack(w, packed("\x80")) },
			200, "application/msgpack", "\x80", "1"},
		{func(w http.ResponseWriter, r *http.Request) error { return rest.Packed(w, r, packed("\x80")) },
			200, "application/msgpack", "\x80", "1"},
	} {
		h, _, _ := failing(t, row.do)
		r := newRequest("GET", "/v1/x", "")
		r.Header.Set("Accept", "text/html, application/msgpack;q=0.9")
		w := serve(h, r)
		got := []string{w.Header().Get("Content-Type"), w.Body.String(), w.Header().Get("Content-Length")}
		check.Equal(t, got, []string{row.contentType, row.body, row.length})
		check.Equal(t, w.Code, row.status)
	}
	h, _, _ := failing(t, func(w http.ResponseWriter, r *http.Request) error { return rest.Packed(w, r, packed("\x80")) })
	check.Equal(t, serve(h, newRequest("GET", "/v1/x", "")).Header().Get("Content-Type"), "application/json; charset=utf-8")
	h, _, _ = failing(t, func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, func() {}) })
	check.Equal(t, serve(h, newRequest("GET", "/v1/x", "")).Code, http.StatusInternalServerError)
}

// packed is its own msgpack form.
type packed string

// AppendMsg appends p.
func (p packed) AppendMsg(dst []byte) []byte { return append(dst, p...) }
