package store

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/memsys"
)

// Store holds the objects of one target. Make it with New; all methods may be
// called from any goroutine.
type Store struct {
	mounts              *fs.Mounts
	options             Options
	log                 *slog.Logger
	pool                *memsys.Pool
	count               counters
	large               int64 // bytes; largeObject
	joinBelow, minChunk int64 // bytes; the constants of these names

	names       locks // of objects
	buckets     locks // of making and destroying buckets
	dirs        locks // of directories: reading one whole, and moving a file aside in it
	uploadLocks locks // of uploads
	cache       *cache
	shelves     *shelves
	live        *livePaths
	pins        *pins
	uploads     *uploads
	frozen      frozen
	shut        shut
	prepared    preparedBuckets
	swept       sweptShelves
	besides     besides

	counter  atomic.Uint64 // of write orders in this incarnation
	sequence atomic.Uint64 // of work files in this incarnation
}

// New makes the store of the objects on mounts. It reads nothing yet: Run
// collects what an earlier start has left.
// Errors: Invalid (no incarnation, an option out of range).
func New(mounts *fs.Mounts, o Options) (*Store, error) {
	if o.Incarnation == 0 {
		return nil, errs.E("store.New", "", errs.Invalid, errors.New("the incarnation is not set"))
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, errs.E("store.New", "", "", err)
	}
	c, uploads := newCache(int64(o.CacheBytes)), newUploads()
	return &Store{
		mounts:  mounts,
		options: o,
		log:     o.Log,
		pool:    o.Pool,
		count:   newCounters(o.Metrics, c, uploads),
		large:   largeObject,
		cache:   c,
		shelves: newShelves(),
		live:    newLivePaths(),
		pins:    newPins(),
		uploads: uploads,

		joinBelow: joinBelow,
		minChunk:  minChunk,
	}, nil
}

// Owner returns the mountpath that n belongs on, nil if none is available.
func (s *Store) Owner(n Name) *fs.Mountpath { return s.mounts.Owner(n.Digest()) }

// target is a name resolved: where it belongs.
type target struct {
	Name
	rel    string // encoded name
	digest uint64
	shelf  *shelf // nil for reading where the bucket has no directory
}

// resolve checks n and finds where it belongs; intent says whether the bucket's
// directory is made where it is missing. Errors: Invalid, NotFound (the bucket
// was destroyed), Unavailable.
func (s *Store) resolve(ctx context.Context, n Name, intent access) (target, error) {
	t := target{Name: n}
	var err error
	if t.rel, err = fs.Encode(n.Object); err != nil {
		return t, errs.E("store", n.String(), "", err)
	}
	t.digest = n.Digest()
	mount := s.mounts.Owner(t.digest)
	if mount == nil {
		return t, errs.E("store", n.String(), errs.Unavailable, errors.New("no mountpath is available"))
	}
	if intent == exclusive {
		t.shelf, err = s.shelfFor(ctx, n.Bucket, mount)
	} else {
		t.shelf, err = s.shelfIn(ctx, n.Bucket, mount)
	}
	return t, err
}

// lock takes the lock of a name.
func (s *Store) lock(ctx context.Context, t target, as access) (heldLock, error) {
	held, err := s.names.acquire(ctx, t.digest, as)
	if err != nil {
		return held, errs.E("store.lock", t.String(), "", err)
	}
	return held, nil
}

// nextOrder returns the order of a write that follows one of order floor.
func (s *Store) nextOrder(mapVersion int64, floor cluster.Order) cluster.Order {
	o := cluster.Order{
		Map:         max(mapVersion, floor.Map),
		Incarnation: s.options.Incarnation,
		Counter:     s.counter.Add(1),
	}
	if o.Compare(floor) > 0 {
		return o
	}
	// Another target wrote it under this very map, with a higher incarnation.
	return cluster.Order{Map: floor.Map, Incarnation: floor.Incarnation, Counter: floor.Counter + 1}
}

// LockState says how the lock of a name is held.
type LockState uint8

// The states of a lock.
const (
	Unlocked    LockState = iota
	ReadLocked            // somebody looks the object up
	WriteLocked           // somebody changes it
)

// LockState returns how the lock of n is held at this moment. Who reads the
// content of an object holds none.
func (s *Store) LockState(n Name) LockState { return s.names.state(n.Digest()) }
