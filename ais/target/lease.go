package target

import "aistore/ais/node"

// lease is that of the node, by its clock.
type lease struct{ core *node.Core }

// Term is objects.Lease.Term.
func (l lease) Term() (uint64, bool) { return l.core.Lease.Term(l.core.Now()) }
