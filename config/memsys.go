package config

import "aistore/internal/units"

// Memsys says how much memory buffers may take.
type Memsys struct {
	MinFree       units.Size     `json:"min_free"`      // left to others; 0 means min_pct_free of the memory there is
	DefaultBuffer units.Size     `json:"default_buf"`   // a buffer whose user did not say how much it needs
	ToGC          units.Size     `json:"to_gc"`         // freed, before it is given back to the system
	Housekeeping  units.Duration `json:"hk_time"`       // how often unused buffers are looked for
	MinPctTotal   int            `json:"min_pct_total"` // percent of all memory that is left to others, at least
	MinPctFree    int            `json:"min_pct_free"`  // percent of free memory that is left to others, at least
}

// DefaultMemsys returns bounds that suit machines of any size.
func DefaultMemsys() Memsys {
	return Memsys{DefaultBuffer: 32 * units.KiB, ToGC: 2 * units.GiB, Housekeeping: 90 * second, MinPctTotal: 5, MinPctFree: 10}
}

// Validate names what is wrong.
func (m Memsys) Validate() error {
	if err := sized(
		extent{"memsys.min_free", m.MinFree, 0, units.PiB},
		extent{"memsys.default_buf", m.DefaultBuffer, 4 * units.KiB, 128 * units.KiB},
		extent{"memsys.to_gc", m.ToGC, units.MiB, units.TiB},
	); err != nil {
		return err
	}
	if err := within(
		bound{"memsys.min_pct_total", int64(m.MinPctTotal), 0, 95},
		bound{"memsys.min_pct_free", int64(m.MinPctFree), 0, 95},
	); err != nil {
		return err
	}
	return lasting(span{"memsys.hk_time", m.Housekeeping, second, hour})
}
