package wire

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"aistore/errs"
)

// ListRequest asks for one page of the objects in a bucket.
type ListRequest struct {
	UUID         string              `json:"uuid"`                  // id of the listing; "" begins one
	Props        string              `json:"props"`                 // names, see Selection; "" is the default
	TimeFormat   string              `json:"time_format,omitempty"` // Go layout; "" is RFC 822
	Prefix       string              `json:"prefix"`
	StartAfter   string              `json:"start_after,omitempty"` // list names after this one
	Continuation string              `json:"continuation_token"`    // of the page before; "" is the first page
	Target       string              `json:"target"`                // list what this target has; "" lists all
	Flags        uint64              `json:"flags,string"`          // List… bits
	PageSize     int64               `json:"pagesize"`              // entries; 0 means as many as possible
	Header       map[string][]string `json:"hdr,omitempty"`         // more headers for the backend
}

// Bits of [ListRequest.Flags].
const (
	ListCached        uint64 = 1 << iota // only what is in the cluster
	ListMissing                          // also copies whose object is lost
	ListDeleted                          // reserved
	ListArchives                         // also what is inside archives
	ListNameOnly                         // names and flags
	ListNameSize                         // names, sizes and flags
	ListBucketPresent                    // do not add the bucket
	ListDontHead                         // do not ask the remote about the bucket
	ListDontAdd                          // do not add a remote bucket
	ListNotCached                        // only what is not in the cluster
	ListRemoteProps                      // internal
	ListNoRecursion                      // stop at slashes, return directories
	ListDiff                             // compare with the remote
	ListNoDirs                           // no directories
	ListS3                               // the request came through S3
	ListInventory                        // list from an inventory
)

// Has tells whether all the given bits of Flags are set.
func (r *ListRequest) Has(flags uint64) bool { return r.Flags&flags == flags }

// Validate checks a request from outside. Errors: Invalid.
func (r *ListRequest) Validate() error {
	if err := r.check(); err != nil {
		return errs.E("wire.ListRequest.Validate", "list objects", errs.Invalid, err)
	}
	return nil
}

func (r *ListRequest) check() error {
	switch {
	case r.PageSize < 0:
		return fmt.Errorf("pagesize %d is negative", r.PageSize)
	case r.Has(ListCached | ListNotCached):
		return errors.New("cached and not-cached exclude each other")
	case len(r.Prefix) > MaxObjectName || len(r.StartAfter) > MaxObjectName || len(r.Continuation) > 2*MaxObjectName:
		return errors.New("prefix, start_after or continuation_token is too long")
	case strings.IndexByte(r.Prefix, 0) >= 0 || hasComponent(r.Prefix, ".."):
		return errors.New("the prefix has a NUL or \"..\" between slashes")
	}
	_, err := parseProps(r.Props)
	return err
}

// Selection returns what each entry is to carry: what the flags or Props say,
// else name, size and cached, and when listing what is cached, name, size,
// checksum and atime. The name is always in it. Errors: Invalid.
func (r *ListRequest) Selection() (Props, error) {
	switch {
	case r.Has(ListNameOnly):
		return PropName, nil
	case r.Has(ListNameSize):
		return PropName | PropSize, nil
	case r.Props == "" && r.Has(ListCached):
		return PropName | PropSize | PropChecksum | PropAtime | PropCached, nil
	case r.Props == "":
		return PropName | PropSize | PropCached, nil
	}
	return ParseProps(r.Props)
}

// MaxPageSize returns the most entries that a page of a listing has.
func MaxPageSize(provider string) int64 {
	switch provider {
	case ProviderAIS, "":
		return 10000
	case ProviderAzure:
		return 5000
	}
	return 1000
}

// FormatTime writes t as listings do, by a Go layout; "" is RFC 822.
// The zero time is "".
func FormatTime(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	if layout == "" {
		layout = time.RFC822
	}
	return t.Format(layout)
}
