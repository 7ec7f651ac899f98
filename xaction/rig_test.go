package xaction_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/xaction"
)

// rig is the registry of one target, and the cluster that it listens to.
type rig struct {
	*xaction.Registry
	state *cluster.State

	mu       sync.Mutex
	reported []xaction.Outcome // guarded by mu
	deaf     bool              // guarded by mu; the primary hears nothing
	stop     func()
}

func specs(t *testing.T) *xaction.Specs {
	t.Helper()
	s, err := xaction.NewSpecs(
		xaction.Spec{Kind: "plain", Display: "plain-job", Startable: true},
		xaction.Spec{Kind: "idle", Idle: idleTime},
		xaction.Spec{Kind: "copy", Destination: xaction.MadeDestination, Excludes: []string{"move"}},
		xaction.Spec{Kind: "move", Destination: xaction.HiddenDestination, Excludes: []string{xaction.AnyKind}},
		xaction.Spec{Kind: "all", Scope: xaction.OfCluster},
	)
	check.NoError(t, err)
	return s
}

// newState is a cluster of two targets with buckets a and b.
func newState(t *testing.T) *cluster.State {
	t.Helper()
	cfg := config.Default()
	s := cluster.NewState()
	for _, c := range []cluster.Change{
		cluster.InitCluster("uuid", "now", node("proxy001", wire.NodeProxy), &cfg),
		cluster.PutNode(node("target01", wire.NodeTarget)), cluster.PutNode(node("target02", wire.NodeTarget)),
		cluster.CreateBucket(bucket("a"), wire.DefaultProps(wire.ProviderAIS)),
		cluster.CreateBucket(bucket("b"), wire.DefaultProps(wire.ProviderAIS)),
	} {
		s = apply(t, s, c)
	}
	return s
}

func apply(t *testing.T, s *cluster.State, c cluster.Change) *cluster.State {
	t.Helper()
	next, err := s.Apply(c)
	check.NoError(t, err)
	return next
}

func node(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}

func bucket(name string) wire.Bucket { return wire.Bucket{Name: name, Provider: wire.ProviderAIS} }

// open opens the registry of target01 in dir and runs it until the test ends, or
// close is called.
func open(t *testing.T, dir string, work map[string]xaction.Work) *rig {
	t.Helper()
	r := &rig{state: newState(t)}
	var err error
	r.Registry, err = xaction.Open(xaction.Options{
		Node: "target01", Specs: specs(t), Dir: dir,
		Report: func(_ context.Context, done []xaction.Outcome) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.deaf {
				return context.DeadlineExceeded
			}
			r.reported = append(r.reported, done...)
			return nil
		},
	})
	check.NoError(t, err)
	for kind, w := range work {
		r.Handle(kind, w)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	group.Go(func() { check.NoError(t, r.Run(ctx)) })
	r.stop = sync.OnceFunc(func() { cancel(); group.Wait() })
	t.Cleanup(r.stop)
	return r
}

// begin has the cluster begin a job.
func (r *rig) begin(t *testing.T, j *cluster.Job) {
	t.Helper()
	if j.Targets == nil {
		j.Targets = []string{"target01", "target02"}
	}
	if j.Bucket == nil {
		b := bucket("a")
		j.Bucket = &b
	}
	r.state = apply(t, r.state, cluster.StartJob(j))
	r.Apply(r.state)
}

// end has the cluster end a job.
func (r *rig) end(t *testing.T, id string) {
	t.Helper()
	r.state = apply(t, r.state, cluster.EndJob(id))
	r.Apply(r.state)
}

// outcomes are those reported so far.
func (r *rig) outcomes() []xaction.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]xaction.Outcome(nil), r.reported...)
}

// snapshot is the only one of a job.
func (r *rig) snapshot(t *testing.T, id string) wire.JobSnapshot {
	t.Helper()
	list := r.Snapshots(&wire.JobQuery{ID: id})
	check.Equal(t, len(list), 1)
	return list[0]
}

// awaitDone waits until the share of a job is reported as done.
func (r *rig) awaitDone(t *testing.T, id string) {
	t.Helper()
	check.Eventually(t, func() bool {
		return slices.ContainsFunc(r.outcomes(), func(o xaction.Outcome) bool { return o.ID == id })
	})
}
