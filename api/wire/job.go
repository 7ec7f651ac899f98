package wire

import (
	"time"

	"aistore/internal/jsonx"
)

// JobQuery selects jobs: by id, or by kind, node and buckets. Keys are matched
// in any case of letters, since clients differ in it.
type JobQuery struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Node       string   `json:"node"`
	DaemonID   string   `json:"DaemonID,omitempty"` // Python's word for Node
	Bucket     *Bucket  `json:"bck"`
	Buckets    []Bucket `json:"buckets,omitempty"`
	OnlyActive *bool    `json:"show_active"` // nil is both, active and finished
}

// NodeID returns the node that the query is about, or "" for all.
func (q *JobQuery) NodeID() string {
	if q.Node != "" {
		return q.Node
	}
	return q.DaemonID
}

// JobStart is the value of start and stop.
type JobStart struct {
	ID          string        `json:"ID"`
	Kind        string        `json:"Kind"`
	Node        string        `json:"DaemonID"`
	Bucket      *Bucket       `json:"Bck"`
	Buckets     []Bucket      `json:"Buckets"`
	Timeout     time.Duration `json:"Timeout,omitempty"` // nanoseconds
	Flags       uint32        `json:"flags,omitempty"`   // JobFlag… bits
	Force       bool          `json:"Force,omitempty"`
	OnlyRunning bool          `json:"OnlyRunning,omitempty"`
}

// Bits of [JobStart.Flags].
const (
	JobRemoveZeroSize  uint32 = 1 << iota // cleanup
	JobLatestVersion                      // prefetch and copy
	JobSynchronize                        // prefetch and copy
	JobKeepMisplaced                      // cleanup
	JobRemoveMisplaced                    // rebalance
)

// JobStatus is the state of a job over all nodes.
type JobStatus struct {
	Kind    string `json:"kind"`
	ID      string `json:"uuid"`
	Error   string `json:"err"`
	EndTime int64  `json:"end_time"` // unix nanoseconds; 0 while running
	Aborted bool   `json:"aborted"`
	Idle    bool   `json:"is_idle,omitempty"`
}

// JobSnapshot is the state of a job on one node.
type JobSnapshot struct {
	ID          string           `json:"id"`
	Kind        string           `json:"kind"`
	StartTime   time.Time        `json:"start-time"`
	EndTime     time.Time        `json:"end-time"` // zero while running
	Bucket      Bucket           `json:"bck"`
	Source      Bucket           `json:"src-bck"`
	Destination Bucket           `json:"dst-bck"`
	Error       string           `json:"err"`
	AbortError  string           `json:"abort-err"`
	Control     string           `json:"ctlmsg"` // its arguments, for people
	Aborted     bool             `json:"aborted"`
	Idle        bool             `json:"is_idle"` // finished jobs are idle, too
	Stats       JobStats         `json:"stats"`
	Packed      int64            `json:"glob.id,string"` // see PackJob; for rebalance its id
	Ext         jsonx.RawMessage `json:"ext,omitempty"`
}

// JobStats counts what a job did on one node: here, and to and from others.
type JobStats struct {
	Objects    int64 `json:"loc-objs,string"`
	Bytes      int64 `json:"loc-bytes,string"`
	OutObjects int64 `json:"out-objs,string"`
	OutBytes   int64 `json:"out-bytes,string"`
	InObjects  int64 `json:"in-objs,string"`
	InBytes    int64 `json:"in-bytes,string"`
}

// PackJob packs the number of mountpath joggers, of workers, and of times that
// a channel was full, into [JobSnapshot.Packed].
func PackJob(joggers, workers int, full int64) int64 {
	const mask, bits = 1<<10 - 1, 10
	return int64(joggers&mask) | int64(workers&mask)<<bits | full<<(2*bits)
}
