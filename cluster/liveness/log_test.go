package liveness_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
)

// log is the replicated log as Raft keeps it, seen from above: who leads, in
// which term, what is committed, and which log has how much of it. Whatever is
// lost here is lost because too many logs were, or the wrong ones voted.
type log struct {
	w        *world
	state    *cluster.State // all that is committed
	index    uint64
	term     int
	leader   *member
	voters   []string
	learners []string
	has      map[string]uint64 // how far a log is; those that are wiped are not there
	leaderUp time.Duration     // when the leader was last seen by a majority
	resigned bool              // the leader has
}

var errNotLeader = errors.New("not the leader any more")

const (
	electionEvery   = 300 * time.Millisecond
	electionTimeout = 1500 * time.Millisecond
)

// owner returns the member that has a log, nil if it is gone.
func (l *log) owner(id string) *member {
	node, _, _ := strings.Cut(id, ".")
	if m := l.w.find(node); m != nil && m.logID == id {
		return m
	}
	return nil
}

// reachable returns those of logs that answer m now.
func (l *log) reachable(m *member, logs []string) []string {
	var ids []string
	for _, id := range logs {
		if o := l.owner(id); o != nil && o.runs() && l.w.linked(m, o) {
			ids = append(ids, id)
		}
	}
	return ids
}

// confirms tells whether a majority takes m for the leader of that term.
func (l *log) confirms(m *member, term int) bool {
	return m.runs() && l.leader == m && l.term == term && !l.resigned && 2*len(l.reachable(m, l.voters)) > len(l.voters)
}

// commit applies changes in one entry.
func (l *log) commit(m *member, term int, build func(*cluster.State) []cluster.Change) error {
	if !l.confirms(m, term) {
		return errNotLeader
	}
	next := l.state
	for _, c := range build(l.state) {
		var err error
		if next, err = next.Apply(c); err != nil {
			return err
		}
		l.w.checkChange(c, next)
	}
	l.state = next
	l.index++
	m.stuck = 0 // what it leads it has
	m.learn(next)
	l.replicate()
	for _, other := range l.w.members {
		if other != m {
			l.w.send(m, other, func() { other.learn(next) })
		}
	}
	return nil
}

// replicate brings up to date whichever log the leader reaches.
func (l *log) replicate() {
	if !l.confirms(l.leader, l.term) {
		return
	}
	for _, id := range l.reachable(l.leader, slices.Concat(l.voters, l.learners)) {
		l.has[id] = l.index
	}
}

// change takes one step of voters. A majority of those that vote afterwards has
// to agree.
func (l *log) change(m *member, term int, c cluster.VoterChange) error {
	if !l.confirms(m, term) {
		return errNotLeader
	}
	is := func(id string) bool { return id == c.Log }
	voters, learners := slices.Clone(l.voters), slices.Clone(l.learners)
	switch c.Step {
	case cluster.VoterLearn:
		learners = append(learners, c.Log)
	case cluster.VoterForget:
		learners = slices.DeleteFunc(learners, is)
	case cluster.VoterPromote:
		learners, voters = slices.DeleteFunc(learners, is), append(voters, c.Log)
	case cluster.VoterRemove:
		voters = slices.DeleteFunc(voters, is)
	case cluster.VoterTransfer:
		return l.transfer(c.Log)
	}
	if 2*len(l.reachable(m, voters)) <= len(voters) {
		return errors.New("no majority of the voters to be")
	}
	l.w.checkVoters(l.voters, voters)
	l.voters, l.learners = voters, learners
	l.index++
	l.replicate()
	return nil
}

func (l *log) transfer(id string) error {
	next := l.owner(id)
	if next == nil || !next.runs() || l.has[id] != l.index || 2*len(l.reachable(next, l.voters)) <= len(l.voters) {
		return errors.New("the successor is not ready")
	}
	l.w.count.Transfers++
	l.elect(next)
	return nil
}

// resign takes in that m leads no more, if it did in that term.
func (l *log) resign(m *member, term int) {
	if l.leader == m && l.term == term {
		l.resigned = true
	}
}

// watch elects a leader when a majority has heard of none for long enough.
func (l *log) watch() {
	l.w.after(electionEvery, l.watch)
	if l.confirms(l.leader, l.term) {
		l.leaderUp = l.w.now
		l.replicate()
		return
	}
	since := l.w.now - l.leaderUp
	if since < electionTimeout+l.w.between(0, electionTimeout) {
		return
	}
	candidates := l.candidates(since > 3*electionTimeout)
	if len(candidates) == 0 {
		return
	}
	m := candidates[l.w.rng.IntN(len(candidates))]
	l.w.count.Elections++
	if !m.proxy {
		l.w.count.Caretakers++
	}
	l.elect(m)
}

// candidates returns the proxies that a majority of voters would elect. After
// some time targets stand too: it may be that only they have the last entry, or
// that the only proxy that votes has lost its log.
func (l *log) candidates(targetsToo bool) []*member {
	var list []*member
	for _, id := range l.voters {
		m := l.owner(id)
		if m == nil || !m.runs() || !m.electable() && !(targetsToo && !m.proxy) {
			continue
		}
		votes := 0
		for _, voter := range l.reachable(m, l.voters) {
			if l.has[voter] <= l.has[id] {
				votes++
			}
		}
		if 2*votes > len(l.voters) {
			list = append(list, m)
		}
	}
	return list
}

func (l *log) elect(m *member) {
	if l.has[m.logID] < l.index {
		l.w.fail("%s is elected with %d of %d entries", m.logID, l.has[m.logID], l.index)
	}
	l.term++
	l.leader, l.leaderUp, l.resigned = m, l.w.now, false
	term := l.term
	m.after(l.w.delay(), func() { m.beginToLead(term) })
}

// electable tells whether m may stand, as far as it knows.
func (m *member) electable() bool {
	n, found := m.state.Map.Node(m.id)
	return m.proxy && (!found || !n.Has(wire.NodeNonElectable))
}

func (l *log) String() string {
	return fmt.Sprintf("term %d, leader %s, voters %v, learners %v, entries %v of %d", l.term, l.leader.id, l.voters, l.learners, l.has, l.index)
}
