package access

// Identity says on whose behalf a request is made. It is comparable. The zero
// value is [Nobody].
type Identity struct {
	node string
}

// Nobody returns the identity of a caller that has not said who it is.
func Nobody() Identity { return Identity{} }

// NodeIdentity returns the identity of a node of this cluster. It is for
// callers whose signature has been verified.
func NodeIdentity(id string) Identity { return Identity{node: id} }

// IsNobody tells whether i is [Nobody].
func (i Identity) IsNobody() bool { return i == Identity{} }

// Node returns the id of the node that i stands for, or "".
func (i Identity) Node() string { return i.node }

// String returns "nobody", or "node" and the id.
func (i Identity) String() string {
	if i.node != "" {
		return "node " + i.node
	}
	return "nobody"
}
