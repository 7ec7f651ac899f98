package config

import "aistore/internal/units"

// GetBatch says how many objects are returned in one answer.
type GetBatch struct {
	Streams
	MaxWait       units.Duration `json:"max_wait"`       // waiting for one object of another target
	WarmupWorkers int            `json:"warmup_workers"` // read ahead; 0 reads nothing ahead
	MaxSoftErrors int            `json:"max_soft_errs"`  // errors that a batch survives when it may have gaps
	MaxNeighbor   int            `json:"max_gfn"`        // objects that may be asked of other targets once more
}

// DefaultGetBatch returns the usual values.
func DefaultGetBatch() GetBatch {
	return GetBatch{Streams: DefaultStreams(), MaxWait: 30 * second, WarmupWorkers: 2, MaxSoftErrors: 6, MaxNeighbor: 5}
}

// Validate names what is wrong.
func (g GetBatch) Validate() error {
	if err := g.Streams.validate("get_batch"); err != nil {
		return err
	}
	if err := lasting(span{"get_batch.max_wait", g.MaxWait, second, hour}); err != nil {
		return err
	}
	return within(
		bound{"get_batch.warmup_workers", int64(g.WarmupWorkers), 0, 1 << 10},
		bound{"get_batch.max_soft_errs", int64(g.MaxSoftErrors), 0, 1 << 20},
		bound{"get_batch.max_gfn", int64(g.MaxNeighbor), 0, 1 << 20},
	)
}
