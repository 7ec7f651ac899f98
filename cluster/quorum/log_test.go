package quorum_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// silence is after how long an ordinary election begins.
var silence = time.Duration(config.DefaultQuorum().Heartbeat)

func TestSoleVoterIsReadyAtOnce(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", t.TempDir()} {
		start := time.Now()
		l := open(t, quorum.Options{Dir: dir})
		check.NoError(t, l.Bootstrap(t.Context()))
		stop := runLog(t, l)
		<-l.Ready()
		took := time.Since(start)
		check.Equal(t, l.IsLeader(), true)
		check.Equal(t, l.Leader().ID, "proxy001")
		t.Logf("dir %q: ready after %v", dir, took)
		if took > silence {
			t.Errorf("ready after %v, which is after a silence", took)
		}
		stop()
	}
}

func TestRunningLogBootstraps(t *testing.T) {
	t.Parallel()
	l := open(t, quorum.Options{})
	defer runLog(t, l)()
	<-l.Ready()
	empty, err := l.Empty()
	check.NoError(t, err)
	check.Equal(t, empty, true)
	_, err = l.Propose(t.Context(), initCluster)
	check.ErrorIs(t, err, errs.Unavailable)

	start := time.Now()
	check.NoError(t, l.Bootstrap(t.Context()))
	leader, err := l.AwaitLeader(t.Context())
	check.NoError(t, err)
	check.Equal(t, leader.ID, "proxy001")
	if took := time.Since(start); took > silence {
		t.Errorf("leads after %v, which is after a silence", took)
	}
	check.ErrorIs(t, l.Bootstrap(t.Context()), errs.Conflict)
	s, err := l.Propose(t.Context(), initCluster)
	check.NoError(t, err)
	check.Equal(t, s.Map.UUID(), "cluster1")
}

func TestChangesSurviveARestart(t *testing.T) {
	t.Parallel()
	onDiskAndInMemory(t, func(t *testing.T, kept quorum.Options) {
		l, stop := lead(t, kept)
		id := l.RaftID()
		want := l.State()
		for i := range 20 {
			want = propose(t, l, cluster.CreateBucket(bucket(i), wire.DefaultProps("ais")))
		}
		stop()

		start := time.Now()
		l = open(t, kept)
		check.Equal(t, l.RaftID(), id)
		defer runLog(t, l)()
		<-l.Ready()
		t.Logf("ready again after %v", time.Since(start))
		checkSame(t, l.State(), want)
		check.ErrorIs(t, l.Bootstrap(t.Context()), errs.Conflict)
		got := propose(t, l, cluster.CreateBucket(bucket(20), wire.DefaultProps("ais")))
		check.Equal(t, got.Buckets.Version(), want.Buckets.Version()+1)
	})
}

func TestSnapshotsSurviveARestart(t *testing.T) {
	t.Parallel()
	onDiskAndInMemory(t, func(t *testing.T, kept quorum.Options) {
		l, stop := lead(t, kept)
		var want *cluster.State
		for round := range 3 {
			for i := range 10 {
				want = propose(t, l, cluster.CreateBucket(bucket(10*round+i), wire.DefaultProps("ais")))
			}
			check.NoError(t, l.Snapshot())
		}
		stop()
		l = open(t, kept)
		checkSame(t, l.State(), cluster.NewState())
		defer runLog(t, l)()
		<-l.Ready()
		checkSame(t, l.State(), want)
	})
}

func TestChangesAreSeenInOrder(t *testing.T) {
	t.Parallel()
	l := open(t, quorum.Options{})
	var seen []int64 // written by the log's goroutine, read after it has ended
	l.OnChange(func(s *cluster.State) { seen = append(seen, s.Buckets.Version()) })
	check.NoError(t, l.Bootstrap(t.Context()))
	stop := runLog(t, l)
	<-l.Ready()
	_, err := l.Propose(t.Context(), initCluster)
	check.NoError(t, err)
	const writers, each = 8, 10
	err = run.Each(t.Context(), writers, make([]struct{}, writers*each), func(ctx context.Context, _ struct{}) error {
		_, err := l.Propose(ctx, func(s *cluster.State) ([]cluster.Change, error) {
			return []cluster.Change{cluster.CreateBucket(bucket(s.Buckets.Len()), wire.DefaultProps("ais"))}, nil
		})
		return err
	})
	check.NoError(t, err)
	check.Equal(t, l.State().Buckets.Len(), writers*each)
	stop()
	for i, version := range seen {
		check.Equal(t, version, int64(i))
	}
}

func TestSinceLeadsToTheLatestState(t *testing.T) {
	t.Parallel()
	l, stop := lead(t, quorum.Options{})
	defer stop()
	states := []*cluster.State{l.State()}
	for i := range 30 {
		states = append(states, propose(t, l, cluster.CreateBucket(bucket(i), wire.DefaultProps("ais"))))
	}
	for _, s := range states {
		entries, ok := l.Since(s.Position.Index)
		check.Equal(t, ok, true)
		for _, e := range entries {
			next, err := s.Extend(e)
			check.NoError(t, err)
			s = next
		}
		checkSame(t, s, l.State())
	}
	_, ok := l.Since(l.State().Position.Index + 1)
	check.Equal(t, ok, false)
}

func TestSinceForgetsWhatIsOld(t *testing.T) {
	t.Parallel()
	l, stop := lead(t, quorum.Options{})
	defer stop()
	first := l.State().Position.Index
	for i := range quorum.RecentEntries + 10 {
		propose(t, l, cluster.SetFlags("proxy001", uint64(i%2)<<20, uint64(1-i%2)<<20))
	}
	_, ok := l.Since(first)
	check.Equal(t, ok, false)
	entries, ok := l.Since(l.State().Position.Index)
	check.Equal(t, ok, true)
	check.Equal(t, len(entries), 0)
}

func TestProposeReturnsWhatBuildReturns(t *testing.T) {
	t.Parallel()
	l, stop := lead(t, quorum.Options{})
	defer stop()
	before := l.State()
	_, err := l.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) {
		return nil, errs.BucketExists("test", "ais://b")
	})
	check.ErrorIs(t, err, errs.Exists)
	s, err := l.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) { return nil, nil })
	check.NoError(t, err)
	check.Equal(t, s == before, true)
	_, err = l.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) {
		return []cluster.Change{cluster.RemoveNode("nobody01")}, nil
	})
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, l.State() == before, true)
}

func TestProposeTakesTurns(t *testing.T) {
	t.Parallel()
	l, stop := lead(t, quorum.Options{})
	defer stop()
	building, release := make(chan struct{}), make(chan struct{})
	var group run.Group
	group.Go(func() {
		_, err := l.Propose(context.Background(), func(*cluster.State) ([]cluster.Change, error) {
			close(building)
			<-release
			return nil, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-building
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.Propose(ctx, initCluster)
	check.ErrorIs(t, err, errs.Unavailable)
	check.Contains(t, err.Error(), "waiting for earlier changes")
	close(release)
	group.Wait()
}

// A change whose proposer gave up waiting may still come. The next one is then
// made anew, for the state after it.
func TestProposeIsMadeAnewWhenOvertaken(t *testing.T) {
	t.Parallel()
	l, stop := lead(t, quorum.Options{})
	defer stop()
	var inside sync.Once
	var builds int
	s, err := l.Propose(t.Context(), func(s *cluster.State) ([]cluster.Change, error) {
		builds++
		inside.Do(func() { // as if it had been under way
			check.NoError(t, l.ApplyDirectly(s, cluster.PutNode(node("target01", wire.NodeTarget))))
		})
		return []cluster.Change{cluster.PutNode(node("target02", wire.NodeTarget))}, nil
	})
	check.NoError(t, err)
	check.Equal(t, builds, 2)
	check.Equal(t, len(s.Map.Targets()), 2)
}

func TestDeadlineLeavesTheOutcomeUnknown(t *testing.T) {
	t.Parallel()
	l, stop := lead(t, quorum.Options{})
	defer stop()
	inApply, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	l.OnChange(func(*cluster.State) {
		once.Do(func() { close(inApply); <-release })
	})
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	group.Go(func() { <-inApply; cancel() })
	_, err := l.Propose(ctx, func(*cluster.State) ([]cluster.Change, error) {
		return []cluster.Change{cluster.CreateBucket(bucket(1), wire.DefaultProps("ais"))}, nil
	})
	check.ErrorIs(t, err, errs.Unavailable)
	check.Contains(t, err.Error(), "outcome unknown")
	close(release)
	group.Wait()
	check.Eventually(t, func() bool { return l.State().Buckets.Len() == 1 })
	propose(t, l, cluster.CreateBucket(bucket(2), wire.DefaultProps("ais")))
}

func TestStoppedLogRefuses(t *testing.T) {
	t.Parallel()
	l, stop := lead(t, quorum.Options{})
	var lost bool
	l.OnLead(func(leads bool) { lost = !leads })
	stop()
	check.Equal(t, lost, true)
	check.Equal(t, l.IsLeader(), false)
	_, err := l.Propose(t.Context(), initCluster)
	check.ErrorIs(t, err, errs.Unavailable)
	check.ErrorIs(t, l.Verify(t.Context()), errs.Unavailable)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = l.AwaitLeader(ctx)
	check.ErrorIs(t, err, errs.Canceled)
}

func TestEntriesOfANewerReleaseEndTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, quorum.Options{Dir: dir})
	check.NoError(t, l.Bootstrap(t.Context()))
	_, ended := start(t, l)
	<-l.Ready()
	before := l.State()
	err := l.ApplyDirectly(before, cluster.Change{Kind: "teleport"})
	check.ErrorIs(t, err, errs.Unsupported)
	err = <-ended
	check.ErrorIs(t, err, errs.Unsupported)
	check.Contains(t, err.Error(), "newer release")
	checkSame(t, l.State(), before)
	check.NoError(t, l.Close())

	l = open(t, quorum.Options{Dir: dir}) // and it does so again, rather than skip the entry
	_, ended = start(t, l)
	err = <-ended
	check.ErrorIs(t, err, errs.Unsupported)
	check.NoError(t, l.Close())
}

func TestLogKnowsWhoseItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, stop := lead(t, quorum.Options{Dir: dir})
	id := l.RaftID()
	_, err := quorum.Open(quorum.Options{ID: "proxy001", Dir: dir})
	check.ErrorIs(t, err, errs.Busy)
	stop()
	_, err = quorum.Open(quorum.Options{ID: "proxy002", Dir: dir})
	check.ErrorIs(t, err, errs.Conflict)

	check.NoError(t, os.Remove(filepath.Join(dir, "identity.json")))
	_, err = quorum.Open(quorum.Options{ID: "proxy001", Dir: dir})
	check.ErrorIs(t, err, errs.Corrupt)

	check.NoError(t, os.Remove(filepath.Join(dir, "raft.db")))
	l = open(t, quorum.Options{Dir: dir})
	empty, err := l.Empty()
	check.NoError(t, err)
	check.Equal(t, empty, true)
	if l.RaftID() == id {
		t.Errorf("the log was lost, and votes as %s again", id)
	}
	check.NoError(t, l.Close())
	_, err = quorum.Open(quorum.Options{})
	check.ErrorIs(t, err, errs.Invalid)
}

// A log that has lost its entries and its votes, and still has a snapshot, is
// another one: it cannot vote twice, nor lead without what it had agreed to.
func TestALogOfSnapshotsOnlyIsAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, stop := lead(t, quorum.Options{Dir: dir})
	id := l.RaftID()
	want := propose(t, l, cluster.CreateBucket(bucket(1), wire.DefaultProps("ais")))
	check.NoError(t, l.Snapshot())
	propose(t, l, cluster.CreateBucket(bucket(2), wire.DefaultProps("ais")))
	stop()
	check.NoError(t, os.Remove(filepath.Join(dir, "raft.db")))
	for range 2 {
		l = open(t, quorum.Options{Dir: dir})
		if l.RaftID() == id {
			t.Errorf("the votes were lost, and it votes as %s again", id)
		}
		check.ErrorIs(t, l.Bootstrap(t.Context()), errs.Conflict) // what is left is not thrown away
		stop := runLog(t, l)
		<-l.Ready()
		check.Equal(t, l.IsLeader(), false)
		left, err := l.Newest()
		check.NoError(t, err)
		checkSame(t, left, want)
		stop()
	}
}

func TestDamagedSnapshotIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, stop := lead(t, quorum.Options{Dir: dir})
	propose(t, l, cluster.CreateBucket(bucket(1), wire.DefaultProps("ais")))
	check.NoError(t, l.Snapshot())
	stop()
	files, err := filepath.Glob(filepath.Join(dir, "snapshots", "*", "state.bin"))
	check.NoError(t, err)
	check.Equal(t, len(files), 1)
	content, err := os.ReadFile(files[0])
	check.NoError(t, err)
	content[len(content)/2] ^= 1
	check.NoError(t, os.WriteFile(files[0], content, 0o600))
	_, err = quorum.Open(quorum.Options{ID: "proxy001", Dir: dir})
	check.ErrorIs(t, err, errs.Corrupt)
}

// onDiskAndInMemory runs test with what keeps a log over a restart.
func onDiskAndInMemory(t *testing.T, test func(t *testing.T, kept quorum.Options)) {
	for name, memory := range map[string]*quorum.Memory{"on disk": nil, "in memory": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, quorum.Options{Dir: filepath.Join(t.TempDir(), "log"), Memory: memory})
		})
	}
}

// open opens the log of proxy001, and closes it at the end of the test at the latest.
func open(t testing.TB, o quorum.Options) *quorum.Log {
	t.Helper()
	if o.ID == "" {
		o.ID = "proxy001"
	}
	l, err := quorum.Open(o)
	check.NoError(t, err)
	return l
}

// start runs l. It returns what ends it, and where the error of Run will be.
func start(t testing.TB, l *quorum.Log) (context.CancelFunc, <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var group run.Group
	group.Go(func() { ended <- l.Run(ctx) })
	t.Cleanup(func() { cancel(); group.Wait() })
	return cancel, ended
}

// runLog runs l and returns what stops and closes it.
func runLog(t testing.TB, l *quorum.Log) func() {
	t.Helper()
	cancel, ended := start(t, l)
	return func() {
		t.Helper()
		cancel()
		check.NoError(t, <-ended)
		check.NoError(t, l.Close())
	}
}

// lead returns a running log with a cluster of one proxy, and what stops it.
func lead(t testing.TB, o quorum.Options) (*quorum.Log, func()) {
	t.Helper()
	l := open(t, o)
	check.NoError(t, l.Bootstrap(t.Context()))
	stop := runLog(t, l)
	<-l.Ready()
	_, err := l.Propose(t.Context(), initCluster)
	check.NoError(t, err)
	return l, stop
}

func propose(t testing.TB, l *quorum.Log, changes ...cluster.Change) *cluster.State {
	t.Helper()
	s, err := l.Propose(t.Context(), func(*cluster.State) ([]cluster.Change, error) { return changes, nil })
	check.NoError(t, err)
	return s
}

func initCluster(*cluster.State) ([]cluster.Change, error) {
	c := config.Default()
	return []cluster.Change{cluster.InitCluster("cluster1", "today", node("proxy001", wire.NodeProxy), &c)}, nil
}

func node(id, kind string) *wire.Node {
	n := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: kind, Public: n, Control: n, Data: n}
}

func bucket(i int) wire.Bucket {
	return wire.Bucket{Name: fmt.Sprintf("bucket-%d", i), Provider: wire.ProviderAIS}
}

func checkSame(t testing.TB, got, want *cluster.State) {
	t.Helper()
	check.Equal(t, got.Position, want.Position)
	check.Equal(t, got.Map.Wire(), want.Map.Wire())
	check.Equal(t, got.Buckets.WireBMD(), want.Buckets.WireBMD())
	check.Equal(t, got.Config, want.Config)
}
