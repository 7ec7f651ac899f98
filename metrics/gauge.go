package metrics

import "sync/atomic"

// Gauge is a number that goes up and down. The zero value is ready.
type Gauge struct{ value atomic.Int64 }

// Set replaces the number.
func (g *Gauge) Set(n int64) { g.value.Store(n) }

// Add adds n, which may be negative.
func (g *Gauge) Add(n int64) { g.value.Add(n) }

// Value returns the present number.
func (g *Gauge) Value() int64 { return g.value.Load() }

func (g *Gauge) read(p *point) { p.value = float64(g.Value()) }

func (g *Gauge) snapshot(name string, into map[string]int64) { into[name] = g.Value() }

// gaugeFunc is a gauge that is computed when somebody looks.
type gaugeFunc func() float64

func (f gaugeFunc) read(p *point) { p.value = f() }

func (f gaugeFunc) snapshot(name string, into map[string]int64) { into[name] = int64(f()) }
