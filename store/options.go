package store

import (
	"cmp"
	"log/slog"
	"time"

	"aistore/internal/units"
	"aistore/memsys"
	"aistore/metrics"
)

// Options configures a Store. Incarnation is required; the zero value of the
// rest is the default.
type Options struct {
	// Incarnation counts the starts of this target: persisted, one more at
	// each start, before New. It is part of every write order and of the
	// names of work files, so that those of earlier starts are told apart.
	Incarnation uint64

	Pool    *memsys.Pool   // lends buffers; nil makes one
	Log     *slog.Logger   // nil is silent
	Metrics *metrics.Scope // nil counts for nobody

	CacheBytes   units.Size     // bound of the metadata cache; 0 is 64MiB
	FlushEvery   units.Duration // between writes of access times; 0 is 5m
	CollectEvery units.Duration // between collections of leftovers; 0 is 1h

	Uploads func() UploadLimits // asked each time; nil is the zero value
}

// UploadLimits bounds uploads, appends included. The zero value of a field is
// the default.
type UploadLimits struct {
	Open  int            // at one time; 0 is 10000
	Parts int            // of one upload; 0 is 10000
	Time  units.Duration // an upload that nobody touches for so long is collected; 0 is 7 days
}

// uploadLimits returns the limits in force.
func (o *Options) uploadLimits() UploadLimits {
	var l UploadLimits
	if o.Uploads != nil {
		l = o.Uploads()
	}
	l.Open = cmp.Or(l.Open, 10_000)
	l.Parts = cmp.Or(l.Parts, 10_000)
	l.Time = cmp.Or(l.Time, units.Duration(7*24*time.Hour))
	return l
}

func (o Options) withDefaults() (Options, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 64 * units.MiB
	}
	if o.FlushEvery == 0 {
		o.FlushEvery = units.Duration(5 * time.Minute)
	}
	if o.CollectEvery == 0 {
		o.CollectEvery = units.Duration(time.Hour)
	}
	if o.Pool != nil {
		return o, nil
	}
	pool, err := memsys.New(memsys.Options{})
	o.Pool = pool
	return o, err
}
