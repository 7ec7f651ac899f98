package config

import "aistore/internal/units"

// List says how listings of objects work.
type List struct {
	Streams
	WalkBuffer int            `json:"walk_buffer"` // names that a target reads ahead
	Idle       units.Duration `json:"idle_time"`   // a listing that nobody continues is forgotten after this
	Quiescent  units.Duration `json:"quiescent"`   // a finished listing is kept this long
}

// DefaultList returns the usual values.
func DefaultList() List {
	return List{Streams: DefaultStreams(), WalkBuffer: 1024, Idle: minute, Quiescent: 10 * second}
}

// Validate names what is wrong.
func (l List) Validate() error {
	if err := l.Streams.validate("lso"); err != nil {
		return err
	}
	if err := within(bound{"lso.walk_buffer", int64(l.WalkBuffer), 1, 1 << 20}); err != nil {
		return err
	}
	return lasting(
		span{"lso.idle_time", l.Idle, second, day},
		span{"lso.quiescent", l.Quiescent, 0, hour},
	)
}
