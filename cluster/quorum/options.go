package quorum

import (
	"errors"
	"log/slog"
	"time"

	"github.com/hashicorp/raft"

	"aistore/errs"
)

// Options say where and how a [Log] is kept.
type Options struct {
	ID            string         // of the node; required
	Dir           string         // made if absent; "" keeps everything in memory
	Transport     raft.Transport // to other voters, closed when Run ends; nil when there are none
	Address       string         // of this node on Transport's network; with a nil Transport anything
	Election      time.Duration  // silence after which voters elect another primary; 0 means 1.5 s
	SnapshotAfter uint64         // entries between snapshots; 0 means 2048
	Log           *slog.Logger   // nil discards
}

const (
	defaultElection      = 1500 * time.Millisecond
	defaultSnapshotAfter = 2048
	snapshotInterval     = 10 * time.Second // how often to look whether one is due
	snapshotsKept        = 2
)

// complete returns o with defaults in place of zeros.
func (o Options) complete() (Options, error) {
	if o.ID == "" {
		return o, errs.E("quorum.Open", "", errs.Invalid, errors.New("the node has no id"))
	}
	if o.Address == "" {
		o.Address = o.ID
	}
	if o.Transport == nil {
		_, o.Transport = raft.NewInmemTransport(raft.ServerAddress(o.Address))
	}
	if o.Election == 0 {
		o.Election = defaultElection
	}
	if o.SnapshotAfter == 0 {
		o.SnapshotAfter = defaultSnapshotAfter
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// raftConfig returns the configuration for a server of that id. The timeouts
// leave room for [Log.elect] to shorten them.
func (o Options) raftConfig(id raft.ServerID) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = id
	c.HeartbeatTimeout = o.Election + time.Millisecond
	c.ElectionTimeout = o.Election + time.Millisecond
	c.LeaderLeaseTimeout = o.Election
	c.SnapshotThreshold = o.SnapshotAfter
	c.SnapshotInterval = snapshotInterval
	c.TrailingLogs = o.SnapshotAfter
	c.Logger = newRaftLogger(o.Log)
	c.NoLegacyTelemetry = true
	return c
}
