package cluster_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
)

// TestVotersAreSafeAndConverge takes due steps while nodes fall silent, come
// back, lose their logs, change their flags, leave and join at random. It then
// makes all nodes healthy and checks where the steps end.
func TestVotersAreSafeAndConverge(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newVoterWorld(t)
		for range rapid.IntRange(1, 60).Draw(t, "turns") {
			w.disturb(t)
			for range rapid.IntRange(0, 3).Draw(t, "steps") {
				w.step(t)
			}
		}
		w.heal()
		for range 60 {
			if !w.step(t) {
				w.checkGoal(t)
				return
			}
		}
		t.Fatal("the steps do not end")
	})
}

// voterWorld is a cluster whose nodes have logs. Its council is what the primary
// knows; broken is the truth about logs.
type voterWorld struct {
	*council
	m     *cluster.Map
	wiped map[string]bool // logs that are no more
	logs  int             // made so far
}

func newVoterWorld(t *rapid.T) *voterWorld {
	m, err := cluster.NewMap("cluster1", "today", proxy("proxy001"))
	if err != nil {
		t.Fatal(err)
	}
	w := &voterWorld{council: newCouncil(), m: m, wiped: map[string]bool{}}
	w.seats = rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "seats")
	w.newLog("proxy001")
	w.voters = []string{w.council.logs["proxy001"].ID}
	for i := range rapid.IntRange(0, 7).Draw(t, "nodes") {
		w.join(rapid.SampledFrom([]string{"proxy", "target"}).Draw(t, "kind"), i)
	}
	return w
}

func (w *voterWorld) join(kind string, i int) {
	n := node(fmt.Sprintf("%sx%03d", kind, i), kind)
	w.m, _ = w.m.WithNode(n)
	w.newLog(n.ID)
}

func (w *voterWorld) newLog(id string) {
	w.logs++
	w.council.logs[id] = cluster.Log{ID: fmt.Sprintf("%s.%d", id, w.logs)}
}

func (w *voterWorld) nodes() []*wire.Node { return slices.Concat(w.m.Proxies(), w.m.Targets()) }

// disturb does one random thing to a node that does not lead.
func (w *voterWorld) disturb(t *rapid.T) {
	n := rapid.SampledFrom(w.nodes()).Draw(t, "node")
	what := rapid.SampledFrom([]string{"health", "health", "health", "wipe", "flags", "leave", "join", "fail"}).Draw(t, "what")
	leads := w.council.logs[n.ID].ID == w.voters[0]
	switch {
	case what == "join":
		w.join(n.Type, w.logs)
	case what == "flags":
		flags := rapid.SampledFrom([]uint64{wire.NodeMaintenance, wire.NodeDecommission, wire.NodeNonElectable}).Draw(t, "flags")
		if flags != wire.NodeNonElectable || n.IsProxy() {
			w.m, _ = w.m.WithFlags(n.ID, flags&^n.Flags, flags&n.Flags)
		}
	case leads:
	case what == "health":
		w.health[n.ID] = rapid.SampledFrom([]cluster.Health{cluster.Healthy, cluster.Suspected, cluster.Down}).Draw(t, "health")
	case what == "fail":
		l := w.council.logs[n.ID]
		w.council.logs[n.ID] = cluster.Log{ID: l.ID, Failing: true}
	case what == "wipe" && w.intact(w.council.logs[n.ID].ID) > len(w.voters)/2:
		w.wiped[w.council.logs[n.ID].ID] = true
		w.newLog(n.ID)
	case what == "leave" && w.m.Primary().ID != n.ID && cluster.MayLeave(w.electorate(w.m), n.ID):
		w.m, _ = w.m.WithoutNode(n.ID)
		w.wiped[w.council.logs[n.ID].ID] = true // whoever leaves may be gone at once
		delete(w.council.logs, n.ID)
		delete(w.health, n.ID)
	}
}

// intact counts the voters that are not wiped, without one log.
func (w *voterWorld) intact(but string) int {
	n := 0
	for _, log := range w.voters {
		if !w.wiped[log] && log != but {
			n++
		}
	}
	return n
}

// healthy counts the voters whose node is healthy and has the log yet.
func (w *voterWorld) healthy() int {
	n := 0
	for _, log := range w.voters {
		is := func(n *wire.Node) bool { return w.council.logs[n.ID].ID == log && w.health[n.ID] == cluster.Healthy }
		if log == w.voters[0] || slices.ContainsFunc(w.nodes(), is) {
			n++
		}
	}
	return n
}

// step takes the step that is due, if any, and checks that it was safe.
func (w *voterWorld) step(t *rapid.T) bool {
	change := cluster.NextVoter(w.electorate(w.m))
	if change.Step == cluster.VoterNone {
		return false
	}
	healthy, voters := w.healthy(), len(w.voters)
	if healthy <= voters/2 {
		t.Fatalf("%v with %d of %d healthy", change, healthy, voters)
	}
	if change.Step == cluster.VoterRemove && change.Log == w.voters[0] {
		t.Fatalf("%v ends the primary's own vote", change)
	}
	w.take(change)
	if now := len(w.voters); max(now, voters)-min(now, voters) > 1 || now == 0 || now > 6 {
		t.Fatalf("%v makes %d voters of %d", change, now, voters)
	}
	if w.healthy() <= len(w.voters)/2 {
		t.Fatalf("after %v %d of %d are healthy", change, w.healthy(), len(w.voters))
	}
	if change.Step == cluster.VoterPromote {
		w.checkNewVoter(t, change)
	}
	if n, is := w.m.Node(change.Node); change.Step == cluster.VoterTransfer && (!is || !n.IsProxy() || n.Has(wire.NodeNonElectable)) {
		t.Fatalf("%v to what cannot lead", change)
	}
	return true
}

// checkNewVoter checks that no node votes twice, and none that never should.
func (w *voterWorld) checkNewVoter(t *rapid.T, change cluster.VoterChange) {
	votes := 0
	for _, log := range w.voters {
		if cut := len(change.Node); len(log) > cut && log[:cut] == change.Node {
			votes++
		}
	}
	n, is := w.m.Node(change.Node)
	if votes != 1 || !is || n.IsProxy() && n.Has(wire.NodeNonElectable) {
		t.Fatalf("%v: voters are %v", change, w.voters)
	}
}

// heal makes every node healthy; logs that are failing catch up.
func (w *voterWorld) heal() {
	clear(w.health)
	for id, log := range w.council.logs {
		w.council.logs[id] = cluster.Log{ID: log.ID, Current: slices.Contains(w.voters, log.ID) || slices.Contains(w.learners, log.ID)}
	}
}

// checkGoal checks the voters of a cluster in which all is well.
func (w *voterWorld) checkGoal(t *rapid.T) {
	var worthy []int // worth of every node that may vote
	electable := 0
	for _, n := range w.nodes() {
		if worth := worthOf(n); worth >= 0 {
			worthy = append(worthy, worth)
			if n.IsProxy() {
				electable++
			}
		}
	}
	if electable == 0 {
		return // nobody may lead: an operator's case
	}
	slices.Sort(worthy)
	want := max(min(len(worthy), w.seats)-1+min(len(worthy), w.seats)%2, 1)
	var got []int
	leaders := 0
	for _, log := range w.voters {
		for _, n := range w.nodes() {
			if w.council.logs[n.ID].ID == log {
				got = append(got, worthOf(n))
				if n.IsProxy() {
					leaders++
				}
			}
		}
	}
	slices.Sort(got)
	if len(got) != want || len(w.voters) != want || leaders == 0 {
		t.Fatalf("%d voters, want %d: %v", len(w.voters), want, w.voters)
	}
	if best := worthy[:want]; !slices.Equal(got, best) && !(leaders == 1 && slices.Equal(got[:want-1], best[:want-1])) {
		t.Fatalf("voters are worth %v, the best %v: %v", got, best, w.voters)
	}
}

// worthOf is lower the worthier n is of a vote, -1 if it is not.
func worthOf(n *wire.Node) int {
	switch {
	case n.IsProxy() && n.Has(wire.NodeNonElectable):
		return -1
	case n.Has(wire.NodeDecommission):
		return 3
	case n.Has(wire.NodeMaintenance):
		return 2
	case n.IsTarget():
		return 1
	}
	return 0
}

func TestAProcessWithTwoRolesVotesOnce(t *testing.T) {
	t.Parallel()
	m := newMap(t)
	c := newCouncil()
	c.voters = []string{"proxy001.a"}
	for _, base := range []string{"node0001", "node0002"} {
		for _, kind := range []string{"proxy", "target"} {
			n := node(base, kind)
			n.ID = kind[:1] + base
			m = with(t, m, n)
			c.logs[n.ID] = cluster.Log{ID: base + ".a", Current: true}
		}
	}
	check.Equal(t, c.settle(m), `learn node0001.a: it is to vote
learn node0002.a: it is to vote
promote node0001.a: it has all entries
promote node0002.a: it has all entries
voters: proxy001.a node0001.a node0002.a
`)
	clear(c.logs) // a new primary has not heard of them yet
	check.Equal(t, c.settle(m), "voters: proxy001.a node0001.a node0002.a\n")
}
