package access

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"aistore/errs"
)

// Bits is a set of permissions. On the wire it is a decimal string.
type Bits uint64

// Permissions. The numbers are part of the protocol.
const (
	GetObject Bits = 1 << iota
	HeadObject
	PutObject
	AppendObject
	DeleteObject
	MoveObject
	Promote
	UpdateObject
	HeadBucket
	ListObjects
	PatchBucket
	SetBucketACL
	ListBuckets
	ShowCluster
	CreateBucket
	DestroyBucket
	MoveBucket
	Admin
	end
)

// IntraCluster is the permission to make calls between nodes. Only nodes have
// it: no bucket, role or token grants it, whatever its bits.
const IntraCluster Bits = 1 << 63

// Sets of permissions.
const (
	None      Bits = 0
	ReadOnly       = GetObject | HeadObject | HeadBucket | ListObjects
	ReadWrite      = ReadOnly | PutObject | AppendObject | DeleteObject | MoveObject | UpdateObject
	All       Bits = 1<<64 - 1 // of a new bucket
)

// Has tells whether b has all the bits of need.
func (b Bits) Has(need Bits) bool { return b&need == need }

// String returns the names of the bits, separated by commas, or the name of a
// set: "none", "ro", "rw", "all". Bits without a meaning are left out.
func (b Bits) String() string {
	switch b {
	case None:
		return "none"
	case ReadOnly:
		return "ro"
	case ReadWrite:
		return "rw"
	case All:
		return "all"
	}
	var names []string
	for bit := GetObject; bit < end; bit <<= 1 {
		if b.Has(bit) {
			names = append(names, name(bit))
		}
	}
	if b.Has(IntraCluster) {
		names = append(names, name(IntraCluster))
	}
	return strings.Join(names, ",")
}

// ParseBits reads a number, decimal or with 0x, or what String returns, in any
// case of letters. Errors: Invalid.
func ParseBits(s string) (Bits, error) {
	if n, err := strconv.ParseUint(s, 0, 64); err == nil {
		return Bits(n), nil
	}
	var bits Bits
	for word := range strings.SplitSeq(s, ",") {
		set, ok := byName(strings.TrimSpace(word))
		if !ok {
			return 0, errs.E("access.ParseBits", fmt.Sprintf("%.200q", s), errs.Invalid,
				errors.New("expecting a number, ro, rw, all, none, or names of permissions: "+(end-1).String()))
		}
		bits |= set
	}
	return bits, nil
}

func byName(word string) (Bits, bool) {
	for _, set := range [...]Bits{None, ReadOnly, ReadWrite, All} {
		if strings.EqualFold(word, set.String()) {
			return set, true
		}
	}
	for bit := GetObject; bit < end; bit <<= 1 {
		if strings.EqualFold(word, name(bit)) {
			return bit, true
		}
	}
	return 0, false
}

func name(bit Bits) string {
	switch bit {
	case GetObject:
		return "GET"
	case HeadObject:
		return "HEAD-OBJECT"
	case PutObject:
		return "PUT"
	case AppendObject:
		return "APPEND"
	case DeleteObject:
		return "DELETE-OBJECT"
	case MoveObject:
		return "MOVE-OBJECT"
	case Promote:
		return "PROMOTE"
	case UpdateObject:
		return "UPDATE-OBJECT"
	case HeadBucket:
		return "HEAD-BUCKET"
	case ListObjects:
		return "LIST-OBJECTS"
	case PatchBucket:
		return "PATCH"
	case SetBucketACL:
		return "SET-BUCKET-ACL"
	case ListBuckets:
		return "LIST-BUCKETS"
	case ShowCluster:
		return "SHOW-CLUSTER"
	case CreateBucket:
		return "CREATE-BUCKET"
	case DestroyBucket:
		return "DESTROY-BUCKET"
	case MoveBucket:
		return "MOVE-BUCKET"
	case Admin:
		return "ADMIN"
	case IntraCluster:
		return "INTRA-CLUSTER"
	}
	return ""
}
