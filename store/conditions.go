package store

import (
	"errors"
	"slices"
	"time"

	"aistore/cluster"
	"aistore/errs"
)

// AnyTag is the entity tag that stands for any object.
const AnyTag = "*"

// Conditions must hold for the object that is there when a change takes
// effect. The zero value asks nothing.
type Conditions struct {
	IfMatch     []string      // one of these entity tags, without quotes; an absent object has none
	IfNoneMatch []string      // none of these; AnyTag asks that there is no object
	IfOrder     cluster.Order // this very write; zero does not ask

	// IfUnmodifiedSince asks, in whole seconds, that the object was not changed
	// after it. It does not count beside IfMatch; zero does not ask.
	IfUnmodifiedSince time.Time
}

// check returns Precondition unless c holds for o, which is nil if there is no
// object. A damaged object exists and has no entity tag.
func (c *Conditions) check(op string, n Name, o *Object, damaged bool) error {
	exists := o != nil || damaged
	matches := func(tag string) bool {
		return tag == AnyTag && exists || o != nil && tag == o.EntityTag()
	}
	var broken string
	switch {
	case len(c.IfMatch) > 0 && !slices.ContainsFunc(c.IfMatch, matches):
		broken = "the object is not the one that the condition names"
	case len(c.IfMatch) == 0 && !c.IfUnmodifiedSince.IsZero() && o != nil && o.Modified.Truncate(time.Second).After(c.IfUnmodifiedSince):
		broken = "the object was changed since"
	case slices.ContainsFunc(c.IfNoneMatch, matches):
		broken = "the object is one that the condition excludes"
	case !c.IfOrder.IsZero() && (o == nil || o.Order != c.IfOrder):
		broken = "the object was written by another write"
	default:
		return nil
	}
	return errs.E(op, n.String(), errs.Precondition, errors.New(broken))
}
