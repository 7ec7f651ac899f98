package wire

import (
	"errors"
	"time"

	"aistore/internal/units"
)

// LRUProps say whether objects that nobody reads make room for others.
type LRUProps struct {
	DontEvict      units.Duration `json:"dont_evict_time"`   // objects read within this time stay
	CapacityUpdate units.Duration `json:"capacity_upd_time"` // longest time between looks at the capacity
	BatchSize      int64          `json:"batch_size"`        // objects per batch; 0 lets the job choose
	Enabled        bool           `json:"enabled"`           // evict when a mountpath fills
}

// DefaultLRU returns eviction that is on and spares two hours. Buckets of AIS
// switch it off, since what is evicted there is gone.
func DefaultLRU() LRUProps {
	return LRUProps{
		DontEvict:      units.Duration(120 * time.Minute),
		CapacityUpdate: units.Duration(10 * time.Minute),
		BatchSize:      32768,
		Enabled:        true,
	}
}

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (l LRUProps) Validate() error {
	if l.DontEvict < 0 {
		return errors.New("lru.dont_evict_time is negative")
	}
	if l.CapacityUpdate < units.Duration(time.Second) {
		return errors.New("lru.capacity_upd_time is under 1s")
	}
	if l.BatchSize < 0 {
		return errors.New("lru.batch_size is negative")
	}
	return nil
}

// LRUPropsToSet changes [LRUProps]; nil members leave things as they are.
type LRUPropsToSet struct {
	DontEvict      *units.Duration `json:"dont_evict_time,omitempty"`
	CapacityUpdate *units.Duration `json:"capacity_upd_time,omitempty"`
	BatchSize      *int64          `json:"batch_size,omitempty"`
	Enabled        *bool           `json:"enabled,omitempty"`
}

func (s *LRUPropsToSet) apply(to *LRUProps) {
	if s == nil {
		return
	}
	set(&to.DontEvict, s.DontEvict)
	set(&to.CapacityUpdate, s.CapacityUpdate)
	set(&to.BatchSize, s.BatchSize)
	set(&to.Enabled, s.Enabled)
}
