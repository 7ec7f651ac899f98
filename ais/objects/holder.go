package objects

import (
	"context"
	"errors"

	"aistore/errs"
	"aistore/store"
)

// Owner tells whether this target owns a name. Errors: Unavailable (there are no
// targets).
func (v *Verbs) Owner(n store.Name) (bool, error) {
	owner, err := v.state().Map.Owner(n.Digest())
	if err != nil {
		return false, err
	}
	return owner.ID == v.self, nil
}

// Mine tells whether of all targets this one holds the object that counts: the
// last write of the name. Of several that do the owner is the one.
// Errors: Unavailable (who may have a later write does not answer).
func (v *Verbs) Mine(ctx context.Context, n store.Name) (bool, error) {
	last, err := v.find(ctx, n)
	if err != nil || !last.exists() || last.Node != nil {
		return false, err
	}
	owner, err := v.state().Map.Owner(n.Digest())
	if err != nil || owner.ID == v.self {
		return err == nil, err
	}
	theirs, err := v.peers.Head(ctx, owner, n)
	switch {
	case errors.Is(err, errs.NotFound):
		return true, nil
	case err != nil:
		return false, errs.E("objects.Mine", n.String(), errs.Unavailable, err)
	}
	return theirs.Order.Compare(last.Object.Order) < 0, nil
}
