package config

import "aistore/api/wire"

// Streams says how a job sends objects to other targets.
type Streams struct {
	Compression      string `json:"compression"`       // "never" or "always"
	BundleMultiplier int    `json:"bundle_multiplier"` // streams to each target
	BurstBuffer      int    `json:"burst_buffer"`      // objects that may wait to be sent
}

// DefaultStreams returns two streams to each target, not compressed.
func DefaultStreams() Streams {
	return Streams{Compression: wire.CompressNever, BundleMultiplier: 2, BurstBuffer: 512}
}

func (s Streams) validate(section string) error {
	if err := oneOf(section+".compression", s.Compression, append(compressions(), "")...); err != nil {
		return err
	}
	return within(
		bound{section + ".bundle_multiplier", int64(s.BundleMultiplier), 0, 16},
		bound{section + ".burst_buffer", int64(s.BurstBuffer), 0, 1 << 16},
	)
}
