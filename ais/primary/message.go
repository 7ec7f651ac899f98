package primary

import "aistore/api/wire"

// JoinRequest is what a node sends to become part of the cluster, or to be
// welcomed back.
type JoinRequest struct {
	Nodes       []*wire.Node `json:"nodes"`       // one, or two for a process with both roles
	UUID        string       `json:"uuid"`        // of the cluster the node belongs to; "" for a new node
	Incarnation uint64       `json:"incarnation"` // how often the node has started
	Proof       string       `json:"proof"`       // HMAC of the join secret over ids and addresses; "" without a secret
}

// JoinReply is what a node needs to take part.
type JoinReply struct {
	Key  []byte      `json:"key"`  // the cluster key
	Sync SyncMessage `json:"sync"` // the whole state
}

// SyncMessage carries what was committed to a node that does not vote: either
// the entries that follow what the node has, or the whole state.
type SyncMessage struct {
	Entries  []byte `json:"entries,omitempty"`  // each as cluster.Entry.Append writes it
	Snapshot []byte `json:"snapshot,omitempty"` // as cluster.State.Encode writes it
}

// SyncReply says how far the node is.
type SyncReply struct {
	Index    uint64 `json:"index"`     // of the last entry that the node has applied
	NeedFull bool   `json:"need_full"` // it cannot continue from what it has: send the snapshot
}
