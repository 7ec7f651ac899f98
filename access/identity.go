package access

// Identity says on whose behalf a request is made. It is comparable. The zero
// value is [Nobody].
type Identity struct {
	node   string
	user   string
	grants *Grants // of the user
}

// Nobody returns the identity of a caller that has not said who it is.
func Nobody() Identity { return Identity{} }

// NodeIdentity returns the identity of a node of this cluster. It is for
// callers whose signature has been verified.
func NodeIdentity(id string) Identity { return Identity{node: id} }

// User returns the identity of somebody with a name, who may do what the grants
// say and buckets allow. It is for callers who have proved who they are.
func User(name string, g *Grants) Identity {
	if g == nil {
		g = &Grants{}
	}
	return Identity{user: name, grants: g}
}

// IsNobody tells whether i is [Nobody].
func (i Identity) IsNobody() bool { return i == Identity{} }

// Node returns the id of the node that i stands for, or "".
func (i Identity) Node() string { return i.node }

// String returns "nobody", "node" and the id, or "user" and the name.
func (i Identity) String() string {
	switch {
	case i.node != "":
		return "node " + i.node
	case i.grants != nil:
		return "user " + i.user
	}
	return "nobody"
}
