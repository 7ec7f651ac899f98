package objects

import (
	"context"
	"errors"

	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// SetCustom changes the user metadata of an object: pairs are added and replace
// those of their keys, or with replace all there are. The result has at most
// maxBytes of keys and values. Errors: NotFound, TooLarge, those of Put.
func (v *Verbs) SetCustom(ctx context.Context, n store.Name, pairs []store.Pair, replace Replace, maxBytes int64) (*store.Object, error) {
	return v.Update(ctx, n, store.Conditions{}, func(r *store.Record) error {
		old := r.Custom
		if replace == ReplaceAll {
			old = nil
		}
		r.Custom = mergePairs(old, pairs)
		return checkCustom(n, r.Custom, maxBytes)
	})
}

// Update changes what is recorded with an object, as store.Store.Update does: it
// keeps its content and its version. Errors: NotFound, Precondition, TooLarge,
// those of Put, and what change returns.
func (v *Verbs) Update(ctx context.Context, n store.Name, c store.Conditions, change func(*store.Record) error) (*store.Object, error) {
	return v.UpdateVersion(ctx, n, store.UpdateOptions{Conditions: c}, change)
}

// UpdateVersion is Update of the version that o names; MapVersion and Fence of o do
// not count. One that an earlier owner has is Unavailable.
func (v *Verbs) UpdateVersion(ctx context.Context, n store.Name, o store.UpdateOptions, change func(*store.Record) error) (*store.Object, error) {
	pass, err := v.gate.Enter(ctx, n.Digest())
	if err != nil {
		return nil, err
	}
	defer pass.Leave()
	state := v.state()
	away, err := v.base(pass.Context(), state, n)
	if err != nil {
		return nil, err
	}
	var updated *store.Object
	if away != nil && !away.DeleteMarker && o.Version == "" {
		updated, err = v.bring(pass, n, o, change)
	} else {
		o.MapVersion, o.Fence = state.Map.Version(), pass.Check
		updated, err = v.store.Update(pass.Context(), n, o, change)
	}
	if err != nil {
		return nil, v.elsewhere(ctx, n, o.Version, err)
	}
	return updated, pass.Confirm()
}

// Replace says what becomes of what was there.
type Replace uint8

// The ways to change user metadata.
const (
	Merge      Replace = iota // keys that are not given stay
	ReplaceAll                // they go
)

// bring writes an object that another target holds here, where it belongs, with
// its version and a changed record.
func (v *Verbs) bring(pass *Pass, n store.Name, o store.UpdateOptions, change func(*store.Record) error) (*store.Object, error) {
	ctx := pass.Context()
	c, err := v.Open(ctx, n)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r := c.Object.Record
	if err := change(&r); err != nil {
		return nil, err
	}
	if err := store.CheckRetention(n, c.Object.Retention, r.Retention, o.Bypass); err != nil {
		return nil, err
	}
	body, err := c.Section(ctx, n, 0, r.Size)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return v.put(ctx, n, checksum.NewVerifier(body, r.Checksum), store.WriteOptions{
		Size: r.Size, Expect: r.Checksum, Version: r.Version, SkipVersion: true, ETag: r.ETag,
		Header: r.Header, Custom: r.Custom, Tags: r.Tags, Atime: c.Object.Atime(), Modified: r.Modified,
		Conditions: o.Conditions,
		Describe: func(_ func(checksum.Kind) checksum.Sum, written *store.Record) error {
			written.Sums, written.PartSizes = r.Sums, r.PartSizes
			written.VersionID, written.Retention = r.VersionID, r.Retention // it stays the same version
			return nil
		},
	}, pass.Check)
}

func checkCustom(n store.Name, pairs []store.Pair, limit int64) error {
	var size int64
	for _, p := range pairs {
		size += int64(len(p.Key) + len(p.Value))
	}
	if size <= limit {
		return nil
	}
	return errs.E("objects.SetCustom", n.String(), errs.TooLarge,
		errors.New("the user metadata takes more than limits.max_custom_metadata allows"))
}

// LockState returns whether somebody is reading or changing an object at this
// moment.
func (v *Verbs) LockState(n store.Name) store.LockState { return v.store.LockState(n) }
