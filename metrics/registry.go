package metrics

import (
	"net/http"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Prefixes of the two roles, for Registry.Scope.
const (
	ProxyPrefix  = "ais_proxy_"
	TargetPrefix = "ais_target_"
)

// Registry is all metrics of one node. Several may live in one process.
type Registry struct {
	prometheus *prometheus.Registry

	mu       sync.Mutex
	families []*family          // guarded by mu; in order of declaration
	byName   map[string]*family // guarded by mu
}

// NewRegistry returns a registry with the metrics of process and runtime, and
// none of ours yet.
func NewRegistry() *Registry {
	r := &Registry{prometheus: prometheus.NewRegistry(), byName: make(map[string]*family)}
	r.prometheus.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collector{r},
	)
	return r
}

// Scope returns a scope for names that begin with prefix.
func (r *Registry) Scope(prefix string) *Scope { return &Scope{registry: r, prefix: prefix} }

// Handler serves GET /metrics.
func (r *Registry) Handler() http.Handler {
	return promhttp.HandlerFor(r.prometheus, promhttp.HandlerOpts{MaxRequestsInFlight: 8})
}

// Snapshot returns every number of ours under its full name, in the form of
// Scope.Snapshot.
func (r *Registry) Snapshot() map[string]int64 { return r.snapshot("") }

func (r *Registry) snapshot(prefix string) map[string]int64 {
	into := make(map[string]int64)
	for _, f := range r.list() {
		if name, ok := strings.CutPrefix(f.name, prefix); ok {
			f.snapshot(name, into)
		}
	}
	return into
}

func (r *Registry) list() []*family {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.families[:len(r.families):len(r.families)]
}

// declare returns the metric of f in the scope, made by create unless it was
// declared before.
func declare[M any](s *Scope, f family, create func() M) M {
	if s == nil {
		return create()
	}
	f.name = s.prefix + f.name
	r := s.registry
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.byName[f.name]; ok {
		return mustBe[M](known, f)
	}
	metric := create()
	f.metric = metric
	f.describe()
	r.byName[f.name] = &f
	r.families = append(r.families, &f)
	return metric
}

// mustBe returns the metric of known, and panics if it was declared otherwise
// than f.
func mustBe[M any](known *family, f family) M {
	metric, ok := known.metric.(M)
	if !ok || known.label != f.label {
		panic("metrics: " + f.name + " is declared twice, differently")
	}
	return metric
}

// Kinds returns the kind of every metric of ours, "counter", "gauge" or
// "latency", by its full name.
func (r *Registry) Kinds() map[string]string {
	kinds := make(map[string]string)
	for _, f := range r.list() {
		kinds[f.name] = [...]string{"counter", "gauge", "latency"}[f.kind]
	}
	return kinds
}
