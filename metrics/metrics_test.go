package metrics_test

import (
	"io"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"aistore/internal/check"
	"aistore/metrics"
)

func page(t *testing.T, r *metrics.Registry) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	r.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	check.Equal(t, recorder.Code, 200)
	body, err := io.ReadAll(recorder.Body)
	check.NoError(t, err)
	return string(body)
}

func TestPageShowsEveryMetric(t *testing.T) {
	r := metrics.NewRegistry()
	s := r.Scope(metrics.TargetPrefix)
	s.Counter("object_get_total", "objects read").Add(3)
	s.Gauge("requests", "in flight").Set(-2)
	s.GaugeFunc("answer", "computed", func() float64 { return 42.5 })
	s.GaugeEach("disk_used_bytes", "used", "mountpath", func(yield func(string, float64)) {
		yield("/mp1", 10)
		yield("/mp2", 20)
	})
	s.Latency("object_get_seconds", "time").Observe(3 * time.Millisecond)
	errors := s.Scope("rest_").CounterVec("errors_total", "errors", "verb", "get", "put")
	errors.With("get").Inc()
	errors.With("unheard of").Add(2)
	s.GaugeVec("queue", "waiting", "class", "reb").With("reb").Set(7)
	s.LatencyVec("verb_seconds", "time", "verb", "get").With("get").Observe(time.Hour)

	text := page(t, r)
	for _, line := range []string{
		"# TYPE ais_target_object_get_total counter\nais_target_object_get_total 3\n",
		"# HELP ais_target_requests in flight\n# TYPE ais_target_requests gauge\nais_target_requests -2\n",
		"ais_target_answer 42.5\n",
		`ais_target_disk_used_bytes{mountpath="/mp1"} 10` + "\n" + `ais_target_disk_used_bytes{mountpath="/mp2"} 20`,
		`ais_target_object_get_seconds_bucket{le="0.0025"} 0`,
		`ais_target_object_get_seconds_bucket{le="0.005"} 1`,
		`ais_target_object_get_seconds_bucket{le="+Inf"} 1`,
		"ais_target_object_get_seconds_sum 0.003\nais_target_object_get_seconds_count 1\n",
		`ais_target_rest_errors_total{verb="get"} 1`,
		`ais_target_rest_errors_total{verb="other"} 2`,
		`ais_target_rest_errors_total{verb="put"} 0`,
		`ais_target_queue{class="reb"} 7`,
		`ais_target_verb_seconds_bucket{verb="get",le="10"} 0`,
		`ais_target_verb_seconds_count{verb="get"} 1`,
		"go_goroutines ",
	} {
		check.Contains(t, text, line)
	}
}

func TestSnapshot(t *testing.T) {
	r := metrics.NewRegistry()
	proxy, target := r.Scope(metrics.ProxyPrefix), r.Scope(metrics.TargetPrefix)
	proxy.Counter("redirects_total", "redirects").Inc()
	target.CounterVec("errors_total", "errors", "verb", "get").With("get").Inc()
	latency := target.Latency("get_seconds", "time")
	latency.Observe(2 * time.Second)
	latency.Observe(time.Minute)
	check.Equal(t, proxy.Snapshot(), map[string]int64{"redirects_total": 1})
	check.Equal(t, target.Snapshot(), map[string]int64{
		"errors_total{get}": 1, "errors_total{other}": 0, "get_seconds_count": 2, "get_seconds_ns": 62e9,
	})
	check.Equal(t, len(r.Snapshot()), 5)
	check.Equal(t, r.Snapshot()["ais_proxy_redirects_total"], 1)
	check.Equal(t, latency.Count(), int64(2))
	check.Equal(t, latency.Total(), 62*time.Second)
}

func TestDeclaringAgainIsTheSameMetric(t *testing.T) {
	s := metrics.NewRegistry().Scope("x_")
	s.Counter("a_total", "a").Inc()
	s.Counter("a_total", "a").Inc()
	check.Equal(t, s.Counter("a_total", "a").Value(), int64(2))
	defer func() {
		if recover() == nil {
			t.Error("a counter became a gauge")
		}
	}()
	s.Gauge("a_total", "a")
}

func TestNilScopeCountsUnseen(t *testing.T) {
	var s *metrics.Scope
	c := s.Scope("deeper_").Counter("a_total", "a")
	c.Inc()
	check.Equal(t, c.Value(), int64(1))
	s.GaugeFunc("b", "b", func() float64 { return 1 })
	s.LatencyVec("c_seconds", "c", "verb", "get").With("get").Observe(time.Second)
	check.Equal(t, s.Snapshot() == nil, true)
}

func TestCountingDoesNotAllocate(t *testing.T) {
	s := metrics.NewRegistry().Scope("x_")
	counter, gauge, latency := s.Counter("a_total", "a"), s.Gauge("b", "b"), s.Latency("c_seconds", "c")
	vec := s.CounterVec("d_total", "d", "verb", "get", "put")
	if n := testing.AllocsPerRun(100, func() {
		counter.Inc()
		gauge.Add(-1)
		latency.Observe(time.Millisecond)
		vec.With("put").Inc()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCountingWhileSomebodyLooks(t *testing.T) {
	r := metrics.NewRegistry()
	s := r.Scope("x_")
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 200 {
				s.Counter("a_total", "a").Inc()
				s.Latency("b_seconds", "b").Observe(time.Second)
			}
		})
		wait.Go(func() {
			for range 10 {
				r.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil))
				_ = r.Snapshot()
			}
		})
	}
	wait.Wait()
	check.Equal(t, s.Counter("a_total", "a").Value(), int64(800))
	check.Contains(t, page(t, r), "x_a_total 800\n")
}
