package config

import "aistore/internal/units"

// Transport says how streams of objects between targets behave.
type Transport struct {
	MaxHeader     int            `json:"max_header"`         // bytes of the header of one object
	BurstBuffer   int            `json:"burst_buffer"`       // objects that may wait in one stream
	IdleTeardown  units.Duration `json:"idle_teardown"`      // a stream without objects for this long closes its connection
	Quiescent     units.Duration `json:"quiescent"`          // nothing received for this long means that nothing more comes
	BlockSize     units.Size     `json:"lz4_block"`          // 64KiB, 256KiB, 1MiB or 4MiB
	FrameChecksum bool           `json:"lz4_frame_checksum"` // add checksums to compressed streams
}

// DefaultTransport returns the usual values.
func DefaultTransport() Transport {
	return Transport{MaxHeader: 8192, BurstBuffer: 512, IdleTeardown: 4 * second, Quiescent: 10 * second, BlockSize: 256 * units.KiB}
}

// Validate names what is wrong.
func (t Transport) Validate() error {
	if err := within(
		bound{"transport.max_header", int64(t.MaxHeader), 4096, 1 << 20},
		bound{"transport.burst_buffer", int64(t.BurstBuffer), 1, 1 << 16},
	); err != nil {
		return err
	}
	if err := oneOf("transport.lz4_block", t.BlockSize.String(), blockSizes()...); err != nil {
		return err
	}
	return lasting(
		span{"transport.idle_teardown", t.IdleTeardown, second, hour},
		span{"transport.quiescent", t.Quiescent, second, hour},
	)
}
