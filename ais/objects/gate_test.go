package objects_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/store"
)

// lease is one that the test gives and takes.
type lease struct {
	term  uint64
	valid bool
}

func (l *lease) Term() (uint64, bool) { return l.term, l.valid }

// gated is a gate of target01 in a cluster that target02 has joined.
type gated struct {
	*objects.Gate
	t     *testing.T
	state *cluster.State
	lease lease
	told  int
}

const patience = time.Second

func newGated(t *testing.T) *gated {
	t.Helper()
	cfg := config.Default()
	g := &gated{t: t, state: cluster.NewState(), lease: lease{term: 1, valid: true}}
	g.Gate = objects.NewGate("target01", objects.GateOptions{
		Lease: &g.lease, Patience: func() time.Duration { return patience }, Fenced: func() { g.told++ },
	})
	g.apply(
		cluster.InitCluster("uuid", "now", wireNode("proxy001", wire.NodeProxy), &cfg),
		cluster.PutNode(wireNode("target01", wire.NodeTarget)),
		cluster.CreateBucket(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, wire.DefaultProps(wire.ProviderAIS)),
		cluster.PutNode(wireNode("target02", wire.NodeTarget)).Fenced(),
	)
	return g
}

func (g *gated) apply(changes ...cluster.Change) {
	g.t.Helper()
	for _, c := range changes {
		next, err := g.state.Apply(c)
		check.NoError(g.t, err)
		g.state = next
		g.Follow(next.Map)
	}
}

// prepare makes target02 the owner to be of some names, and returns the version.
func (g *gated) prepare() int64 {
	g.t.Helper()
	g.apply(cluster.PreparePlacement([]string{"target01", "target02"}))
	return g.state.Map.Version()
}

// digests are of a name that moves to target02 and of one that stays.
func digests(t *testing.T) (moves, stays uint64) {
	t.Helper()
	g := newGated(t)
	g.prepare()
	for i := range 100 {
		d := cluster.Digest(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, fmt.Sprint(i))
		if g.state.Map.Moves(d) {
			moves = d
		} else {
			stays = d
		}
	}
	return moves, stays
}

func refused(t *testing.T, err error, why string) {
	t.Helper()
	check.ErrorIs(t, err, errs.Unavailable)
	check.Equal(t, errs.CodeOf(err), errs.CodeNotNow)
	check.Equal(t, errs.RetryAfterOf(err) > 0, true)
	check.Contains(t, errs.PublicOf(err), why)
}

func TestGateLetsInOnlyTheOwnerInForce(t *testing.T) {
	t.Parallel()
	moves, stays := digests(t)
	g := newGated(t)
	enter := func(digest uint64) error {
		p, err := g.Enter(t.Context(), digest)
		if err == nil {
			check.NoError(t, p.Check())
			check.NoError(t, p.Confirm())
			p.Leave()
		}
		return err
	}
	check.NoError(t, enter(moves))
	check.Equal(t, g.Fenced(), 0)
	version := g.prepare()
	check.Equal(t, g.Fenced(), version) // no write was in the way
	check.Equal(t, g.told, 1)
	refused(t, enter(moves), "the targets of the cluster are changing")
	check.NoError(t, enter(stays))
	g.apply(cluster.AbortPlacement(version))
	check.Equal(t, g.Fenced(), 0)
	check.NoError(t, enter(moves))
	version = g.prepare()
	g.apply(cluster.CommitPlacement(version))
	refused(t, enter(moves), "another target owns the object now")
	check.NoError(t, enter(stays))
	g.lease.valid = false
	refused(t, enter(stays), "lost touch with the primary")
	g.Follow(cluster.NewState().Map) // older maps change nothing
	g.lease.valid = true
	check.NoError(t, enter(stays))
}

func TestFenceWaitsForTheWritesInTheWay(t *testing.T) {
	t.Parallel()
	moves, stays := digests(t)
	synctest.Test(t, func(t *testing.T) {
		g := newGated(t)
		ctx, stop := context.WithCancel(t.Context())
		var running run.Group
		running.Go(func() { check.NoError(t, g.Run(ctx)) })
		defer running.Wait()
		defer stop()
		first, err := g.Enter(t.Context(), moves)
		check.NoError(t, err)
		second, err := g.Enter(t.Context(), moves)
		check.NoError(t, err)
		other, err := g.Enter(t.Context(), stays)
		check.NoError(t, err)
		version := g.prepare()
		synctest.Wait()
		check.Equal(t, g.Fenced(), 0)
		check.NoError(t, first.Check()) // it may go on
		first.Leave()
		synctest.Wait()
		check.Equal(t, g.Fenced(), 0)

		time.Sleep(patience) // and the second has taken too long
		synctest.Wait()
		refused(t, context.Cause(second.Context()), "took too long")
		refused(t, second.Check(), "took too long")
		check.NoError(t, second.Confirm()) // had it been in place before, it would count
		check.Equal(t, g.Fenced(), 0)      // nothing is said before it has ended
		second.Leave()
		synctest.Wait()
		check.Equal(t, g.Fenced(), version)
		check.Equal(t, g.told, 1)
		check.NoError(t, other.Check())
		other.Leave()

		// Another change, given up before its fence is closed.
		g.apply(cluster.AbortPlacement(version))
		third, err := g.Enter(t.Context(), moves)
		check.NoError(t, err)
		version = g.prepare()
		synctest.Wait()
		g.apply(cluster.AbortPlacement(version))
		time.Sleep(2 * patience)
		synctest.Wait()
		check.NoError(t, third.Check())
		version = g.prepare()
		synctest.Wait()
		check.Equal(t, g.Fenced(), 0)
		third.Leave()
		synctest.Wait()
		check.Equal(t, g.Fenced(), version)
	})
}

func TestAWriteEndsWithItsLease(t *testing.T) {
	t.Parallel()
	_, stays := digests(t)
	g := newGated(t)
	p, err := g.Enter(t.Context(), stays)
	check.NoError(t, err)
	defer p.Leave()
	g.lease.valid = false
	refused(t, p.Check(), "lost touch with the primary")
	unknown := func(err error) {
		t.Helper()
		check.ErrorIs(t, err, errs.Unavailable)
		check.Equal(t, errs.CodeOf(err), errs.CodeOutcomeUnknown)
		check.Equal(t, errs.RetryAfterOf(err), 0)
	}
	unknown(p.Confirm())
	// A new lease does not help a write that began under an earlier one: others
	// may have written in between.
	g.lease = lease{term: 2, valid: true}
	refused(t, p.Check(), "lost touch with the primary")
	unknown(p.Confirm())
}

func TestGateAwaitsAMap(t *testing.T) {
	t.Parallel()
	moves, _ := digests(t)
	synctest.Test(t, func(t *testing.T) {
		g := newGated(t)
		version := g.prepare()
		settled := func(m *cluster.Map) bool { return !m.Moves(moves) }
		began := time.Now()
		g.Await(t.Context(), 0, settled)
		check.Equal(t, time.Since(began), 2*patience) // no longer
		var waiting run.Group
		waiting.Go(func() { g.Await(t.Context(), version+1, settled) })
		synctest.Wait()
		g.apply(cluster.CommitPlacement(version))
		waiting.Wait()
		g.Await(t.Context(), version+1, settled)
		check.Equal(t, time.Since(began), 2*patience)
	})
}

// countdown is a lease that has run out after so many questions.
type countdown struct{ left int }

func (c *countdown) Term() (uint64, bool) {
	c.left--
	return 1, c.left >= 0
}

// TestTheLeaseIsCheckedBeforeAndAfter ends the lease at each of the moments at
// which a write asks for it.
func TestTheLeaseIsCheckedBeforeAndAfter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		checks int
		code   string // of the error of the write
		want   string // that is there then
	}{
		{0, errs.CodeNotNow, "before"},
		{1, errs.CodeNotNow, "before"},
		{2, errs.CodeOutcomeUnknown, "after"},
		{3, "", "after"},
	} {
		r := newRig(t, "target01")
		_, err := r.put(t, "target01", "o", "before", store.WriteOptions{})
		check.NoError(t, err)
		gate := objects.NewGate("target01", objects.GateOptions{Lease: &countdown{left: test.checks}})
		gate.Follow(r.state.Map)
		leased := objects.New("target01", r.stores["target01"], gate, r.now, r)
		_, err = leased.Put(t.Context(), r.name("o"), strings.NewReader("after"), store.WriteOptions{Size: 5})
		check.Equal(t, fmt.Sprint(test.checks, errs.CodeOf(err)), fmt.Sprint(test.checks, test.code))
		got, err := r.read(t, "target01", "o")
		check.NoError(t, err)
		check.Equal(t, got, test.want)

		gate = objects.NewGate("target01", objects.GateOptions{Lease: &countdown{left: test.checks}})
		gate.Follow(r.state.Map)
		leased = objects.New("target01", r.stores["target01"], gate, r.now, r)
		err = leased.Delete(t.Context(), r.name("o"), store.DeleteOptions{})
		check.Equal(t, fmt.Sprint(test.checks, errs.CodeOf(err)), fmt.Sprint(test.checks, test.code))
		_, err = r.verbs["target01"].Head(t.Context(), r.name("o"))
		check.Equal(t, fmt.Sprint(test.checks, errs.KindOf(err) == errs.NotFound), fmt.Sprint(test.checks, test.want == "after"))
	}
}

// endless is a body whose client sends some bytes and then no more, until it is
// cut.
type endless struct {
	begun, cut chan struct{}
	sent       bool
}

func (e *endless) Read(p []byte) (int, error) {
	if !e.sent {
		e.sent = true
		return copy(p, "some bytes"), nil
	}
	close(e.begun)
	<-e.cut
	return 0, io.ErrUnexpectedEOF
}

func (e *endless) Cut() { close(e.cut) }

// TestASlowPutIsCutOff has a PUT in the way of a change that takes too long.
func TestASlowPutIsCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	_, err := r.put(t, "target01", "o", "before", store.WriteOptions{})
	check.NoError(t, err)
	r.apply(t, cluster.PutNode(wireNode("target02", wire.NodeTarget)).Fenced())
	r.open(t, "target02")
	gate, writer := r.gates["target01"], r.verbs["target01"]
	ctx, stop := context.WithCancel(t.Context())
	var group run.Group
	defer group.Wait()
	defer stop()
	group.Go(func() { check.NoError(t, gate.Run(ctx)) })
	body := &endless{begun: make(chan struct{}), cut: make(chan struct{})}
	failed := make(chan error, 1) // one result
	group.Go(func() {
		_, err := writer.Put(t.Context(), r.name("o"), body, store.WriteOptions{Size: -1})
		failed <- err
	})
	<-body.begun
	r.apply(t, cluster.SetFlags("target01", wire.NodeMaintenance, 0).Fenced())
	r.apply(t, cluster.PreparePlacement([]string{"target02"}))
	refused(t, <-failed, "took too long")
	check.Eventually(t, func() bool { return gate.Fenced() == r.state.Map.Version() })
	got, err := r.read(t, "target01", "o")
	check.NoError(t, err)
	check.Equal(t, got, "before")
	_, err = r.put(t, "target01", "o", "after", store.WriteOptions{})
	refused(t, err, "are changing")
}

// TestReadsWhileANameMoves has a change of the placement that may be in force
// already for all that the earlier owner knows.
func TestReadsWhileANameMoves(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	_, err := r.put(t, "target01", "o", "before", store.WriteOptions{})
	check.NoError(t, err)
	r.apply(t, cluster.PutNode(wireNode("target02", wire.NodeTarget)).Fenced())
	r.apply(t, cluster.SetFlags("target01", wire.NodeMaintenance, 0).Fenced())
	r.apply(t, cluster.PreparePlacement([]string{"target02"}))
	r.open(t, "target02")
	reads := func(want string) {
		t.Helper()
		got, err := r.read(t, "target01", "o")
		check.NoError(t, err)
		check.Equal(t, got, want)
		o, err := r.verbs["target01"].Head(t.Context(), r.name("o"))
		check.NoError(t, err)
		check.Equal(t, o.Size, int64(len(want)))
		_, here, err := r.verbs["target01"].Small(t.Context(), r.name("o"), make([]byte, 100))
		check.NoError(t, err)
		check.Equal(t, here, false)
	}
	reads("before")
	check.Equal(t, r.asked[0], "target02")
	old := r.state
	r.apply(t, cluster.CommitPlacement(r.state.Map.Version()))
	_, err = r.put(t, "target02", "o", "written", store.WriteOptions{})
	check.NoError(t, err)
	now := r.state
	r.state = old // it has not heard
	reads("written")
	r.state = now
	check.NoError(t, r.verbs["target02"].Delete(t.Context(), r.name("o"), store.DeleteOptions{}))
	r.state = old
	_, err = r.verbs["target01"].Head(t.Context(), r.name("o"))
	check.ErrorIs(t, err, errs.NotFound)
	_, err = r.read(t, "target01", "o")
	check.ErrorIs(t, err, errs.NotFound)
	r.down["target02"] = unanswered()
	_, err = r.verbs["target01"].Head(t.Context(), r.name("o"))
	check.ErrorIs(t, err, errs.Unavailable)
}
