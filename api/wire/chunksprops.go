package wire

import (
	"errors"
	"fmt"

	"aistore/internal/units"
)

// ChunksProps say which objects are kept in several files.
type ChunksProps struct {
	ObjectSizeLimit   units.Size `json:"objsize_limit"`       // objects at least this large are kept in chunks; 0 means none
	MaxMonolithicSize units.Size `json:"max_monolithic_size"` // no object larger than this is one file
	ChunkSize         units.Size `json:"chunk_size"`          // of each file but the last
	CheckpointEvery   int        `json:"checkpoint_every"`    // chunks between two saves of an upload's state; 0 saves at the end
	Flags             uint64     `json:"flags"`               // bits; none is in use
}

// DefaultChunks returns chunks that only very large objects get.
func DefaultChunks() ChunksProps {
	return ChunksProps{MaxMonolithicSize: units.TiB, ChunkSize: units.GiB}
}

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (c ChunksProps) Validate() error {
	if c.ObjectSizeLimit < 0 || c.MaxMonolithicSize < 0 {
		return errors.New("chunks.objsize_limit or chunks.max_monolithic_size is negative")
	}
	if c.ChunkSize < units.KiB || c.ChunkSize > 5*units.GiB {
		return fmt.Errorf("chunks.chunk_size: %s is not from 1KiB to 5GiB", c.ChunkSize)
	}
	if c.CheckpointEvery < 0 {
		return errors.New("chunks.checkpoint_every is negative")
	}
	return nil
}

// ChunksPropsToSet changes [ChunksProps]; nil members leave things as they are.
type ChunksPropsToSet struct {
	ObjectSizeLimit   *units.Size `json:"objsize_limit,omitempty"`
	MaxMonolithicSize *units.Size `json:"max_monolithic_size,omitempty"`
	ChunkSize         *units.Size `json:"chunk_size,omitempty"`
	CheckpointEvery   *int        `json:"checkpoint_every,omitempty"`
	Flags             *uint64     `json:"flags,omitempty"`
}

func (s *ChunksPropsToSet) apply(to *ChunksProps) {
	if s == nil {
		return
	}
	set(&to.ObjectSizeLimit, s.ObjectSizeLimit)
	set(&to.MaxMonolithicSize, s.MaxMonolithicSize)
	set(&to.ChunkSize, s.ChunkSize)
	set(&to.CheckpointEvery, s.CheckpointEvery)
	set(&to.Flags, s.Flags)
}
