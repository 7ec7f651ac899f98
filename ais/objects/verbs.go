package objects

import (
	"context"
	"errors"
	"io"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// Verbs are the object verbs of one target. All methods may be called from any
// goroutine.
type Verbs struct {
	self  string
	store *store.Store
	gate  *Gate
	state func() *cluster.State
	peers Peers

	taking *turns // of uploads that are taken over, or given up
}

// New makes the verbs of the target with the given id. State is what the target
// has acted on: at least as new as the map that the gate has.
func New(self string, s *store.Store, gate *Gate, state func() *cluster.State, peers Peers) *Verbs {
	return &Verbs{self: self, store: s, gate: gate, state: state, peers: peers, taking: newTurns()}
}

// Bucket finds a bucket in the books. Errors: NotFound.
func (v *Verbs) Bucket(b wire.Bucket) (*cluster.Bucket, error) {
	if found, ok := v.state().Buckets.Get(b); ok {
		return found, nil
	}
	return nil, errs.BucketNotFound("objects.Bucket", b.String())
}

// Small reads a whole object into buf if it is here and fits, checked against
// its checksum, and returns the object and whether buf holds it: buf[:Size].
// An object that does not fit, or may be elsewhere, is for Open. Errors: Corrupt.
func (v *Verbs) Small(ctx context.Context, n store.Name, buf []byte) (*store.Object, bool, error) {
	m := v.state().Map
	o, err := v.store.ReadSmall(ctx, n, buf)
	switch {
	case err == nil:
		return o, v.sure(m, n.Digest(), o.Order), nil
	case errors.Is(err, errs.TooLarge), errors.Is(err, errs.NotFound):
		return nil, false, nil
	}
	return nil, false, err
}

// Head describes an object, wherever a placement in force or an earlier one has
// it. Errors: NotFound, Corrupt (its record is damaged), Unavailable.
func (v *Verbs) Head(ctx context.Context, n store.Name) (*store.Object, error) {
	last, err := v.find(ctx, n)
	if err != nil {
		return nil, err
	}
	if !last.exists() {
		return nil, errs.ObjectNotFound("objects.Head", n.String())
	}
	return last.Object, nil
}

// HeadLocal describes an object if it is in this target's own store. One with a
// DeleteMarker and an order, and nothing else, says that the object was deleted
// here: that hides what owners by earlier placements have. Errors: NotFound,
// Corrupt, Unavailable.
func (v *Verbs) HeadLocal(ctx context.Context, n store.Name) (*store.Object, error) {
	return v.store.Last(ctx, n)
}

// Content is an object opened for reading: either here, or away at another
// target. The caller closes it.
type Content struct {
	Object *store.Object
	Local  *store.Reader // nil when the object is away
	away   *wire.Node
	peers  Peers

	version string // id of what is away; "" is the object
}

// Open opens an object for reading. Errors: NotFound, Corrupt, Unavailable.
func (v *Verbs) Open(ctx context.Context, n store.Name) (*Content, error) {
	c, err := v.OpenLocal(ctx, n)
	var last Last
	switch {
	case err == nil:
		last, err = v.beyond(ctx, n, c.Object)
		if err == nil && last.Node == nil {
			return c, nil
		}
		err = errors.Join(err, c.Close())
	case errors.Is(err, errs.NotFound):
		last, err = v.find(ctx, n)
	}
	switch {
	case err != nil:
		return nil, err
	case !last.exists():
		return nil, errs.ObjectNotFound("objects.Open", n.String())
	case last.Node == nil:
		return v.OpenLocal(ctx, n) // written a moment ago
	}
	return &Content{Object: last.Object, away: last.Node, peers: v.peers}, nil
}

// OpenLocal opens an object if it is in this target's own store. Errors:
// NotFound, Corrupt, Unavailable.
func (v *Verbs) OpenLocal(ctx context.Context, n store.Name) (*Content, error) {
	r, err := v.store.Open(ctx, n)
	if err != nil {
		return nil, err
	}
	return &Content{Object: r.Object, Local: r}, nil
}

// Section is a reader of length bytes from offset. The caller closes it, before
// the content. For a local object it is the store's own reader.
func (c *Content) Section(ctx context.Context, n store.Name, offset, length int64) (io.ReadCloser, error) {
	if c.Local != nil {
		if _, err := c.Local.Seek(offset, io.SeekStart); err != nil {
			return nil, err
		}
		return io.NopCloser(io.LimitReader(c.Local, length)), nil
	}
	if c.version != "" {
		return c.peers.ReadVersion(ctx, c.away, n, c.version, offset, length)
	}
	return c.peers.Read(ctx, c.away, n, offset, length)
}

// Close releases the content.
func (c *Content) Close() error {
	if c.Local == nil {
		return nil
	}
	return c.Local.Close()
}
