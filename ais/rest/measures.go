package rest

import (
	"net/http"
	"time"

	"aistore/errs"
	"aistore/metrics"
)

// verb counts the requests of one kind.
type verb struct {
	count  *metrics.Counter
	failed *metrics.Counter
	bytes  *metrics.Counter
	took   *metrics.Latency
}

func newVerb(s *metrics.Scope, name, what string) *verb {
	return &verb{
		count:  s.Counter(name+"_total", what),
		failed: s.Counter(name+"_errors_total", what+", answered with an error"),
		bytes:  s.Counter(name+"_bytes", what+", bytes of their bodies and answers without the errors"),
		took:   s.Latency(name+"_seconds", what+", time to serve one"),
	}
}

func (v *verb) done(took time.Duration, bytes int64, err error) {
	v.count.Inc()
	v.took.Observe(took)
	if err != nil && errs.KindOf(err) != errs.NotModified {
		v.failed.Inc()
		return
	}
	v.bytes.Add(bytes)
}

// measures are the metrics of a router.
type measures struct {
	get, head, put, delete, patch, post *verb // of objects
	networks                            [networkCount]*verb
	aborted, panics, forged             *metrics.Counter
}

func newMeasures(s *metrics.Scope) *measures {
	return &measures{
		get:    newVerb(s, "object_get", "objects read by GET"),
		head:   newVerb(s, "object_head", "objects looked at by HEAD"),
		put:    newVerb(s, "object_put", "objects written by PUT"),
		delete: newVerb(s, "object_delete", "objects deleted by DELETE"),
		patch:  newVerb(s, "object_patch", "objects changed by PATCH"),
		post:   newVerb(s, "object_action", "actions on objects by POST"),
		networks: [networkCount]*verb{
			newVerb(s, "public_request", "requests on the public network, other than for objects"),
			newVerb(s, "control_request", "requests on the control network"),
			newVerb(s, "data_request", "requests on the data network"),
		},
		aborted: s.Counter("request_aborted_total", "answers cut off after they had begun"),
		panics:  s.Counter("request_panics_total", "requests that met a fault of ours"),
		forged:  s.Counter("request_forged_total", "requests refused because they were not, as they claimed or had to be, from a node"),
	}
}

// ofObjects returns the verb of method, or nil.
func (m *measures) ofObjects(method string) *verb {
	switch method {
	case http.MethodGet:
		return m.get
	case http.MethodHead:
		return m.head
	case http.MethodPut:
		return m.put
	case http.MethodDelete:
		return m.delete
	case http.MethodPatch:
		return m.patch
	case http.MethodPost:
		return m.post
	}
	return nil
}
