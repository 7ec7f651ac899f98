package wire

import (
	"errors"
	"fmt"
	"math"
	"time"

	"aistore/errs"
)

// Values of [BucketProps.Durability].
const (
	DurabilityFsync   = "fsync"   // an acknowledged write survives power loss
	DurabilityRelaxed = "relaxed" // an acknowledged write survives the end of the process
)

// AccessAll allows everything; it is the access of a new bucket. The single
// bits are in package access.
const AccessAll uint64 = math.MaxUint64

// BucketProps are the properties of a bucket: what its users chose, and what
// the cluster keeps about it. Snapshots of the cluster's metadata share them,
// so nobody changes one that has been published.
type BucketProps struct {
	Provider    string           `json:"provider"`
	Backend     Bucket           `json:"backend_bck"` // zero when there is none
	Versioning  VersioningProps  `json:"versioning"`
	Checksum    ChecksumProps    `json:"checksum"`
	LRU         LRUProps         `json:"lru"`
	Mirror      MirrorProps      `json:"mirror"`
	EC          ECProps          `json:"ec"`
	Chunks      ChunksProps      `json:"chunks"`
	RateLimit   RateLimitProps   `json:"rate_limit"`
	WritePolicy WritePolicyProps `json:"write_policy"`
	Extra       ExtraProps       `json:"extra"`
	Lock        LockProps        `json:"object_lock"`
	S3          S3Props          `json:"s3"`
	Access      uint64           `json:"access,string"` // access.Bits
	Features    uint64           `json:"features,string"`
	ID          uint64           `json:"bid,string"`     // tells apart buckets of one name, see package cluster
	Created     int64            `json:"created,string"` // unix nanoseconds
	Renamed     string           `json:"Renamed,omitempty"`
	Durability  string           `json:"durability"` // DurabilityFsync or DurabilityRelaxed
}

// DefaultProps returns the properties of a new bucket of provider in a
// cluster that was not configured otherwise. ID and Created are zero.
func DefaultProps(provider string) BucketProps {
	p := BucketProps{
		Provider:    provider,
		Versioning:  DefaultVersioning(),
		Checksum:    DefaultChecksum(),
		LRU:         DefaultLRU(),
		Mirror:      DefaultMirror(),
		EC:          DefaultEC(),
		Chunks:      DefaultChunks(),
		RateLimit:   DefaultRateLimit(),
		WritePolicy: DefaultWritePolicy(),
		Access:      AccessAll,
		Durability:  DurabilityRelaxed,
	}
	if provider == ProviderAIS || provider == "" {
		p.Provider = ProviderAIS
		p.Durability = DurabilityFsync
		p.LRU.Enabled = false
	}
	return p
}

// CreatedAt returns the time of creation, or the zero time if it is not set.
func (p *BucketProps) CreatedAt() time.Time {
	if p.Created == 0 {
		return time.Time{}
	}
	return time.Unix(0, p.Created)
}

// Validate checks each section, and the sections against each other. How many
// targets and mountpaths there are is for others to check. Errors: Invalid.
func (p *BucketProps) Validate() error {
	sections := []error{
		p.Versioning.Validate(), p.Checksum.Validate(), p.LRU.Validate(), p.Mirror.Validate(),
		p.EC.Validate(), p.Chunks.Validate(), p.RateLimit.Validate(), p.WritePolicy.Validate(),
		p.Lock.Validate(), p.S3.Validate(), p.check(),
	}
	if err := errors.Join(sections...); err != nil {
		return errs.E("wire.BucketProps.Validate", "", errs.Invalid, err)
	}
	return nil
}

func (p *BucketProps) check() error {
	if p.Mirror.Enabled && p.EC.Enabled {
		return errors.New("mirror.enabled and ec.enabled exclude each other")
	}
	if p.Lock.Enabled && p.Versioning.History != HistoryEnabled {
		return errors.New("object_lock.enabled needs versioning.history \"enabled\": only versions can be locked")
	}
	if p.Versioning.History != HistoryNone && (p.Provider != ProviderAIS || p.Backend != (Bucket{})) {
		return errors.New("versioning.history is for ais buckets without a backend")
	}
	if p.Durability != DurabilityFsync && p.Durability != DurabilityRelaxed {
		return fmt.Errorf("durability: %.32q is neither %q nor %q", p.Durability, DurabilityFsync, DurabilityRelaxed)
	}
	if p.Backend == (Bucket{}) {
		return nil
	}
	if p.Provider != ProviderAIS {
		return errors.New("backend_bck: only an ais bucket has a backend")
	}
	if p.Backend.IsAIS() {
		return errors.New("backend_bck: expecting a cloud bucket")
	}
	return p.Backend.check()
}
