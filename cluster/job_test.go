package cluster_test

import (
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func jobNode(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}

func jobBucket(name string) wire.Bucket { return wire.Bucket{Name: name, Provider: wire.ProviderAIS} }

// jobState is a cluster with a target and the buckets a and b.
func jobState(t *testing.T, changes ...cluster.Change) *cluster.State {
	t.Helper()
	cfg := config.Default()
	s := cluster.NewState()
	for _, c := range append([]cluster.Change{
		cluster.InitCluster("uuid", "now", jobNode("proxy001", wire.NodeProxy), &cfg),
		cluster.PutNode(jobNode("target01", wire.NodeTarget)),
		cluster.CreateBucket(jobBucket("a"), wire.DefaultProps(wire.ProviderAIS)),
		cluster.CreateBucket(jobBucket("b"), wire.DefaultProps(wire.ProviderAIS)),
	}, changes...) {
		next, err := s.Apply(c)
		check.NoError(t, err)
		s = next
	}
	return s
}

func renaming(from, to string) *cluster.Job {
	a, c := jobBucket(from), jobBucket(to)
	return &cluster.Job{ID: "job1", Kind: "move", Bucket: &a, To: &c, Hidden: true, Targets: []string{"target01"}}
}

func TestJobsAreInTheStateUntilTheyEnd(t *testing.T) {
	t.Parallel()
	a := jobBucket("a")
	first := &cluster.Job{ID: "job1", Kind: "copy", Bucket: &a, Targets: []string{"target01", "target03"}}
	s := jobState(t, cluster.StartJob(first), cluster.StartJob(&cluster.Job{ID: "job2", Kind: "all"}))
	check.Equal(t, len(s.Jobs.All()), 2)
	check.Equal(t, s.Jobs.Get("job1").Has("target03"), true)
	check.Equal(t, s.Jobs.Get("job1").Has("target02"), false)
	check.Equal(t, len(s.Jobs.Touching(wire.Bucket{Name: "a"})), 1)
	check.Equal(t, len(s.Jobs.Touching(jobBucket("b"))), 0)
	_, err := s.Apply(cluster.StartJob(first))
	check.ErrorIs(t, err, errs.Exists)
	text, err := s.Encode()
	check.NoError(t, err)
	back, err := cluster.DecodeState(text)
	check.NoError(t, err)
	check.Equal(t, back.Jobs.All(), s.Jobs.All())
	next, err := s.Apply(cluster.EndJob("job1"))
	check.NoError(t, err)
	check.Equal(t, len(next.Jobs.All()), 1)
	check.Equal(t, len(s.Jobs.All()), 2)
	_, err = next.Apply(cluster.EndJob("job1"))
	check.ErrorIs(t, err, errs.NotFound)
	_, err = s.Apply(cluster.StartJob(&cluster.Job{Kind: "copy"}))
	check.ErrorIs(t, err, errs.Invalid)
}

// What a rename has filled takes the place of its source, with an id that no other
// bucket ever had.
func TestARenameSwapsBuckets(t *testing.T) {
	t.Parallel()
	s := jobState(t, cluster.StartJob(renaming("a", "c")))
	source, _ := s.Buckets.Get(jobBucket("a"))
	other, _ := s.Buckets.Get(jobBucket("b"))
	hidden := s.Jobs.Get("job1").HiddenBucket(source)
	check.Equal(t, hidden.Bucket, jobBucket("c"))
	if hidden.ID() == source.ID() || hidden.ID() == other.ID() || hidden.ID() == 0 {
		t.Errorf("the hidden bucket has id %x", hidden.ID())
	}
	_, seen := s.Buckets.Get(jobBucket("c"))
	check.Equal(t, seen, false)
	props := wire.DefaultProps(wire.ProviderAIS)
	check.ErrorIs(t, cluster.CheckCreateBucket(s, jobBucket("c"), &props), errs.Exists)
	made, err := s.Apply(cluster.CreateBucket(jobBucket("d"), wire.DefaultProps(wire.ProviderAIS)))
	check.NoError(t, err)
	later, _ := made.Buckets.Get(jobBucket("d"))
	if later.ID() == hidden.ID() {
		t.Errorf("another bucket has id %x, too", hidden.ID())
	}
	next, err := made.Apply(cluster.RenameBucket(source, s.Jobs.Get("job1")))
	check.NoError(t, err)
	_, there := next.Buckets.Get(jobBucket("a"))
	check.Equal(t, there, false)
	renamed, there := next.Buckets.Get(jobBucket("c"))
	check.Equal(t, there, true)
	check.Equal(t, renamed.ID(), hidden.ID())
	check.Equal(t, next.Buckets.Len(), made.Buckets.Len())
	text, err := next.Encode()
	check.NoError(t, err)
	back, err := cluster.DecodeState(text)
	check.NoError(t, err)
	again, _ := back.Buckets.Get(jobBucket("c"))
	check.Equal(t, again.ID(), hidden.ID())
}

func TestARenameThatIsNotPossible(t *testing.T) {
	t.Parallel()
	s := jobState(t, cluster.StartJob(renaming("a", "c")))
	source, _ := s.Buckets.Get(jobBucket("a"))
	j := s.Jobs.Get("job1")
	apply := func(s *cluster.State, c cluster.Change) *cluster.State {
		next, err := s.Apply(c)
		check.NoError(t, err)
		return next
	}
	taken := apply(s, cluster.CreateBucket(jobBucket("c"), wire.DefaultProps(wire.ProviderAIS)))
	_, err := taken.Apply(cluster.RenameBucket(source, j))
	check.ErrorIs(t, err, errs.Exists)
	gone := apply(s, cluster.RemoveBucket(source))
	_, err = gone.Apply(cluster.RenameBucket(source, j))
	check.ErrorIs(t, err, errs.NotFound)
	anew := apply(gone, cluster.CreateBucket(jobBucket("a"), wire.DefaultProps(wire.ProviderAIS)))
	_, err = anew.Apply(cluster.RenameBucket(source, j))
	check.ErrorIs(t, err, errs.Conflict)
	ended := apply(s, cluster.EndJob("job1"))
	_, err = ended.Apply(cluster.RenameBucket(source, j))
	check.ErrorIs(t, err, errs.NotFound)
}
