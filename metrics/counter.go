package metrics

import "sync/atomic"

// Counter is a number that only grows. The zero value is ready.
type Counter struct{ value atomic.Int64 }

// Add adds n, which is not negative.
func (c *Counter) Add(n int64) { c.value.Add(n) }

// Inc adds one.
func (c *Counter) Inc() { c.value.Add(1) }

// Value returns the present number.
func (c *Counter) Value() int64 { return c.value.Load() }

func (c *Counter) read(p *point) { p.value = float64(c.Value()) }

func (c *Counter) snapshot(name string, into map[string]int64) { into[name] = c.Value() }
