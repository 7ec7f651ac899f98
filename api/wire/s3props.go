package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// S3Props are what clients of S3 have said of a bucket. What is nil has not been
// said.
type S3Props struct {
	// Public is what requests in the words of S3 that nobody has signed may do with
	// the bucket and its objects: access.Bits.
	Public uint64 `json:"public,string"`

	Policy      *S3Policy         `json:"policy,omitempty"`
	PublicBlock *S3PublicBlock    `json:"public_block,omitempty"`
	CORS        []S3CORSRule      `json:"cors,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	Lifecycle   *S3Lifecycle      `json:"lifecycle,omitempty"`
}

// S3Policy is the policy of a bucket.
type S3Policy struct {
	Document string `json:"document"`      // as it came
	Public   uint64 `json:"public,string"` // what it lets anybody do beside S3Props.Public: access.Bits
}

// S3PublicBlock is what of [S3Props] is not to make a bucket public.
type S3PublicBlock struct {
	BlockACLs       bool `json:"block_acls"`       // access lists that would are refused
	IgnoreACLs      bool `json:"ignore_acls"`      // Public does not count
	BlockPolicy     bool `json:"block_policy"`     // policies that would are refused
	RestrictBuckets bool `json:"restrict_buckets"` // the policy does not count
}

// S3CORSRule says which pages of which origins may use a bucket.
type S3CORSRule struct {
	ID      string   `json:"id,omitempty"`
	Origins []string `json:"origins"`           // each with one * at most
	Methods []string `json:"methods"`           // GET, PUT, POST, DELETE, HEAD
	Headers []string `json:"headers,omitempty"` // of requests, each with one * at most
	Expose  []string `json:"expose,omitempty"`  // headers of answers that pages may read
	MaxAge  *int     `json:"max_age,omitempty"` // seconds for which a browser need not ask again
}

// Anybody is what requests that nobody has signed may do: access.Bits.
func (p *S3Props) Anybody() uint64 {
	var block S3PublicBlock
	if p.PublicBlock != nil {
		block = *p.PublicBlock
	}
	var bits uint64
	if !block.IgnoreACLs {
		bits = p.Public
	}
	if p.Policy != nil && !block.RestrictBuckets {
		bits |= p.Policy.Public
	}
	return bits
}

// Bounds of S3Props.
const (
	maxS3Policy = 20 << 10 // bytes
	maxS3CORS   = 100      // rules
	maxS3Tags   = 50
)

// Validate names what is wrong.
func (p *S3Props) Validate() error {
	switch {
	case p.Policy != nil && len(p.Policy.Document) > maxS3Policy:
		return fmt.Errorf("s3.policy: it has more than %d bytes", maxS3Policy)
	case len(p.CORS) > maxS3CORS:
		return fmt.Errorf("s3.cors: there are more than %d rules", maxS3CORS)
	case len(p.Tags) > maxS3Tags:
		return fmt.Errorf("s3.tags: there are more than %d", maxS3Tags)
	}
	for i := range p.CORS {
		if err := p.CORS[i].validate(); err != nil {
			return fmt.Errorf("s3.cors: rule %d: %w", i+1, err)
		}
	}
	if p.Lifecycle != nil {
		if err := p.Lifecycle.Validate(); err != nil {
			return fmt.Errorf("s3.lifecycle: %w", err)
		}
	}
	return nil
}

func (r *S3CORSRule) validate() error {
	if len(r.Origins) == 0 || len(r.Methods) == 0 {
		return errors.New("origins or methods are missing")
	}
	for _, method := range r.Methods {
		if !slices.Contains([]string{"GET", "PUT", "POST", "DELETE", "HEAD"}, method) {
			return fmt.Errorf("%.32q is none of GET, PUT, POST, DELETE, HEAD", method)
		}
	}
	for _, text := range slices.Concat(r.Origins, r.Headers) {
		if strings.Count(text, "*") > 1 {
			return fmt.Errorf("%.64q has more than one *", text)
		}
	}
	for _, text := range slices.Concat(r.Origins, r.Headers, r.Expose) {
		if text == "" || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			return fmt.Errorf("%.64q is no origin, and no name of a header", text)
		}
	}
	if r.MaxAge != nil && *r.MaxAge < 0 {
		return errors.New("max_age is below zero")
	}
	return nil
}

// S3PropsToSet changes [S3Props]; nil members leave things as they are.
type S3PropsToSet struct {
	Public      *uint64            `json:"public,string,omitempty"`
	Policy      *S3Policy          `json:"policy,omitempty"`       // without a document it goes
	PublicBlock *S3PublicBlock     `json:"public_block,omitempty"` // of which nothing is blocked, it goes
	CORS        *[]S3CORSRule      `json:"cors,omitempty"`
	Tags        *map[string]string `json:"tags,omitempty"`
	Lifecycle   *S3Lifecycle       `json:"lifecycle,omitempty"` // without rules it goes
}

func (s *S3PropsToSet) apply(to *S3Props) {
	if s == nil {
		return
	}
	set(&to.Public, s.Public)
	if s.Policy != nil {
		to.Policy = s.Policy
		if s.Policy.Document == "" {
			to.Policy = nil
		}
	}
	if s.PublicBlock != nil {
		to.PublicBlock = s.PublicBlock
		if *s.PublicBlock == (S3PublicBlock{}) {
			to.PublicBlock = nil
		}
	}
	set(&to.CORS, s.CORS)
	set(&to.Tags, s.Tags)
	if s.Lifecycle != nil {
		to.Lifecycle = s.Lifecycle
		if len(s.Lifecycle.Rules) == 0 {
			to.Lifecycle = nil
		}
	}
}
