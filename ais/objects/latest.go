package objects

import (
	"context"
	"errors"
	"io"
	"slices"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// Peers reach the objects of other targets. An answer speaks of that target's
// own store only: a peer never asks further.
type Peers interface {
	// Head describes the object there, or its deletion, as [Verbs.HeadLocal]
	// does. Errors: NotFound, Unavailable.
	Head(ctx context.Context, node *wire.Node, n store.Name) (*store.Object, error)
	// Read reads length bytes of it from offset. The caller closes the reader.
	Read(ctx context.Context, node *wire.Node, n store.Name, offset, length int64) (io.ReadCloser, error)
	// HeadVersion and ReadVersion are Head and Read of one version there, see
	// [Verbs.VersionLocal].
	HeadVersion(ctx context.Context, node *wire.Node, n store.Name, id string) (*store.Object, error)
	ReadVersion(ctx context.Context, node *wire.Node, n store.Name, id string, offset, length int64) (io.ReadCloser, error)
	// Write puts an object there, as [Verbs.Put] does, and what o says of it.
	Write(ctx context.Context, node *wire.Node, n store.Name, body io.Reader, o store.WriteOptions) error

	UploadPeers
}

// Last is the last write of a name: an object, or its deletion.
type Last struct {
	Object *store.Object // with DeleteMarker if it was deleted; nil if there is nothing
	Node   *wire.Node    // that has it; nil if it is here
}

// exists tells whether there is an object.
func (l Last) exists() bool { return l.Object != nil && !l.Object.DeleteMarker }

// sure tells whether this target has the last write of a name if the last one
// that it knows of has that order, zero for none: whether nobody else has owned
// the name since, or may by now.
func (v *Verbs) sure(m *cluster.Map, digest uint64, order cluster.Order) bool {
	return !m.Moves(digest) && v.tenured(m, digest, order.Map)
}

// tenured tells whether by a map nobody else has owned a name since the map of a
// version.
func (v *Verbs) tenured(m *cluster.Map, digest uint64, version int64) bool {
	for _, p := range m.Placements() {
		if version >= p.Version() {
			return true
		}
		if p.Owner(digest) != v.self {
			return false
		}
	}
	return true
}

// latest finds the last write of a name, of which own is what this target knows
// by itself. It asks who may have a later one: who will own the name, as the
// change may be in force already, and then the owners by the placements since
// own, newest first. One that cannot be asked makes the answer Unavailable.
func (v *Verbs) latest(ctx context.Context, m *cluster.Map, n store.Name, own *store.Object) (Last, error) {
	s := search{verbs: v, name: n, m: m, last: Last{Object: own}}
	digest := n.Digest()
	if m.Moves(digest) {
		pending, _ := m.Pending()
		if err := s.ask(ctx, pending.Owner(digest)); err != nil {
			return Last{}, err
		}
	}
	for _, p := range m.Placements() {
		if s.last.Object != nil && s.last.Object.Order.Map >= p.Version() {
			break // the owner wrote it under this placement, or somebody later
		}
		if err := s.ask(ctx, p.Owner(digest)); err != nil {
			return Last{}, err
		}
	}
	return s.last, nil
}

// search is a search for the last write of a name.
type search struct {
	verbs *Verbs
	name  store.Name
	m     *cluster.Map
	asked []string
	last  Last
}

// ask asks one target, unless it was asked, is this one, or has left. Errors:
// Unavailable.
func (s *search) ask(ctx context.Context, id string) error {
	if id == s.verbs.self || slices.Contains(s.asked, id) {
		return nil
	}
	node, found := s.m.Node(id)
	if !found {
		return nil
	}
	s.asked = append(s.asked, id)
	o, err := s.verbs.peers.Head(ctx, node, s.name)
	switch {
	case errors.Is(err, errs.NotFound):
		return nil
	case err != nil:
		return errs.E("objects.latest", s.name.String(), errs.Unavailable, err)
	case s.last.Object == nil || o.Order.Compare(s.last.Object.Order) > 0:
		s.last = Last{Object: o, Node: node}
	}
	return nil
}

// find finds the last write of a name, here first. It is empty if there is none.
// Errors: Corrupt, Unavailable.
func (v *Verbs) find(ctx context.Context, n store.Name) (Last, error) {
	own, err := v.HeadLocal(ctx, n)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return Last{}, err
	}
	return v.beyond(ctx, n, own)
}

// beyond finds the last write of a name, of which own is what is here, nil if
// nothing is.
func (v *Verbs) beyond(ctx context.Context, n store.Name, own *store.Object) (Last, error) {
	m := v.state().Map
	var order cluster.Order
	if own != nil {
		order = own.Order
	}
	if v.sure(m, n.Digest(), order) {
		return Last{Object: own}, nil
	}
	return v.latest(ctx, m, n, own)
}
