package objects

import (
	"context"
	"errors"
	"io"

	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// Put stores the body as the new content of an object. The object is durable as
// its bucket promises when Put returns without error; on error it is as before,
// unless the code is CodeOutcomeUnknown. A body that has a method Cut() is cut when
// the write may go on no longer.
// Errors: Invalid (size or checksum do not match), Precondition, NoSpace,
// Unavailable (with CodeNotNow: nothing was done, and it may be tried again).
func (v *Verbs) Put(ctx context.Context, n store.Name, body io.Reader, o store.WriteOptions) (*store.Object, error) {
	pass, err := v.gate.Enter(ctx, n.Digest())
	if err != nil {
		return nil, err
	}
	defer pass.Leave()
	stored, err := v.put(pass.Context(), n, pass.body(body), o, pass.Check)
	if err != nil {
		return nil, err
	}
	return stored, pass.Confirm()
}

func (v *Verbs) put(ctx context.Context, n store.Name, body io.Reader, o store.WriteOptions, fence func() error) (*store.Object, error) {
	state := v.state()
	base, err := v.base(ctx, state, n)
	if err != nil {
		return nil, err
	}
	o.Base, o.MapVersion, o.Fence = base, state.Map.Version(), fence
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
// Precondition, Unavailable (as in Put).
func (v *Verbs) Delete(ctx context.Context, n store.Name, o store.DeleteOptions) error {
	_, err := v.Remove(ctx, n, o)
	return err
}

func (v *Verbs) remove(ctx context.Context, n store.Name, o store.DeleteOptions, fence func() error) (store.Deletion, error) {
	state := v.state()
	base, err := v.base(ctx, state, n)
	if err != nil {
		return store.Deletion{}, err
	}
	o.Base, o.MapVersion, o.Fence = base, state.Map.Version(), fence
	o.Tombstone = moving(state.Map)
	return v.store.Remove(ctx, n, o)
}

// moving reports whether objects may still be where an earlier placement says.
func moving(m *cluster.Map) bool { return len(m.Placements()) > 1 }

// base is what a write follows if that is not here: what another target holds,
// which has moved in law only. It is nil when there is nothing elsewhere that is
// later than what is here.
func (v *Verbs) base(ctx context.Context, state *cluster.State, n store.Name) (*store.Object, error) {
	if !moving(state.Map) {
		return nil, nil
	}
	own, err := v.HeadLocal(ctx, n)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return nil, nil // damaged: the store decides
	}
	last, err := v.beyond(ctx, n, own)
	if err != nil || last.Node == nil {
		return nil, err
	}
	return last.Object, nil
}

// body returns r as the body of the write: reading ends when the write is cut off.
func (p *Pass) body(r io.Reader) io.Reader {
	if c, ok := r.(interface{ Cut() }); ok {
		p.onCut(c.Cut)
	}
	return &cuttable{pass: p, inner: r}
}

// cuttable is the body of a write.
type cuttable struct {
	pass  *Pass
	inner io.Reader
}

// Read is io.Reader.Read. Errors: why the write was cut off, and those of the
// body.
func (c *cuttable) Read(b []byte) (int, error) {
	n, err := c.inner.Read(b)
	if err == io.EOF {
		return n, err
	}
	if why := c.pass.cutOff(); why != nil {
		return n, why
	}
	return n, err
}
