package module_test

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/module"
	"aistore/store"
	"aistore/xaction"
)

// copies is a module that records which mountpaths should hold a copy of each
// object: what a module has to do to be a job, and no more.
type copies struct {
	host module.Host
	mu   sync.Mutex
	made map[string]int // guarded by mu; copies wanted, by object
}

func copiesMaker(into **copies) module.Maker {
	return module.Maker{
		Name: "copies",
		Make: func(h module.Host) (module.Module, error) {
			*into = &copies{host: h, made: map[string]int{}}
			return *into, nil
		},
		Specs: []xaction.Spec{{Kind: wire.ActionMakeCopies, Display: "mirror", Args: func() any { return new(int) }}},
	}
}

func (*copies) Name() string { return "copies" }

func (c *copies) Jobs() map[string]xaction.Work {
	return map[string]xaction.Work{wire.ActionMakeCopies: {Check: c.check, Run: c.run}}
}

// check refuses more copies than there are disks.
func (c *copies) check(_ context.Context, j *cluster.Job) error {
	wanted, err := strconv.Atoi(string(j.Args))
	if n := len(c.host.Mounts()); err != nil || n < wanted {
		return errs.E("copies.Check", string(j.Args), errs.Invalid, fmt.Errorf("there are %d mountpaths", n))
	}
	return nil
}

func (c *copies) run(ctx context.Context, j *xaction.Job) error {
	var n int
	if err := j.Decode(&n); err != nil {
		return err
	}
	b, err := c.host.Source(j)
	if err != nil {
		return err
	}
	return c.host.EachObject(ctx, j, b, "", 2, func(_ context.Context, i module.Item) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.made[i.Name.Object] += n
		j.Did(i.Object.Size)
		return nil
	})
}

// alone are the verbs of a target that owns everything but what begins with "x".
type alone struct{ module.Verbs }

func (alone) Mine(_ context.Context, n store.Name) (bool, error) {
	return !strings.HasPrefix(n.Object, "x"), nil
}

// target is a target as far as the module sees it.
func target(t *testing.T) (*xaction.Registry, *copies, *cluster.State) {
	t.Helper()
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: memfs.New(memfs.Options{}), Paths: []string{"/mp1", "/mp2"}, TargetID: "target01", Test: true})
	check.NoError(t, err)
	t.Cleanup(func() { mounts.Close() })
	s, err := store.New(mounts, store.Options{Incarnation: 1})
	check.NoError(t, err)
	state := stateWithBucket(t)
	b, _ := state.Buckets.Get(wire.Bucket{Name: "b"})
	check.NoError(t, s.CreateBucket(t.Context(), b))
	for i := range 200 {
		for _, format := range []string{"o%03d", "x%03d"} {
			w, err := s.Create(t.Context(), store.Name{Bucket: b, Object: fmt.Sprintf(format, i)}, store.WriteOptions{Size: 4})
			check.NoError(t, err)
			_, err = w.ReadFrom(strings.NewReader("data"))
			check.NoError(t, err)
			_, err = w.Commit(t.Context())
			check.NoError(t, err)
		}
	}
	var c *copies
	makers := []module.Maker{copiesMaker(&c)}
	specs, err := module.Specs(makers)
	check.NoError(t, err)
	r, err := xaction.Open(xaction.Options{Node: "target01", Specs: specs})
	check.NoError(t, err)
	attached, err := module.Attach(makers, module.Host{
		Node: "target01", Objects: s, State: func() *cluster.State { return state }, Mounts: mounts.Available, Verbs: alone{},
	})
	check.NoError(t, err)
	for kind, work := range attached.Work {
		r.Handle(kind, work)
	}
	return r, c, state
}

func stateWithBucket(t *testing.T) *cluster.State {
	t.Helper()
	cfg := config.Default()
	info := wire.NetInfo{Host: "h", Port: "80", URL: "http://h:80"}
	s := cluster.NewState()
	for _, c := range []cluster.Change{
		cluster.InitCluster("uuid", "now", &wire.Node{ID: "proxy001", Type: wire.NodeProxy, Public: info, Control: info, Data: info}, &cfg),
		cluster.CreateBucket(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, wire.DefaultProps(wire.ProviderAIS)),
	} {
		next, err := s.Apply(c)
		check.NoError(t, err)
		s = next
	}
	return s
}

// A module that makes copies is a job: it is asked, runs over the objects that
// are its target's to work on, once each, and is counted.
func TestAModuleDoesAKindOfJob(t *testing.T) {
	t.Parallel()
	r, c, state := target(t)
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	group.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer group.Wait()
	defer cancel()
	b := wire.Bucket{Name: "b", Provider: wire.ProviderAIS}
	j := &cluster.Job{ID: "job1", Kind: wire.ActionMakeCopies, Bucket: &b, Args: []byte("2"), Targets: []string{"target01"}}
	check.NoError(t, r.Begin(t.Context(), j))
	check.ErrorIs(t, r.Begin(t.Context(), &cluster.Job{ID: "job2", Kind: wire.ActionMakeCopies, Args: []byte("3")}), errs.Invalid)
	begun, err := state.Apply(cluster.StartJob(j))
	check.NoError(t, err)
	r.Apply(begun)
	check.Eventually(t, func() bool { return r.Get("job1").Snapshot().Stats.Objects == 200 })
	r.Apply(state)
	s := r.Snapshots(&wire.JobQuery{Kind: "mirror"})
	check.Equal(t, len(s), 1)
	check.Equal(t, s[0].Stats.Bytes, 800)
	check.Equal(t, s[0].Packed, wire.PackJob(2, 2, 0))
	c.mu.Lock()
	defer c.mu.Unlock()
	check.Equal(t, len(c.made), 200)
	for name, n := range c.made {
		if n != 2 {
			t.Errorf("%s was done %d times", name, n/2)
		}
	}
}

func TestKindsOfTwoModulesHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	var c *copies
	_, err := module.Specs([]module.Maker{copiesMaker(&c), copiesMaker(&c)})
	check.ErrorIs(t, err, errs.Internal)
}

func TestPatientlyTriesAgainWhatMayWorkLater(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err   error
		tries int
	}{{nil, 1}, {errs.Unavailable, 6}, {errs.NotFound, 1}, {io.EOF, 1}} {
		tries := 0
		err := module.Patiently(t.Context(), func() error {
			tries++
			return test.err
		})
		check.Equal(t, err == nil, test.err == nil)
		check.Equal(t, tries, test.tries)
	}
}
