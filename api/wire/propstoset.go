package wire

import (
	"errors"

	"aistore/errs"
)

// BucketPropsToSet is a change of [BucketProps]; nil members leave things as
// they are.
type BucketPropsToSet struct {
	Backend     *Bucket                `json:"backend_bck,omitempty"` // the zero bucket detaches the backend
	Versioning  *VersioningPropsToSet  `json:"versioning,omitempty"`
	Checksum    *ChecksumPropsToSet    `json:"checksum,omitempty"`
	LRU         *LRUPropsToSet         `json:"lru,omitempty"`
	Mirror      *MirrorPropsToSet      `json:"mirror,omitempty"`
	EC          *ECPropsToSet          `json:"ec,omitempty"`
	Chunks      *ChunksPropsToSet      `json:"chunks,omitempty"`
	RateLimit   *RateLimitPropsToSet   `json:"rate_limit,omitempty"`
	WritePolicy *WritePolicyPropsToSet `json:"write_policy,omitempty"`
	Extra       *ExtraPropsToSet       `json:"extra,omitempty"`
	Lock        *LockPropsToSet        `json:"object_lock,omitempty"`
	S3          *S3PropsToSet          `json:"s3,omitempty"`
	Access      *uint64                `json:"access,string,omitempty"`
	Features    *uint64                `json:"features,string,omitempty"`
	Durability  *string                `json:"durability,omitempty"`
	Force       bool                   `json:"force,omitempty"` // allows what Apply otherwise refuses for good reasons
}

// Apply returns props with the change made, checked as a whole; props itself
// stays as it is. Erasure coding that is on can only be switched off, unless
// Force is set. Errors: Invalid.
func (s *BucketPropsToSet) Apply(props BucketProps) (BucketProps, error) {
	const op = "wire.BucketPropsToSet.Apply"
	next := props
	if err := s.applyBackend(&next); err != nil {
		return props, errs.E(op, "", "", err)
	}
	s.Versioning.apply(&next.Versioning)
	s.Checksum.apply(&next.Checksum)
	s.LRU.apply(&next.LRU)
	s.Mirror.apply(&next.Mirror)
	s.EC.apply(&next.EC)
	s.Chunks.apply(&next.Chunks)
	s.RateLimit.apply(&next.RateLimit)
	s.WritePolicy.apply(&next.WritePolicy)
	s.Extra.apply(&next.Extra)
	s.Lock.apply(&next.Lock)
	s.S3.apply(&next.S3)
	set(&next.Access, s.Access)
	set(&next.Features, s.Features)
	set(&next.Durability, s.Durability)
	if props.EC.Enabled && next.EC.Enabled && !s.Force && !props.EC.sameLayout(next.EC) {
		return props, errs.E(op, "", errs.Invalid, errors.New("ec: slices and limit of a bucket that is encoded cannot change; disable ec first"))
	}
	if err := next.Validate(); err != nil {
		return props, err
	}
	return next, nil
}

func (s *BucketPropsToSet) applyBackend(to *BucketProps) error {
	if s.Backend == nil {
		return nil
	}
	if s.Backend.Name == "" {
		to.Backend = Bucket{}
		return nil
	}
	backend, err := s.Backend.Normal()
	to.Backend = backend
	return err
}

// set changes *to unless value is nil.
func set[T any](to, value *T) {
	if value != nil {
		*to = *value
	}
}
