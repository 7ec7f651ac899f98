package liveness

import (
	"time"

	"aistore/api/wire"
)

// node is what the primary remembers of one node.
type node struct {
	id          string
	self        bool // of this process: always heard
	target      bool
	incarnation uint64 // 0 if not told yet
	acked       int64  // version of the pending placement that it has acknowledged last

	heard     Moment        // later by as long as this process did not run since
	gap       time.Duration // mean time between messages; matters to Rhythm.Average only
	misses    int           // in a row
	suspected bool
	told      bool // what Tick has said last: that it is suspected

	probing bool // since asked
	asked   Moment
	doubted bool // somebody could not reach it
	rtt     RoundTrip

	down bool // the map says so
	back bool // it has said by itself that it is there since the map says that it is down
}

// newNode returns the memory of a node that was not known before. If the map
// says that it is down it is silent until it is heard.
func newNode(n *wire.Node, self bool, now Moment) *node {
	silent := n.Has(wire.NodeDown) && !self
	return &node{id: n.ID, self: self, target: n.IsTarget(), heard: now, suspected: silent, told: silent}
}

// hear takes in a message of the node.
func (n *node) hear(now Moment) {
	if gap := now.Sub(n.heard); gap > 0 {
		n.gap += (gap - n.gap) / 8
		n.heard = now
	}
	n.misses, n.suspected, n.doubted = 0, false, false
}

// speak takes in a message in which the node says which start of it it is.
func (n *node) speak(now Moment) {
	n.back = true
	n.hear(now)
}

// miss takes in that the node has not answered a probe.
func (n *node) miss() {
	n.probing = false
	n.misses++
	n.rtt.Miss()
}

// overdue tells whether the node is to be suspected.
func (n *node) overdue(s Settings, now Moment) bool {
	if n.self {
		return false
	}
	return n.misses >= s.Misses || now.Sub(n.heard) >= s.rhythm(n).silence(n.gap, s.Lease)
}

// wantsProbe tells whether to ask the node: it is late, or somebody could not
// reach it; but not all the time.
func (n *node) wantsProbe(s Settings, now Moment) bool {
	pace := s.rhythm(n).pace(n.gap)
	late := now.Sub(n.heard) >= pace+pace/2
	return !n.self && !n.probing && (late || n.doubted) && (n.asked == 0 || now.Sub(n.asked) >= pace/2)
}

func (s Settings) rhythm(n *node) Rhythm {
	if n.target {
		return s.Target
	}
	return s.Proxy
}
