package quorum

import (
	"errors"
	"log/slog"
	"time"

	"github.com/hashicorp/raft"

	"aistore/config"
	"aistore/errs"
)

// Options say where and how a [Log] is kept.
type Options struct {
	ID        string        // of the node; required
	Dir       string        // made if absent; "" keeps everything in memory, as long as the Log is there
	Memory    *Memory       // keeps everything in place of Dir, for tests; nil keeps it on disk
	Streams   Streams       // to other voters, closed when Run ends; nil when there are none
	Follows   bool          // this node votes and proposes nothing; it leads only to hand the lead on, when nobody else can; it needs Streams
	Transport Transport     // instead of Streams, for tests
	Address   string        // where other voters reach this node; without any, anything
	Config    config.Quorum // zero means the default
	Log       *slog.Logger  // nil discards

	raftLog *raftLogger // what the library logs to; made by complete
}

const (
	snapshotInterval = 10 * time.Second // how often to look whether one is due
	snapshotsKept    = 2
)

// complete returns o with defaults in place of zeros.
func (o Options) complete() (Options, error) {
	if o.ID == "" {
		return o, errs.E("quorum.Open", "", errs.Invalid, errors.New("the node has no id"))
	}
	if o.Address == "" {
		o.Address = o.ID
	}
	o.Log = o.logger()
	o.raftLog = newRaftLogger(o.Log)
	switch {
	case o.Transport != nil:
	case o.Streams != nil:
		o.Transport = newTransport(o.Streams, !o.Follows, o.raftLog)
	default:
		_, o.Transport = raft.NewInmemTransport(raft.ServerAddress(o.Address))
	}
	if o.Dir == "" && o.Memory == nil {
		o.Memory = &Memory{}
	}
	if o.Config == (config.Quorum{}) {
		o.Config = config.DefaultQuorum()
	}
	if err := o.Config.Validate(); err != nil {
		return o, errs.E("quorum.Open", o.ID, "", err)
	}
	return o, nil
}

func (o Options) logger() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// raftConfig returns the configuration for a server of that id. The timeouts
// leave room for [Log.elect] to shorten them.
func (o Options) raftConfig(id raft.ServerID) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = id
	c.HeartbeatTimeout = time.Duration(o.Config.Heartbeat) + time.Millisecond
	c.ElectionTimeout = time.Duration(o.Config.Election) + time.Millisecond
	c.LeaderLeaseTimeout = time.Duration(o.Config.LeaderLease)
	c.CommitTimeout = time.Duration(o.Config.Commit)
	c.SnapshotThreshold = uint64(o.Config.SnapshotEntries)
	c.SnapshotInterval = snapshotInterval
	c.TrailingLogs = uint64(o.Config.TrailingEntries)
	c.MaxAppendEntries = o.Config.MaxAppend
	c.Logger = o.raftLog
	c.NoLegacyTelemetry = true
	if o.Follows {
		// A voter refuses its vote while it believes in a leader. Who never stands
		// forgets a silent one before others stand, who would have to stand again.
		c.HeartbeatTimeout = time.Duration(o.Config.Heartbeat) / 2
		c.ElectionTimeout, c.LeaderLeaseTimeout = c.HeartbeatTimeout, c.HeartbeatTimeout
	}
	return c
}
