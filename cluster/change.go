package cluster

import (
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/config"
	"aistore/internal/jsonx"
)

// ChangeKind names what a [Change] does. The names are part of the log's format.
type ChangeKind string

// The kinds of change.
const (
	ChangeInit         ChangeKind = "cluster-init"
	ChangePutNode      ChangeKind = "node-put"
	ChangeRemoveNode   ChangeKind = "node-remove"
	ChangeFlags        ChangeKind = "node-flags"
	ChangePrimary      ChangeKind = "primary"
	ChangePutBucket    ChangeKind = "bucket-put"
	ChangeRemoveBucket ChangeKind = "bucket-remove"
	ChangePutConfig    ChangeKind = "config-put"
	ChangeTransient    ChangeKind = "config-transient"
	ChangeEndLeases    ChangeKind = "leases-end"
	ChangePrepare      ChangeKind = "placement-prepare"
	ChangeCommit       ChangeKind = "placement-commit"
	ChangeAbort        ChangeKind = "placement-abort"
	ChangeStartJob     ChangeKind = "job-start"
	ChangeEndJob       ChangeKind = "job-end"
	ChangeRenameBucket ChangeKind = "bucket-rename"
	ChangePutKey       ChangeKind = "key-put"
	ChangeRemoveKey    ChangeKind = "key-remove"
)

// Change is one step from a [State] to the next. It holds everything the step
// needs, times and ids included, so that it means the same on every node.
// Make one with the functions below; the fields are those of the log.
type Change struct {
	Kind     ChangeKind        `json:"kind"`
	UUID     string            `json:"uuid,omitempty"`    // init
	Created  string            `json:"created,omitempty"` // init
	Node     *wire.Node        `json:"node,omitempty"`    // init, put node
	NodeID   string            `json:"node_id,omitempty"` // remove node, flags, primary
	Set      uint64            `json:"set,omitempty"`     // flags
	Clear    uint64            `json:"clear,omitempty"`   // flags
	Fence    bool              `json:"fence,omitempty"`   // put node, remove node, flags; see Fenced
	Targets  []string          `json:"targets,omitempty"` // prepare: ids, ascending
	Version  int64             `json:"version,string,omitempty"`
	Bucket   *wire.Bucket      `json:"bucket,omitempty"` // put bucket, remove bucket
	BucketID uint64            `json:"bucket_id,string,omitempty"`
	Props    *wire.BucketProps `json:"props,omitempty"`    // put bucket
	Config   *settings         `json:"config,omitempty"`   // init, put config
	Settings map[string]string `json:"settings,omitempty"` // transient: what is set
	Keys     []string          `json:"keys,omitempty"`     // transient: what ends
	Job      *Job              `json:"job,omitempty"`      // start job
	JobID    string            `json:"job_id,omitempty"`   // end job, rename bucket

	Key       *Key   `json:"key,omitempty"`        // put key
	AccessKey string `json:"access_key,omitempty"` // remove key
}

// InitCluster makes a cluster of one proxy. Created is its time of creation as
// text, and c its configuration, but for what belongs to the cluster: see
// [PutConfig].
func InitCluster(uuid, created string, primary *wire.Node, c *config.Cluster) Change {
	return Change{Kind: ChangeInit, UUID: uuid, Created: created, Node: primary, Config: (*settings)(c)}
}

// PutNode adds a node or replaces what is known of it, see [Map.WithNode].
func PutNode(n *wire.Node) Change { return Change{Kind: ChangePutNode, Node: n} }

// RemoveNode removes a node, see [Map.WithoutNode].
func RemoveNode(id string) Change { return Change{Kind: ChangeRemoveNode, NodeID: id} }

// SetFlags adds bits to the flags of a node and removes others, see [Map.WithFlags].
func SetFlags(id string, set, clear uint64) Change {
	return Change{Kind: ChangeFlags, NodeID: id, Set: set, Clear: clear}
}

// SetPrimary makes a proxy the primary, see [Map.WithPrimary].
func SetPrimary(id string) Change { return Change{Kind: ChangePrimary, NodeID: id} }

// Fenced returns c, a change of a node, as one that leaves the placement in
// force as it is. What follows of it for the placement is prepared and
// committed, see [NextFence]; until then a target that is new owns nothing, one
// that goes into maintenance owns what it did, and one that is placed cannot be
// removed. As long as there was never a bucket, nothing has to be fenced, and
// the placement changes at once.
func (c Change) Fenced() Change {
	c.Fence = true
	return c
}

// PreparePlacement announces that these targets, ascending by id, will be the
// placement in force. From then on the owners of the names that move refuse to
// write them. See [Map.Pending].
func PreparePlacement(targets []string) Change {
	return Change{Kind: ChangePrepare, Targets: targets}
}

// CommitPlacement brings the pending placement of that version into force.
func CommitPlacement(version int64) Change { return Change{Kind: ChangeCommit, Version: version} }

// AbortPlacement forgets the pending placement of that version.
func AbortPlacement(version int64) Change { return Change{Kind: ChangeAbort, Version: version} }

// PutConfig replaces the cluster's configuration. UUID and Version of c are
// ignored; Updated should be set.
func PutConfig(c *config.Cluster) Change {
	return Change{Kind: ChangePutConfig, Config: (*settings)(c)}
}

// CreateBucket creates a bucket. The ID in props is ignored; Created should be set.
func CreateBucket(name wire.Bucket, props wire.BucketProps) Change {
	props.ID = 0
	return Change{Kind: ChangePutBucket, Bucket: &name, Props: &props}
}

// SetBucketProps replaces the properties of a bucket that exists, unless it has
// been destroyed and created again in between.
func SetBucketProps(b *Bucket, props wire.BucketProps) Change {
	props.ID, props.Created = b.Props.ID, b.Props.Created
	return Change{Kind: ChangePutBucket, Bucket: &b.Bucket, Props: &props}
}

// RemoveBucket destroys a bucket, unless it has been destroyed and created
// again in between.
func RemoveBucket(b *Bucket) Change {
	return Change{Kind: ChangeRemoveBucket, Bucket: &b.Bucket, BucketID: b.ID()}
}

// ChangedBuckets returns the names of the buckets that changes create, change,
// destroy or will put somewhere, each once, in order.
func ChangedBuckets(changes []Change) []wire.Bucket {
	var names []wire.Bucket
	for _, c := range changes {
		switch {
		case c.Bucket != nil:
			names = append(names, normal(*c.Bucket))
		case c.Job != nil && c.Job.Hidden:
			names = append(names, normal(*c.Job.To))
		}
	}
	slices.SortFunc(names, func(a, b wire.Bucket) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(names)
}

// settings is a configuration in the log and in snapshots. Sections that an
// older release did not write get their defaults.
type settings config.Cluster

// UnmarshalJSON decodes s.
func (s *settings) UnmarshalJSON(data []byte) error {
	*s = settings(config.Default())
	return jsonx.Unmarshal(data, (*config.Cluster)(s))
}
