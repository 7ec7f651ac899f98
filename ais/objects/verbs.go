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
	state func() *cluster.State
	peers Peers
}

// New makes the verbs of the target with the given id.
func New(self string, s *store.Store, state func() *cluster.State, peers Peers) *Verbs {
	return &Verbs{self: self, store: s, state: state, peers: peers}
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
// An object that does not fit, or is not here, is for Open. Errors: Corrupt.
func (v *Verbs) Small(ctx context.Context, n store.Name, buf []byte) (*store.Object, bool, error) {
	o, err := v.store.ReadSmall(ctx, n, buf)
	switch {
	case err == nil:
		return o, true, nil
	case errors.Is(err, errs.TooLarge), errors.Is(err, errs.NotFound):
		return nil, false, nil
	}
	return nil, false, err
}

// Head describes an object, wherever a placement in force or an earlier one has
// it. Errors: NotFound, Corrupt (its record is damaged), Unavailable.
func (v *Verbs) Head(ctx context.Context, n store.Name) (*store.Object, error) {
	o, err := v.store.Stat(ctx, n)
	if err == nil || !errors.Is(err, errs.NotFound) {
		return o, err
	}
	away, missing := v.elsewhere(ctx, n)
	if missing != nil {
		return nil, missing
	}
	if away == nil {
		return nil, err
	}
	return away.Object, nil
}

// HeadLocal describes an object if it is in this target's own store. Errors:
// NotFound, Gone (a tombstone says that it was deleted here, which hides what
// owners by still earlier placements have), Corrupt, Unavailable.
func (v *Verbs) HeadLocal(ctx context.Context, n store.Name) (*store.Object, error) {
	o, err := v.store.Stat(ctx, n)
	if !errors.Is(err, errs.NotFound) {
		return o, err
	}
	switch _, buried, unread := v.store.Tombstone(ctx, n); {
	case unread != nil:
		return nil, unread
	case buried:
		return nil, errs.E("objects.HeadLocal", n.String(), errs.Gone, nil)
	}
	return nil, err
}

// Content is an object opened for reading: either here, or away at an earlier
// owner. The caller closes it.
type Content struct {
	Object *store.Object
	Local  *store.Reader // nil when the object is away
	away   *Away
	peers  Peers
}

// Open opens an object for reading. Errors: NotFound, Corrupt, Unavailable.
func (v *Verbs) Open(ctx context.Context, n store.Name) (*Content, error) {
	c, err := v.OpenLocal(ctx, n)
	if err == nil {
		return c, nil
	}
	if !errors.Is(err, errs.NotFound) {
		return nil, err
	}
	away, missing := v.elsewhere(ctx, n)
	if missing != nil {
		return nil, missing
	}
	if away == nil {
		return nil, err
	}
	return &Content{Object: away.Object, away: away, peers: v.peers}, nil
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
	return c.peers.Read(ctx, c.away.Node, n, offset, length)
}

// Close releases the content.
func (c *Content) Close() error {
	if c.Local == nil {
		return nil
	}
	return c.Local.Close()
}

// Put stores the body as the new content of an object. The object is durable as
// its bucket promises when Put returns without error; on error it is as before.
// Errors: Invalid (size or checksum do not match), Precondition, NoSpace,
// Unavailable.
func (v *Verbs) Put(ctx context.Context, n store.Name, body io.Reader, o store.WriteOptions) (*store.Object, error) {
	state := v.state()
	o.MapVersion = state.Map.Version()
	base, err := v.base(ctx, state, n)
	if err != nil {
		return nil, err
	}
	o.Base = base
	w, err := v.store.Create(ctx, n, o)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if _, err := w.ReadFrom(body); err != nil {
		return nil, err
	}
	return w.Commit(ctx)
}

// Delete removes an object. While earlier placements are in the map it leaves a
// tombstone, so that no earlier owner's copy comes back. Errors: NotFound,
// Precondition, Unavailable.
func (v *Verbs) Delete(ctx context.Context, n store.Name, o store.DeleteOptions) error {
	state := v.state()
	o.MapVersion = state.Map.Version()
	base, err := v.base(ctx, state, n)
	if err != nil {
		return err
	}
	o.Base = base
	o.Tombstone = moving(state.Map)
	err = v.store.Delete(ctx, n, o)
	if base != nil && errors.Is(err, errs.NotFound) {
		return nil // it was away, and the tombstone hides it
	}
	return err
}

// base is what a write follows when nothing is here: the object that an earlier
// owner holds. It is nil when the object is here, or nowhere.
func (v *Verbs) base(ctx context.Context, state *cluster.State, n store.Name) (*store.Object, error) {
	if !moving(state.Map) {
		return nil, nil
	}
	if _, err := v.store.Stat(ctx, n); err == nil || !errors.Is(err, errs.NotFound) {
		return nil, nil
	}
	away, err := v.elsewhere(ctx, n)
	if err != nil || away == nil {
		return nil, err
	}
	return away.Object, nil
}
