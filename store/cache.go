package store

import (
	"strings"
	"sync"
	"unsafe"
)

const (
	cacheShards  = 64  // a power of two
	maxUnwritten = 256 // evicted entries kept by each shard until their access time is written
)

// cache keeps the objects looked up last, up to a number of bytes. It holds
// nothing that is not on disk too, except access times. An object enters under
// the lock of its name, and leaves under the exclusive one or for want of
// space: first goes what nobody has used since the hand of the clock passed.
type cache struct {
	limit  int64 // bytes per shard
	shards [cacheShards]cacheShard
}

type cacheShard struct {
	mu        sync.Mutex
	entries   map[uint64]*cached // guarded by mu; by digest of the name
	hand      *cached            // guarded by mu; in the ring of all entries
	bytes     int64              // guarded by mu
	unwritten []*cached          // guarded by mu; evicted with an access time that is not on disk
	lost      int64              // guarded by mu; access times dropped since unwritten was full
}

// cached is one entry; used, prev and next are guarded by its shard's mu.
type cached struct {
	digest     uint64
	bucket     uint64 // id of the bucket
	name       string
	object     *Object
	bytes      int64
	used       bool
	prev, next *cached
}

func newCache(limit int64) *cache {
	return &cache{limit: limit / cacheShards}
}

// get returns the object of n, nil if it is not in the cache.
func (c *cache) get(n Name, digest uint64) *Object {
	s := c.shard(digest)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[digest]
	if e == nil || e.bucket != n.Bucket.ID() || e.name != n.Object {
		return nil
	}
	e.used = true
	return e.object
}

// put makes o the object of n.
func (c *cache) put(n Name, digest uint64, o *Object) {
	e := &cached{digest: digest, bucket: n.Bucket.ID(), name: strings.Clone(n.Object), object: o}
	e.bytes = o.memory() + int64(unsafe.Sizeof(*e)) + int64(len(e.name)) + 2*8 // and a slot of the map
	if e.bytes > c.limit {
		c.remove(digest)
		return
	}
	s := c.shard(digest)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.entries[digest]; old != nil {
		s.unlink(old)
	}
	for s.bytes+e.bytes > c.limit {
		s.evict()
	}
	s.link(e)
}

// remove forgets what has that digest.
func (c *cache) remove(digest uint64) {
	s := c.shard(digest)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[digest]; e != nil {
		s.unlink(e)
	}
}

// takeTouched appends to dst the entries of shard i whose access time is not
// on disk, those evicted first, and returns how many were lost.
func (c *cache) takeTouched(i int, dst []*cached) (touched []*cached, lost int64) {
	s := &c.shards[i]
	s.mu.Lock()
	defer s.mu.Unlock()
	dst = append(dst, s.unwritten...)
	lost, s.lost = s.lost, 0
	clear(s.unwritten)
	s.unwritten = s.unwritten[:0]
	for _, e := range s.entries {
		if e.object.touched() {
			dst = append(dst, e)
		}
	}
	return dst, lost
}

// size returns how many bytes and objects the cache holds.
func (c *cache) size() (bytes, objects int64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		bytes += s.bytes
		objects += int64(len(s.entries))
		s.mu.Unlock()
	}
	return bytes, objects
}

// shard takes bits of the digest that the map inside it does not rely on.
func (c *cache) shard(digest uint64) *cacheShard { return &c.shards[digest>>32%cacheShards] }

// link adds e behind the hand, as the last that the hand will meet.
func (s *cacheShard) link(e *cached) {
	if s.hand == nil {
		e.prev, e.next = e, e
		s.hand = e
	} else {
		e.prev, e.next = s.hand.prev, s.hand
		e.prev.next, e.next.prev = e, e
	}
	if s.entries == nil {
		s.entries = make(map[uint64]*cached)
	}
	s.entries[e.digest] = e
	s.bytes += e.bytes
}

func (s *cacheShard) unlink(e *cached) {
	if e.next == e {
		s.hand = nil
	} else {
		e.prev.next, e.next.prev = e.next, e.prev
		if s.hand == e {
			s.hand = e.next
		}
	}
	delete(s.entries, e.digest)
	s.bytes -= e.bytes
	e.prev, e.next = nil, nil
}

// evict removes one entry; there is one.
func (s *cacheShard) evict() {
	for s.hand.used {
		s.hand.used = false
		s.hand = s.hand.next
	}
	e := s.hand
	s.unlink(e)
	switch {
	case !e.object.touched():
	case len(s.unwritten) < maxUnwritten:
		s.unwritten = append(s.unwritten, e)
	default:
		s.lost++
	}
}
