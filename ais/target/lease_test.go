package target_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

// TestWithoutALease has a target that has lost touch with the primary.
func TestWithoutALease(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.start(t, "target01")
	r.create(t, "b", "target01")
	check.Equal(t, r.do(t, http.MethodPut, object, "content").status, http.StatusOK)
	tag := r.do(t, http.MethodHead, object+"?props=etag", "").header.Get("Etag")

	m.core.Lease.Revoke(m.core.Now())
	refused := func(method string, headers ...string) {
		t.Helper()
		a := r.do(t, method, object, "x", headers...)
		check.Equal(t, a.status, http.StatusServiceUnavailable)
		check.Equal(t, a.header.Get("Retry-After"), "1")
		check.Contains(t, a.body, "lost touch with the primary")
		check.Contains(t, a.body, errs.CodeNotNow)
		check.Equal(t, a.header.Get(wire.HeaderStale), "")
	}
	refused(http.MethodPut)
	refused(http.MethodDelete)
	for _, condition := range []string{"If-Match: " + tag, "If-None-Match: " + tag, "If-Modified-Since: Mon, 02 Jan 2006 15:04:05 GMT", "If-Unmodified-Since: Mon, 02 Jan 2006 15:04:05 GMT"} {
		refused(http.MethodGet, condition)
		refused(http.MethodPut, condition)
	}
	refused(http.MethodGet, "Range: bytes=0-1", "If-Range: "+tag)

	for _, headers := range [][]string{nil, {"Range: bytes=0-3"}} {
		a := r.do(t, http.MethodGet, object, "", headers...)
		check.Equal(t, strings.HasPrefix("content", a.body) && a.body != "", true)
		check.Equal(t, a.header.Get(wire.HeaderStale), wire.StalePossible)
	}
	check.Equal(t, r.do(t, http.MethodHead, object, "").header.Get(wire.HeaderStale), wire.StalePossible)
	missing := r.do(t, http.MethodGet, object+"2", "")
	check.Equal(t, missing.status, http.StatusNotFound)
	check.Equal(t, missing.header.Get(wire.HeaderStale), wire.StalePossible)
	check.Contains(t, metricsOf(t, r), "read_without_lease_total 4")

	// The cluster can forbid that.
	cfg := config.Default()
	cfg.ReadWithoutLease = false
	r.commit(t, cluster.PutConfig(&cfg))
	r.tell(t, "target01")
	refused(http.MethodGet)
	check.Equal(t, r.do(t, http.MethodHead, object, "").status, http.StatusServiceUnavailable)

	m.core.Lease.Extend(m.core.Now(), time.Hour, m.core.Now())
	again := r.do(t, http.MethodGet, object, "", "If-Match: "+tag)
	check.Equal(t, again.body, "content")
	check.Equal(t, again.header.Get(wire.HeaderStale), "")
}

func metricsOf(t *testing.T, r *rig) string {
	t.Helper()
	return r.do(t, http.MethodGet, "http://target01/metrics", "").body
}
