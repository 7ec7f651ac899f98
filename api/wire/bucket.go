package wire

import (
	"errors"
	"fmt"
	"strings"

	"aistore/errs"
)

// MaxBucketName is the most bytes that the name of a bucket may have.
const MaxBucketName = 64

// Bucket identifies a bucket. Two normal buckets (see [Bucket.Normal]) are the
// same bucket exactly when they are equal with ==.
type Bucket struct {
	Name      string    `json:"name"`
	Provider  string    `json:"provider"` // canonical provider; "" means ais
	Namespace Namespace `json:"namespace"`
}

// Normal returns b with the canonical name of its provider, after checking it
// as [Bucket.Validate] does. It is for buckets that come from outside.
// Errors: Invalid.
func (b Bucket) Normal() (Bucket, error) {
	provider, err := ParseProvider(b.Provider)
	if err != nil {
		return Bucket{}, err
	}
	b.Provider = provider
	return b, b.Validate()
}

// Validate checks name, provider and namespace. It accepts names that begin
// with a dot, which are reserved for system buckets: see [Bucket.IsSystem].
// A valid bucket costs no allocation. Errors: Invalid.
func (b Bucket) Validate() error {
	if err := b.check(); err != nil {
		return errs.E("wire.Bucket.Validate", fmt.Sprintf("bucket %.100q", b.String()), errs.Invalid, err)
	}
	return nil
}

func (b Bucket) check() error {
	if err := checkBucketName(b.Name); err != nil {
		return err
	}
	switch b.Provider {
	case "", ProviderAIS:
		return b.Namespace.check()
	case ProviderAWS, ProviderGCP, ProviderAzure, ProviderOCI:
		if !b.Namespace.IsGlobal() {
			return errors.New("a cloud bucket has no namespace")
		}
		return nil
	}
	return fmt.Errorf("unknown provider %.64q", b.Provider)
}

func checkBucketName(name string) error {
	if name == "" {
		return errors.New("the bucket name is empty")
	}
	if len(name) > MaxBucketName {
		return fmt.Errorf("a bucket name has at most %d bytes", MaxBucketName)
	}
	if name == "." || strings.Contains(name, "..") {
		return errors.New("a bucket name is not \".\" and has no \"..\"")
	}
	for i := range len(name) {
		if c := name[i]; !isWord(c) && c != '.' {
			return errors.New("a bucket name may contain letters, digits, dashes, underscores and dots only")
		}
	}
	return nil
}

// IsAIS tells whether the data of b is kept by AIS, here or in a remote cluster.
func (b Bucket) IsAIS() bool { return b.Provider == ProviderAIS || b.Provider == "" }

// IsRemoteAIS tells whether b is a bucket of another AIS cluster.
func (b Bucket) IsRemoteAIS() bool { return b.IsAIS() && b.Namespace.IsRemote() }

// IsRemote tells whether b caches what another AIS cluster or a cloud holds.
func (b Bucket) IsRemote() bool { return !b.IsAIS() || b.Namespace.IsRemote() }

// IsSystem tells whether the name is one of those reserved for the cluster
// itself. Clients do not create such buckets and see them only when they ask.
func (b Bucket) IsSystem() bool { return strings.HasPrefix(b.Name, ".") }

// IsQuery tells whether b lacks a name and so stands for many buckets.
func (b Bucket) IsQuery() bool { return b.Name == "" }

// String returns the display name, such as "ais://b", "s3://b" or
// "ais://@uuid#ns/b".
func (b Bucket) String() string { return b.uri(false, "") }

// ObjectString returns the display name of an object, such as "ais://b/o".
func (b Bucket) ObjectString(object string) string { return b.uri(true, object) }

func (b Bucket) uri(withObject bool, object string) string {
	scheme, ns := Scheme(b.Provider), b.Namespace.String()
	var s strings.Builder
	s.Grow(len(scheme) + len(ns) + len(b.Name) + len(object) + len(":///") + 1)
	s.WriteString(scheme)
	s.WriteString("://")
	if ns != "" {
		s.WriteString(ns)
		s.WriteByte('/')
	}
	s.WriteString(b.Name)
	if withObject {
		s.WriteByte('/')
		s.WriteString(object)
	}
	return s.String()
}

// Uname returns the unique name of an object, "ais/@uuid#ns/bucket/object";
// with object "" it is the uname of the bucket and ends with a slash.
func (b Bucket) Uname(object string) string {
	return string(b.AppendUname(make([]byte, 0, b.UnameLen(object)), object))
}

// AppendUname appends what [Bucket.Uname] returns to dst.
// It allocates nothing when dst has [Bucket.UnameLen] bytes to spare.
func (b Bucket) AppendUname(dst []byte, object string) []byte {
	if b.Provider == "" {
		dst = append(dst, ProviderAIS...)
	} else {
		dst = append(dst, b.Provider...)
	}
	dst = append(dst, "/@"...)
	dst = append(dst, b.Namespace.UUID...)
	dst = append(dst, '#')
	dst = append(dst, b.Namespace.Name...)
	dst = append(dst, '/')
	dst = append(dst, b.Name...)
	dst = append(dst, '/')
	return append(dst, object...)
}

// UnameLen returns the length in bytes of the uname of object in b.
func (b Bucket) UnameLen(object string) int {
	provider := len(b.Provider)
	if provider == 0 {
		provider = len(ProviderAIS)
	}
	return provider + len("/@#//") + len(b.Namespace.UUID) + len(b.Namespace.Name) + len(b.Name) + len(object)
}
