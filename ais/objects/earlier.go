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

// Peers reach the objects of other targets. An answer speaks of that target's
// own store only: a peer never asks further.
type Peers interface {
	// Head describes the object there. Errors: NotFound, Gone (it was deleted
	// there, see [Verbs.HeadLocal]), Unavailable.
	Head(ctx context.Context, node *wire.Node, n store.Name) (*store.Object, error)
	// Read reads length bytes of it from offset. The caller closes the reader.
	Read(ctx context.Context, node *wire.Node, n store.Name, offset, length int64) (io.ReadCloser, error)
}

// Away is an object that an earlier owner holds.
type Away struct {
	Node   *wire.Node
	Object *store.Object
}

// moving reports whether objects may still be where an earlier placement says.
func moving(m *cluster.Map) bool { return len(m.Placements()) > 1 }

// elsewhere asks the owners by earlier placements, newest first, for an object
// that is not here. It returns nil when nobody has it or when a tombstone, here
// or there, says that it was deleted. An owner that cannot be asked makes the
// answer Unavailable: it might have the object, and what an older owner has may
// be older, or deleted since.
func (v *Verbs) elsewhere(ctx context.Context, n store.Name) (*Away, error) {
	state := v.state()
	if !moving(state.Map) {
		return nil, nil
	}
	if _, buried, err := v.store.Tombstone(ctx, n); err != nil || buried {
		return nil, err
	}
	for _, node := range state.Map.Owners(n.Digest()) {
		if node.ID == v.self {
			continue
		}
		o, err := v.peers.Head(ctx, node, n)
		switch {
		case err == nil:
			return &Away{Node: node, Object: o}, nil
		case errors.Is(err, errs.Gone):
			return nil, nil
		case !errors.Is(err, errs.NotFound):
			return nil, errs.E("objects.elsewhere", n.String(), errs.Unavailable, err)
		}
	}
	return nil, nil
}
