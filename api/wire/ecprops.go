package wire

import (
	"errors"
	"fmt"

	"aistore/internal/units"
)

// maxSlices bounds data slices and parity slices, each.
const maxSlices = 32

// ECProps say how objects are spread over targets by erasure coding.
type ECProps struct {
	ObjectSizeLimit  int64  `json:"objsize_limit"`     // bytes; smaller objects are replicated, larger sliced; -1 slices all
	DataSlices       int    `json:"data_slices"`       // an object is cut into so many
	ParitySlices     int    `json:"parity_slices"`     // so many more are made; as many may be lost
	Compression      string `json:"compression"`       // "never" or "always"
	BundleMultiplier int    `json:"bundle_multiplier"` // streams to each target
	BurstBuffer      int    `json:"burst_buffer"`      // objects that may wait to be encoded
	Enabled          bool   `json:"enabled"`           // encode objects; excludes mirror.enabled
	DiskOnly         bool   `json:"disk_only"`         // encode from disk, never in memory
}

// DefaultEC returns erasure coding that is off, and 2+2 once it is on.
func DefaultEC() ECProps {
	return ECProps{
		ObjectSizeLimit: 256 * int64(units.KiB), DataSlices: 2, ParitySlices: 2,
		Compression: CompressNever, BundleMultiplier: 2, BurstBuffer: 128,
	}
}

// Values of the compression settings.
const (
	CompressNever  = "never"
	CompressAlways = "always"
)

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (e ECProps) Validate() error {
	if e.ObjectSizeLimit < -1 {
		return errors.New("ec.objsize_limit is less than -1")
	}
	if e.DataSlices < 1 || e.DataSlices > maxSlices || e.ParitySlices < 1 || e.ParitySlices > maxSlices {
		return fmt.Errorf("ec.data_slices and ec.parity_slices: %d and %d are not from 1 to %d", e.DataSlices, e.ParitySlices, maxSlices)
	}
	if e.Compression != "" && e.Compression != CompressNever && e.Compression != CompressAlways {
		return fmt.Errorf("ec.compression: %.32q is neither %q nor %q", e.Compression, CompressNever, CompressAlways)
	}
	if e.BundleMultiplier < 0 || e.BundleMultiplier > 16 {
		return fmt.Errorf("ec.bundle_multiplier: %d is not from 0 to 16", e.BundleMultiplier)
	}
	if e.BurstBuffer < 0 {
		return errors.New("ec.burst_buffer is negative")
	}
	return nil
}

// Targets returns how many targets erasure coding needs.
func (e ECProps) Targets() int { return e.DataSlices + e.ParitySlices + 1 }

// sameLayout tells whether objects encoded by either look the same.
func (e ECProps) sameLayout(o ECProps) bool {
	return e.DataSlices == o.DataSlices && e.ParitySlices == o.ParitySlices && e.ObjectSizeLimit == o.ObjectSizeLimit
}

// ECPropsToSet changes [ECProps]; nil members leave things as they are.
type ECPropsToSet struct {
	ObjectSizeLimit  *int64  `json:"objsize_limit,omitempty"`
	DataSlices       *int    `json:"data_slices,omitempty"`
	ParitySlices     *int    `json:"parity_slices,omitempty"`
	Compression      *string `json:"compression,omitempty"`
	BundleMultiplier *int    `json:"bundle_multiplier,omitempty"`
	BurstBuffer      *int    `json:"burst_buffer,omitempty"`
	Enabled          *bool   `json:"enabled,omitempty"`
	DiskOnly         *bool   `json:"disk_only,omitempty"`
}

func (s *ECPropsToSet) apply(to *ECProps) {
	if s == nil {
		return
	}
	set(&to.ObjectSizeLimit, s.ObjectSizeLimit)
	set(&to.DataSlices, s.DataSlices)
	set(&to.ParitySlices, s.ParitySlices)
	set(&to.Compression, s.Compression)
	set(&to.BundleMultiplier, s.BundleMultiplier)
	set(&to.BurstBuffer, s.BurstBuffer)
	set(&to.Enabled, s.Enabled)
	set(&to.DiskOnly, s.DiskOnly)
}
