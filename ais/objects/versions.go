package objects

import (
	"context"
	"errors"
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// Version describes one version of an object, by the id that clients know; "" is
// the latest, which may be a delete marker. One that this target does not have may
// be at an earlier owner, or at the owner.
// Errors: those of store.Store.Version; Unavailable (who may have it does not answer).
func (v *Verbs) Version(ctx context.Context, n store.Name, id string) (*store.Object, error) {
	o, _, err := v.findVersion(ctx, n, id)
	return o, err
}

// VersionLocal is Version of this target's own store.
func (v *Verbs) VersionLocal(ctx context.Context, n store.Name, id string) (*store.Object, error) {
	return v.store.Version(ctx, n, id)
}

// OpenVersion is Open for one version of an object, by the id that clients know.
// Errors: those of Version; Method, with the code CodeDeleteMarker.
func (v *Verbs) OpenVersion(ctx context.Context, n store.Name, id string) (*Content, error) {
	o, node, err := v.findVersion(ctx, n, id)
	switch {
	case err != nil:
		return nil, err
	case o.DeleteMarker:
		e := errs.E("objects.OpenVersion", n.String(), errs.Method, nil)
		e.Code, e.Public = errs.CodeDeleteMarker, "version "+id+" of object "+n.String()+" is a delete marker"
		return nil, e
	case node == nil:
		return v.OpenVersionLocal(ctx, n, id)
	}
	return &Content{Object: o, away: node, peers: v.peers, version: id}, nil
}

// OpenVersionLocal is OpenVersion of this target's own store.
func (v *Verbs) OpenVersionLocal(ctx context.Context, n store.Name, id string) (*Content, error) {
	r, err := v.store.OpenVersion(ctx, n, id)
	if err != nil {
		return nil, err
	}
	return &Content{Object: r.Object, Local: r}, nil
}

// findVersion finds a version, here first; node is nil if it is here.
func (v *Verbs) findVersion(ctx context.Context, n store.Name, id string) (o *store.Object, node *wire.Node, err error) {
	o, err = v.store.Version(ctx, n, id)
	if !errors.Is(err, errs.NotFound) {
		return o, nil, err
	}
	m := v.state().Map
	var asked []string
	for _, p := range m.Placements() {
		owner := p.Owner(n.Digest())
		if owner == v.self || slices.Contains(asked, owner) {
			continue
		}
		asked = append(asked, owner)
		node, found := m.Node(owner)
		if !found {
			continue
		}
		theirs, failed := v.peers.HeadVersion(ctx, node, n, id)
		switch {
		case errors.Is(failed, errs.NotFound):
		case failed != nil:
			return nil, nil, errs.E("objects.Version", n.String(), errs.Unavailable, failed)
		default:
			return theirs, node, nil
		}
	}
	return nil, nil, err
}

// Remove is Delete that tells what was done. A version is deleted where it is: one
// that an earlier owner has is Unavailable.
func (v *Verbs) Remove(ctx context.Context, n store.Name, o store.DeleteOptions) (store.Deletion, error) {
	pass, err := v.gate.Enter(ctx, n.Digest())
	if err != nil {
		return store.Deletion{}, err
	}
	defer pass.Leave()
	done, err := v.remove(pass.Context(), n, o, pass.Check)
	if err != nil {
		return store.Deletion{}, v.elsewhere(ctx, n, o.Version, err)
	}
	return done, pass.Confirm()
}

// elsewhere is the error of a change of a version that is not here: if an earlier
// owner has it, that cannot be done now.
func (v *Verbs) elsewhere(ctx context.Context, n store.Name, id string, err error) error {
	if id == "" || !errors.Is(err, errs.NotFound) || !moving(v.state().Map) {
		return err
	}
	_, node, finding := v.findVersion(ctx, n, id)
	if finding != nil || node == nil {
		return err
	}
	e := errs.E("objects.Remove", n.String(), errs.Unavailable, nil)
	e.Public = "the version is still at target " + node.ID + ", which owned the object before: it cannot be changed until it has moved"
	return e
}

// VersionsQuery selects versions. The zero value selects all.
type VersionsQuery struct {
	Prefix    string `json:"prefix,omitempty"`    // of names
	Name      string `json:"name,omitempty"`      // names that follow it, and of it what follows Key
	Key       string `json:"key,omitempty"`       // of a version of Name: those that are older
	Within    bool   `json:"within,omitempty"`    // Key counts; else all of Name is passed over
	Delimiter string `json:"delimiter,omitempty"` // "/" or "": see store.WalkOptions
	Max       int    `json:"max,omitempty"`       // entries
}

// VersionEntry is one version, or a directory.
type VersionEntry struct {
	Name   string        `json:"name"`
	Dir    bool          `json:"dir,omitempty"`
	Key    string        `json:"key,omitempty"` // store.Record.VersionID
	Latest bool          `json:"latest,omitempty"`
	Object *store.Object `json:"-"`
}

// VersionsHere returns the versions in this target's own store that q selects, by
// name, of one name the latest first; and whether these are all.
// Errors: Invalid, Corrupt, Unavailable, Canceled.
func (v *Verbs) VersionsHere(ctx context.Context, b *cluster.Bucket, q VersionsQuery) (entries []VersionEntry, all bool, err error) {
	if q.Within && strings.HasPrefix(q.Name, q.Prefix) {
		if entries, err = v.versionsOf(ctx, store.Name{Bucket: b, Object: q.Name}, q.Key); err != nil {
			return nil, false, err
		}
	}
	w, err := v.store.Walk(ctx, b, store.WalkOptions{Prefix: q.Prefix, After: q.Name, Delimiter: q.Delimiter, Versions: true})
	if err != nil {
		return nil, false, err
	}
	defer w.Close()
	for len(entries) <= q.Max {
		e, ok := w.Next(ctx)
		switch {
		case !ok:
			return entries, w.Err() == nil, w.Err()
		case e.Problem != nil:
		case e.Dir:
			entries = append(entries, VersionEntry{Name: e.Name, Dir: true})
		default:
			more, err := v.versionsOf(ctx, store.Name{Bucket: b, Object: e.Name}, "")
			if err != nil {
				return nil, false, err
			}
			entries = append(entries, more...)
		}
	}
	return entries[:q.Max], false, nil
}

// versionsOf returns the versions of one name that are older than the one with a
// key; "" is all.
func (v *Verbs) versionsOf(ctx context.Context, n store.Name, before string) ([]VersionEntry, error) {
	all, err := v.store.Versions(ctx, n)
	if err != nil {
		return nil, err
	}
	var entries []VersionEntry
	for i, o := range all {
		if before == "" || o.VersionID < before {
			entries = append(entries, VersionEntry{Name: n.Object, Key: o.VersionID, Latest: i == 0, Object: o})
		}
	}
	return entries, nil
}
