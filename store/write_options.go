package store

import (
	"fmt"
	"time"

	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/checksum"
)

// WriteOptions says how an object is stored. The zero value is an empty object
// as its bucket says.
type WriteOptions struct {
	Size   int64           // bytes that will come; -1 is unknown
	Expect checksum.Sum    // refuse the content unless it has this sum; zero does not ask
	Hash   []checksum.Kind // computed on the way in addition, for Writer.Sum

	Version     string // "" is the next number, where the bucket keeps versions
	SkipVersion bool   // take Version as it is, also if it is ""
	ETag        string
	Header      []Pair
	Custom      []Pair
	Tags        []Pair
	Retention   Retention // zero is what the bucket says
	Atime       time.Time // zero is now
	Modified    time.Time // zero is now

	MapVersion int64         // of the cluster map in force: part of the write order
	Order      cluster.Order // of a write made before (a move); zero assigns the next at Commit

	// Record stores the object as it was recorded elsewhere, see
	// Object.Portable: everything that the fields from Version to Order say,
	// except MapVersion, is taken from it, and whatever else it holds is kept.
	// Nil for a new write.
	Record *Record

	// Base is the object that this write follows if it is later than what is
	// stored here: it has moved here in law and not yet in fact. One that is a
	// delete marker says that the object was deleted there. Nil is none.
	Base *Object

	Conditions Conditions

	// Describe changes what will be recorded with the object, once its content is
	// there: such as an entity tag made of a sum, or sums that came behind the
	// content. Sum gives those of the bucket's kind, of that of Expect, and of Hash.
	// Size, checksum, version and order are set by Commit. An error stops the
	// write. Nil does not.
	Describe func(sum func(checksum.Kind) checksum.Sum, r *Record) error

	// Fence is called under the lock, as the last thing before the object is
	// in place; an error stops the write. It must be quick.
	Fence func() error
}

// newRecord returns the record of a write, without what only Commit knows.
func (o *WriteOptions) newRecord(n Name) (Record, error) {
	if o.Size < unknownSize {
		return Record{}, errs.E("store.Create", n.String(), errs.Invalid, fmt.Errorf("size %d", o.Size))
	}
	if o.Record != nil {
		r := *o.Record
		r.Copies, r.Chunks = nil, nil // were made elsewhere
		return r, r.checkLengths(n)
	}
	r := Record{
		ETag:      o.ETag,
		Header:    o.Header,
		Custom:    o.Custom,
		Tags:      o.Tags,
		Retention: o.Retention,
		Version:   o.Version,
		Order:     o.Order,
		Modified:  o.Modified,
		Atime:     o.Atime,
	}
	return r, r.checkLengths(n)
}

// checkLengths refuses metadata that an attribute cannot hold. What may spill
// is measured when it is written.
func (r *Record) checkLengths(n Name) error {
	const maxText = 1024
	if len(r.ETag) > maxText || len(r.Version) > maxText {
		return errs.E("store.Create", n.String(), errs.TooLarge, errRecordTooLong)
	}
	return nil
}
