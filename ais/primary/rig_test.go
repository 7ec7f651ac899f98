package primary_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/cluster/replica"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/xaction"
)

// rig is a primary with the nodes that it pushes to. It lives in a bubble.
type rig struct {
	asked asked
	specs *xaction.Specs
	*primary.Primary
	log     *quorum.Log
	applied atomic.Int64 // how often this process was told to act
	usher   usher

	mu    sync.Mutex
	nodes map[string]*follower // guarded by mu
}

// follower is a node that does not vote.
type follower struct {
	replica *replica.Replica
	got     []string // "full" or "delta", of each message taken
	broken  func(ctx context.Context) (*primary.SyncReply, error)
	mute    bool
}

// inRig runs a test in virtual time, with a primary that has founded its cluster.
func inRig(t *testing.T, do func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r, stop := newRig(t, "")
		defer stop()
		do(t, r)
	})
}

// newRig runs a primary that has founded its cluster, and returns what stops it.
func newRig(t *testing.T, secret string) (r *rig, stop func()) {
	t.Helper()
	return newRigWith(t, secret, func(*primary.Options) {})
}

// newRigWith is newRig with other options.
func newRigWith(t *testing.T, secret string, change func(*primary.Options)) (r *rig, stop func()) {
	t.Helper()
	l, err := quorum.Open(quorum.Options{ID: "proxy001"})
	check.NoError(t, err)
	check.NoError(t, l.Bootstrap(t.Context()))
	r = &rig{log: l, nodes: map[string]*follower{}, specs: jobSpecs(t)}
	o := r.options([]byte(secret), node("proxy001", wire.NodeProxy))
	change(&o)
	r.Primary = primary.New(l, o)
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	group.Go(func() {
		parts := []run.Named{{Name: "log", Part: l}, {Name: "primary", Part: r.Primary}}
		if err := run.Parts(ctx, parts); err != nil {
			t.Error(err)
		}
	})
	<-l.Ready()
	check.NoError(t, r.AwaitState(t.Context(), (*cluster.State).Initialized))
	r.applied.Store(0)
	return r, func() {
		cancel()
		group.Wait()
		check.NoError(t, l.Close())
	}
}

func (r *rig) options(secret []byte, self *wire.Node) primary.Options {
	cfg := config.Default()
	return primary.Options{
		Nodes:      []*wire.Node{self},
		Address:    self.ID,
		Config:     func() *config.Cluster { return &cfg },
		Sender:     r,
		Usher:      &r.usher,
		Dismiss:    func(o *primary.LeaveOrder) error { r.usher.note("self", *o); return nil },
		Key:        func() []byte { return []byte("the key") },
		JoinSecret: func(*config.Cluster) ([]byte, error) { return secret, nil },
		Local:      func(context.Context) error { r.applied.Add(1); return nil },
		Logger:     slog.New(slog.DiscardHandler),
		Asker:      &r.asked,
		Specs:      r.specs,
	}
}

func node(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}

// Sync takes what is pushed, as the nodes do.
func (r *rig) Sync(ctx context.Context, to *wire.Node, m *primary.SyncMessage) (*primary.SyncReply, error) {
	r.mu.Lock()
	f, ok := r.nodes[to.ID]
	r.mu.Unlock()
	if !ok {
		return nil, errs.E("test.Sync", to.ID, errs.Unavailable, nil)
	}
	if broken := r.brokenness(f); broken != nil {
		return broken(ctx)
	}
	reply, err := r.take(f, m)
	if pending, is := f.replica.State().Map.Pending(); is {
		// It writes nothing, so it agrees at once. Whatever else the answer says.
		_, _ = r.Hear(ctx, &primary.Keepalive{IDs: []string{to.ID}, Fenced: pending.Version()})
	}
	return reply, err
}

// Probe answers for a node that is well.
func (r *rig) Probe(ctx context.Context, to *wire.Node) (uint64, error) {
	r.mu.Lock()
	f, ok := r.nodes[to.ID]
	r.mu.Unlock()
	if !ok {
		return 0, errs.E("test.Probe", to.ID, errs.Unavailable, nil)
	}
	broken := r.brokenness(f)
	if r.isMute(f) {
		broken = hangs
	}
	if broken != nil {
		_, err := broken(ctx)
		return 0, err
	}
	return 0, nil
}

// mute has a node that takes changes answer nobody who asks whether it lives.
func (r *rig) mute(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nodes[id].mute = true
}

func (r *rig) isMute(f *follower) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return f.mute
}

func (r *rig) brokenness(f *follower) func(context.Context) (*primary.SyncReply, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return f.broken
}

func (r *rig) take(f *follower, m *primary.SyncMessage) (*primary.SyncReply, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.Snapshot != nil {
		f.got = append(f.got, "full")
		s, err := cluster.DecodeState(m.Snapshot)
		if err == nil {
			err = f.replica.Install(s)
		}
		return &primary.SyncReply{Index: f.replica.State().Position.Index}, err
	}
	if len(m.Entries) == 0 {
		return &primary.SyncReply{Index: f.replica.State().Position.Index}, nil
	}
	var entries []cluster.Entry
	for rest := m.Entries; len(rest) > 0; {
		var e cluster.Entry
		var err error
		if e, rest, err = cluster.ParseEntry(rest); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	if f.replica.Extend(entries) != nil {
		return &primary.SyncReply{NeedFull: true}, nil
	}
	f.got = append(f.got, "delta")
	return &primary.SyncReply{Index: f.replica.State().Position.Index}, nil
}

// start makes a node that is pushed to answer, without anything yet.
func (r *rig) start(t *testing.T, id string) {
	t.Helper()
	empty, err := replica.Open(replica.Options{})
	check.NoError(t, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nodes[id] = &follower{replica: empty}
}

// fail makes a node answer something else; nil makes it well again.
func (r *rig) fail(id string, broken func(context.Context) (*primary.SyncReply, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nodes[id].broken = broken
}

// got returns the messages that a node has taken since the last call.
func (r *rig) got(id string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.nodes[id]
	got := slices.Clone(f.got)
	f.got = nil
	return got
}

// index is how far a node is.
func (r *rig) index(id string) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.nodes[id].replica.State().Position.Index
}

// join starts a target and has it join.
func (r *rig) join(t *testing.T, id string) *primary.JoinReply {
	t.Helper()
	r.start(t, id)
	reply, err := r.Join(t.Context(), &primary.JoinRequest{Nodes: []*wire.Node{node(id, wire.NodeTarget)}, Incarnation: 1})
	check.NoError(t, err)
	return reply
}

func bucket(name string) wire.Bucket { return wire.Bucket{Name: name, Provider: wire.ProviderAIS} }

// refuses is a node that answers at once, and never well.
func refuses(context.Context) (*primary.SyncReply, error) {
	return nil, errs.E("test", "", errs.Internal, nil)
}

// hangs is a node that takes requests and never answers.
func hangs(ctx context.Context) (*primary.SyncReply, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
