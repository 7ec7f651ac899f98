package config

import "aistore/internal/units"

// Quorum says how the log of metadata is replicated.
type Quorum struct {
	Heartbeat       units.Duration `json:"heartbeat_time"`     // a follower that hears nothing for this long stands for election
	Election        units.Duration `json:"election_time"`      // a candidate waits this long for votes
	LeaderLease     units.Duration `json:"leader_lease_time"`  // a leader steps down when it hears of no majority this long
	Commit          units.Duration `json:"commit_time"`        // between entries, at most, until followers know what is committed
	Voters          int            `json:"voters"`             // most nodes that vote: 1, 3 or 5
	SnapshotEntries int            `json:"snapshot_entries"`   // a snapshot is taken after this many entries
	TrailingEntries int            `json:"trailing_entries"`   // entries kept before a snapshot, for followers behind
	MaxAppend       int            `json:"max_append_entries"` // entries sent at once
}

// DefaultQuorum returns times that find a dead primary within a few seconds.
func DefaultQuorum() Quorum {
	return Quorum{
		Heartbeat: 1500 * millisecond, Election: 1500 * millisecond, LeaderLease: 1500 * millisecond,
		Commit: 50 * millisecond, Voters: 5,
		SnapshotEntries: 8192, TrailingEntries: 10240, MaxAppend: 64,
	}
}

// Validate names what is wrong.
func (q Quorum) Validate() error {
	if q.Voters != 1 && q.Voters != 3 && q.Voters != 5 {
		return bad("quorum.voters", "%d is not 1, 3 or 5", q.Voters)
	}
	if q.LeaderLease > q.Heartbeat {
		return bad("quorum.leader_lease_time", "%s is more than quorum.heartbeat_time", q.LeaderLease)
	}
	if q.Election < q.Heartbeat {
		return bad("quorum.election_time", "%s is less than quorum.heartbeat_time", q.Election)
	}
	if err := lasting(
		span{"quorum.heartbeat_time", q.Heartbeat, 10 * millisecond, 5 * minute},
		span{"quorum.election_time", q.Election, 10 * millisecond, 5 * minute},
		span{"quorum.leader_lease_time", q.LeaderLease, 5 * millisecond, 5 * minute},
		span{"quorum.commit_time", q.Commit, millisecond, minute},
	); err != nil {
		return err
	}
	return within(
		bound{"quorum.snapshot_entries", int64(q.SnapshotEntries), 1, 1 << 24},
		bound{"quorum.trailing_entries", int64(q.TrailingEntries), 1, 1 << 24},
		bound{"quorum.max_append_entries", int64(q.MaxAppend), 1, 1024},
	)
}
