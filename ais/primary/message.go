package primary

import (
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/internal/units"
	"aistore/xaction"
)

// Log names the part that a node has in the log of metadata.
type Log struct {
	ID      string `json:"id"`      // as quorum.Log.RaftID has it
	Address string `json:"address"` // host:port of the control network
}

// JoinRequest is what a node sends to become part of the cluster, or to be
// welcomed back.
type JoinRequest struct {
	Nodes       []*wire.Node `json:"nodes"`       // one, or two for a process with both roles
	UUID        string       `json:"uuid"`        // of the cluster the node belongs to; "" for a new node
	Incarnation uint64       `json:"incarnation"` // how often the node has started
	Log         Log          `json:"log"`
	Proof       string       `json:"proof"`               // HMAC of the join secret over ids and addresses; "" without a secret
	Public      []byte       `json:"public,omitempty"`    // the node's part of an exchange of keys, see SealedKey
	Signature   []byte       `json:"signature,omitempty"` // of all this, by the key of the node
}

// JoinReply is what a node needs to take part.
type JoinReply struct {
	Key  SealedKey   `json:"key"`  // the cluster key
	Sync SyncMessage `json:"sync"` // the whole state
}

// Keepalive is what every node but the primary tells it again and again.
type Keepalive struct {
	IDs         []string `json:"ids"` // of the node, in each of its roles
	Incarnation uint64   `json:"incarnation"`
	Log         Log      `json:"log"`
	Index       uint64   `json:"index"`                    // of the last entry that its log has applied
	Map         int64    `json:"map_version,omitempty"`    // of the map in force there for writes, as a target
	Fenced      int64    `json:"fenced_version,omitempty"` // of the pending placement that it has acknowledged, as a target
}

// KeepaliveReply says that the primary has heard.
type KeepaliveReply struct {
	Index uint64 `json:"index"` // of the last entry that is committed
	// Lease is how long the node, as a target, may write from the moment on at
	// which it has sent the keepalive; 0 grants nothing.
	Lease units.Duration `json:"lease,omitempty"`
}

// SyncMessage carries what was committed to a node: either the entries that
// follow what the node has, or the whole state. With neither it asks how far the
// node of that cluster is.
type SyncMessage struct {
	UUID     string `json:"uuid,omitempty"`     // of the cluster; "" for any
	Entries  []byte `json:"entries,omitempty"`  // each as cluster.Entry.Append writes it
	Snapshot []byte `json:"snapshot,omitempty"` // as cluster.State.Encode writes it
}

// SyncReply says how far the node is.
type SyncReply struct {
	Index    uint64 `json:"index"`     // of the last entry that the node has applied
	NeedFull bool   `json:"need_full"` // it cannot continue from what it has: send the snapshot
}

// BeginMessage asks a target whether it lets a change happen. The target keeps
// what the change will need, for a while. It may come several times.
type BeginMessage struct {
	ID string `json:"id"` // of the change
	// Reign is the time for which this primary leads: changes of another one that
	// were begun and are not over no longer count.
	Reign string `json:"reign"`
	// Number is larger than that of every change of one of its buckets that this
	// primary has begun before in its time: those are over then.
	Number  uint64           `json:"number"`
	Changes []cluster.Change `json:"changes"` // as they will be proposed

	// Empty refuses to remove a bucket that has objects. The target keeps it empty.
	Empty bool `json:"empty,omitempty"`
}

// BeginReply is the answer of a target that was asked.
type BeginReply struct {
	Refusal *errs.Wire `json:"refusal,omitempty"` // why it does not let the change happen; nil if it does
}

// refused is the error of a change that the target of that id refuses, nil if it
// does not.
func (r *BeginReply) refused(id string) error {
	if r == nil || r.Refusal == nil {
		return nil
	}
	e := errs.FromWire(*r.Refusal)
	e.Op, e.Subject = "primary.Begin", id
	if e.Kind == errs.Unavailable {
		e.RetryAfter = time.Second
	}
	return e
}

// JobsDoneMessage tells the primary which shares of jobs a target has done.
type JobsDoneMessage struct {
	Node string            `json:"node"`
	Jobs []xaction.Outcome `json:"jobs"`
}

// LeaveOrder tells a node to stop. With Forget it also forgets the cluster.
type LeaveOrder struct {
	UUID   string `json:"uuid"`             // of the cluster: no other is left
	Forget bool   `json:"forget,omitempty"` // what it knows of the cluster, the key included
	Wipe   bool   `json:"wipe,omitempty"`   // and what is on its mountpaths
	Stay   bool   `json:"stay,omitempty"`   // and keeps running, waiting for an invitation
	Asks   bool   `json:"asks,omitempty"`   // nothing happens: the answer says whether the node would obey

	// Position is that of the state by which the node is to go. A node with a later
	// one does not obey: it may have been brought back. Zero is for any state.
	Position cluster.Position `json:"position"`
}

// Invitation asks a node that is in no cluster to join one.
type Invitation struct {
	UUID    string `json:"uuid"`    // of the cluster
	Control string `json:"control"` // control URL of its primary
	Proof   string `json:"proof"`   // HMAC of the join secret over both; "" without a secret

	// ID and Type are what is invited; "" is any. Another node only says what it is.
	ID   string `json:"id,omitempty"`
	Type string `json:"type,omitempty"`
}

// InvitationReply says who has been asked.
type InvitationReply struct {
	Nodes []*wire.Node `json:"nodes"` // in each of its roles
}

// StartJobMessage is a job that a target wants for a client of its own, whose
// rights it has checked.
type StartJobMessage struct {
	Kind   string           `json:"kind"`
	Bucket *wire.Bucket     `json:"bck"`
	Args   jsonx.RawMessage `json:"args,omitempty"`
}
