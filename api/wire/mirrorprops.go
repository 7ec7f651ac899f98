package wire

import (
	"errors"
	"fmt"
)

// maxCopies bounds the copies of a mirrored object, the first included.
const maxCopies = 32

// MirrorProps say how many mountpaths of a target hold each object.
type MirrorProps struct {
	Copies      int64 `json:"copies"`       // the first included
	BurstBuffer int   `json:"burst_buffer"` // objects that may wait for their copies
	Enabled     bool  `json:"enabled"`      // make copies
}

// DefaultMirror returns mirroring that is off, and two copies once it is on.
func DefaultMirror() MirrorProps { return MirrorProps{Copies: 2, BurstBuffer: 512} }

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (m MirrorProps) Validate() error {
	if m.Copies < 1 || m.Copies > maxCopies || m.Enabled && m.Copies < 2 {
		return fmt.Errorf("mirror.copies: %d is not from 2 to %d", m.Copies, maxCopies)
	}
	if m.BurstBuffer < 0 {
		return errors.New("mirror.burst_buffer is negative")
	}
	return nil
}

// MirrorPropsToSet changes [MirrorProps]; nil members leave things as they are.
type MirrorPropsToSet struct {
	Copies      *int64 `json:"copies,omitempty"`
	BurstBuffer *int   `json:"burst_buffer,omitempty"`
	Enabled     *bool  `json:"enabled,omitempty"`
}

func (s *MirrorPropsToSet) apply(to *MirrorProps) {
	if s == nil {
		return
	}
	set(&to.Copies, s.Copies)
	set(&to.BurstBuffer, s.BurstBuffer)
	set(&to.Enabled, s.Enabled)
}
