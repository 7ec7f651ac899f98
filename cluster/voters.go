package cluster

import "slices"

// Electorate is what the primary knows when it decides who votes in the log of
// metadata. A log is named by the id of its node, a dot, and the incarnation of
// the log. The proxy and the target of one process have one log, named by what
// their ids have in common.
type Electorate struct {
	Map      *Map
	Self     string         // log of this node, which leads
	Voters   []string       // logs that vote
	Learners []string       // logs that follow and do not vote
	Logs     map[string]Log // by id of the node: what its latest keepalive said
	Health   func(id string) Health
	Seats    int    // most voters: 1, 3 or 5
	Prefer   string // id of the proxy that an administrator wants as primary; "" for none
}

// Log is the log of metadata that a node has.
type Log struct {
	ID      string
	Current bool // it has what was committed a moment ago
	Failing bool // it was to follow, and has not become current for long
}

// VoterStep is what to do with a log.
type VoterStep string

// The steps by which voters change.
const (
	VoterNone     VoterStep = ""
	VoterLearn    VoterStep = "learn"    // send it entries, without a vote
	VoterPromote  VoterStep = "promote"  // give a learner a vote
	VoterForget   VoterStep = "forget"   // end a learner
	VoterRemove   VoterStep = "remove"   // end a voter
	VoterTransfer VoterStep = "transfer" // hand the lead to a voter
)

// VoterChange is one step. The zero value is none.
type VoterChange struct {
	Step VoterStep
	Log  string
	Node string // id of the node of Log, "" if it is in the map no more
	Why  string // for people
}

// NextVoter returns the one change of voters that is due, as far as it is safe.
// It needs no memory: a step that failed is due again, and a new primary goes on
// where another ended.
//
// Voters are to be one, three or five: electable proxies first, then targets,
// then what is in maintenance, then what is being decommissioned; never a proxy
// that is not electable, and at least one proxy that is. Of equal ones those
// vote that do already. A node that is down yields its vote to one that is not,
// once that has all entries. The log of a node that has another by now, and
// that of a node which has left, go before anybody comes. While a majority of
// voters is not healthy nothing changes at all, nor does anything that would
// leave a majority in doubt.
func NextVoter(e Electorate) VoterChange {
	c := newCouncil(e)
	if !majority(c.healthyVoters(), len(e.Voters)) {
		return VoterChange{}
	}
	for _, step := range []func() VoterChange{c.expel, c.transfer, c.learn, c.promote, c.retire} {
		if change := step(); change.Step != VoterNone {
			return change
		}
	}
	return VoterChange{}
}

// Successor returns the voter that should lead when this node ceases to: a
// healthy electable proxy with a current log, the one that is preferred if it
// is among them. The step is VoterNone if there is none.
func Successor(e Electorate) VoterChange { return newCouncil(e).successor() }

func (c *council) successor() VoterChange {
	for _, s := range c.seats {
		if !s.leads && s.votes && s.electable && s.current && s.health == Healthy {
			return VoterChange{VoterTransfer, s.log, s.node, "it is next in line"}
		}
	}
	return VoterChange{}
}

// MayLeave tells whether a node can be taken out of the map: it has no vote, or
// a majority of the voters is healthy without it, so that its vote can end
// afterwards. Otherwise its vote has to end first. A node that leads has to hand
// the lead on first.
func MayLeave(e Electorate, id string) bool {
	n, found := e.Map.Node(id)
	if !found {
		return true
	}
	c := newCouncil(e)
	healthy := 0
	for _, s := range c.seats {
		its := s.log != "" && (s.node == id || owns(n, s.log))
		switch {
		case its && s.leads:
			return false
		case !its && s.votes && s.health == Healthy:
			healthy++
		}
	}
	return !e.Votes(id) || majority(healthy, len(e.Voters))
}

// Votes tells whether the log of a node of the map votes.
func (e Electorate) Votes(id string) bool {
	n, found := e.Map.Node(id)
	return found && slices.ContainsFunc(e.Voters, func(log string) bool { return owns(n, log) || log == e.Logs[id].ID })
}

// expel ends the vote of a log that its node has no more, or whose node has left.
func (c *council) expel() VoterChange {
	for _, s := range c.seats {
		if s.node != "" || s.leads {
			continue
		}
		why := "its node has left the cluster"
		if s.stale {
			why = "its node has lost it"
		}
		switch {
		case s.learns:
			return VoterChange{VoterForget, s.log, "", why}
		case s.votes && c.canLose(s):
			return VoterChange{VoterRemove, s.log, "", why}
		}
	}
	return VoterChange{}
}

// transfer hands the lead on if this node should not have it, or an
// administrator wants another one to have it.
func (c *council) transfer() VoterChange {
	next := c.successor()
	i := slices.IndexFunc(c.seats, func(s seat) bool { return s.log == next.Log })
	if next.Step == VoterNone {
		return next
	}
	mine := slices.IndexFunc(c.seats, func(s seat) bool { return s.leads })
	fit := mine >= 0 && c.elected(mine) && c.seats[mine].electable
	switch self := c.seats[max(mine, 0)]; {
	case fit && self.preferred:
	case c.seats[i].preferred:
		next.Why = "an administrator wants it as primary"
		return next
	case !fit && (c.elected(i) || !self.electable), self.class > c.seats[i].class:
		next.Why = "the primary is leaving"
		return next
	}
	return VoterChange{}
}

// learn begins to send entries to a node that should vote, and ends it for one
// that should not.
func (c *council) learn() VoterChange {
	for i, s := range c.seats {
		switch {
		case s.learns && !c.elected(i):
			return VoterChange{VoterForget, s.log, s.node, "others are to vote"}
		case c.elected(i) && !s.votes && !s.learns && s.log != "" && s.health == Healthy:
			return VoterChange{VoterLearn, s.log, s.node, "it is to vote"}
		}
	}
	return VoterChange{}
}

// promote gives a learner a vote that has all entries. An odd number of voters
// grows only if a second one can follow, or one can go: an even number bears no
// more failures, and has one more that may fail.
func (c *council) promote() VoterChange {
	var ready []seat
	spare := false
	for i, s := range c.seats {
		switch {
		case s.votes && !c.elected(i):
			spare = true
		case s.learns && c.elected(i) && s.current && s.health == Healthy:
			ready = append(ready, s)
		}
	}
	voters := len(c.Voters)
	switch {
	case len(ready) == 0, voters > c.want:
		return VoterChange{}
	case voters%2 == 1 && len(ready) < 2 && !spare:
		return VoterChange{}
	}
	return VoterChange{VoterPromote, ready[0].log, ready[0].node, "it has all entries"}
}

// retire ends the vote of the least worthy voter that should not vote, if there
// are too many, or an even number: one less bears as many failures.
func (c *council) retire() VoterChange {
	voters := len(c.Voters)
	for i := len(c.seats) - 1; i >= 0; i-- {
		s := c.seats[i]
		if !s.votes || s.leads || c.elected(i) || !c.canLose(s) {
			continue
		}
		if voters > c.want || voters > 2 && voters%2 == 0 || s.class == excluded {
			return VoterChange{VoterRemove, s.log, s.node, s.fault()}
		}
	}
	return VoterChange{}
}

// fault says why s should not vote.
func (s seat) fault() string {
	switch {
	case s.class == excluded:
		return "it is not electable"
	case s.health == Down:
		return "it is down"
	}
	return "others are to vote"
}

// canLose tells whether a majority of the voters that remain is healthy.
func (c *council) canLose(s seat) bool {
	healthy := c.healthyVoters()
	if s.health == Healthy {
		healthy--
	}
	return majority(healthy, len(c.Voters)-1)
}

func (c *council) healthyVoters() int {
	n := 0
	for _, s := range c.seats {
		if s.votes && s.health == Healthy {
			n++
		}
	}
	return n
}

func majority(n, voters int) bool { return n > voters/2 }
