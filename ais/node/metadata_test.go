package node_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
)

// log is a history of states with the entries between them.
func history(t *testing.T) (states []*cluster.State, entries [][]byte) {
	t.Helper()
	s := state(t)
	states, entries = []*cluster.State{s}, [][]byte{nil}
	for _, name := range []string{"one", "two", "three"} {
		change := cluster.CreateBucket(wire.Bucket{Name: name, Provider: wire.ProviderAIS}, wire.DefaultProps(wire.ProviderAIS))
		data, err := cluster.Proposal{After: s.Position.Index, Changes: []cluster.Change{change}}.Encode()
		check.NoError(t, err)
		e := cluster.Entry{Position: cluster.Position{Term: 1, Index: s.Position.Index + 1}, Data: data}
		s, err = s.Extend(e)
		check.NoError(t, err)
		states, entries = append(states, s), append(entries, e.Append(nil))
	}
	return states, entries
}

func full(t *testing.T, s *cluster.State) *primary.SyncMessage {
	t.Helper()
	snapshot, err := s.Encode()
	check.NoError(t, err)
	return &primary.SyncMessage{Snapshot: snapshot}
}

func TestReceive(t *testing.T) {
	t.Parallel()
	states, entries := history(t)
	at := func(i int) uint64 { return states[i].Position.Index }
	c := target(t)
	var applied []uint64
	c.Meta.OnApply(func(_ context.Context, s *cluster.State) error {
		applied = append(applied, s.Position.Index)
		return nil
	})
	steps := []struct {
		name    string
		message *primary.SyncMessage
		want    primary.SyncReply
	}{
		{"entries before any state", &primary.SyncMessage{Entries: entries[1]}, primary.SyncReply{NeedFull: true}},
		{"whole state", full(t, states[0]), primary.SyncReply{Index: at(0)}},
		{"next entry", &primary.SyncMessage{Entries: entries[1]}, primary.SyncReply{Index: at(1)}},
		{"the same again", &primary.SyncMessage{Entries: entries[1]}, primary.SyncReply{Index: at(1)}},
		{"a gap", &primary.SyncMessage{Entries: entries[3]}, primary.SyncReply{NeedFull: true}},
		{"several", &primary.SyncMessage{Entries: append(entries[2][:len(entries[2]):len(entries[2])], entries[3]...)}, primary.SyncReply{Index: at(3)}},
		{"an older state", full(t, states[1]), primary.SyncReply{Index: at(3)}},
		{"nothing", &primary.SyncMessage{}, primary.SyncReply{Index: at(3)}},
	}
	for _, step := range steps {
		got, err := c.Meta.Receive(t.Context(), step.message)
		if err != nil || *got != step.want {
			t.Fatalf("%s: got %+v, %v, want %+v", step.name, got, err, step.want)
		}
	}
	check.Equal(t, applied, []uint64{at(0), at(1), at(1), at(3), at(3), at(3)})
	check.Equal(t, c.Cluster.Get().UUID, "uuid") // the cluster's configuration is in force
}

func TestReceiveRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	states, entries := history(t)
	c := target(t)
	_, err := c.Meta.Receive(t.Context(), full(t, states[0]))
	check.NoError(t, err)
	snapshot := full(t, states[1]).Snapshot
	for name, m := range map[string]*primary.SyncMessage{
		"cut state":      {Snapshot: snapshot[:len(snapshot)-1]},
		"empty state":    {Snapshot: []byte{}},
		"cut entry":      {Entries: entries[1][:len(entries[1])-1]},
		"rubbish":        {Entries: []byte("rubbish")},
		"another's":      full(t, otherCluster(t)),
		"of no cluster ": full(t, cluster.NewState()),
	} {
		reply, err := c.Meta.Receive(t.Context(), m)
		if err == nil {
			t.Fatalf("%s: got %+v", name, reply)
		}
	}
	check.Equal(t, c.Meta.State().Position, states[0].Position)
}

func otherCluster(t *testing.T) *cluster.State {
	t.Helper()
	cfg := config.Default()
	s, err := cluster.NewState().Apply(cluster.InitCluster("other", "now", described("proxy009", wire.NodeProxy), &cfg))
	check.NoError(t, err)
	s.Position = cluster.Position{Term: 9, Index: 9}
	return s
}

func TestWhatCouldNotBeDoneIsDoneAgain(t *testing.T) {
	t.Parallel()
	states, entries := history(t)
	c := target(t)
	full1 := errors.New("disk full")
	var done []uint64
	fails := true
	c.Meta.OnApply(func(_ context.Context, s *cluster.State) error {
		if fails {
			return full1
		}
		done = append(done, s.Position.Index)
		return nil
	})
	for _, m := range []*primary.SyncMessage{full(t, states[0]), {Entries: entries[1]}} {
		_, err := c.Meta.Receive(t.Context(), m)
		check.ErrorIs(t, err, full1)
	}
	fails = false
	reply, err := c.Meta.Receive(t.Context(), &primary.SyncMessage{Entries: entries[1]})
	check.NoError(t, err)
	check.Equal(t, reply.Index, states[1].Position.Index)
	check.Equal(t, done, []uint64{states[1].Position.Index})
}

func TestMetadataSurvivesARestart(t *testing.T) {
	t.Parallel()
	states, _ := history(t)
	f := file(t, config.RoleTarget)
	c := open(t, f, inMemory(memnet.New(), "node"))
	_, err := c.Meta.Receive(t.Context(), full(t, states[2]))
	check.NoError(t, err)
	check.NoError(t, c.Meta.Close())
	c.Close()
	again := open(t, f, inMemory(memnet.New(), "node"))
	check.Equal(t, again.Meta.State().Position, states[2].Position)
}

func TestWhoFoundsACluster(t *testing.T) {
	t.Parallel()
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"smap":{"uuid":"uuid","version":"7","primary":{"id":"proxy001","control_url":"http://proxy001:9080"}}}`)
	}))
	defer gateway.Close()
	silent := httptest.NewServer(http.NotFoundHandler())
	silent.Close()
	tests := []struct {
		name     string
		role     string
		url      string
		mayFound bool
		founds   bool
	}{
		{"a gateway that may found", config.RoleProxy, "", true, true},
		{"both roles", config.RoleAll, "", true, true},
		{"a gateway that may not", config.RoleProxy, "", false, false},
		{"a target", config.RoleTarget, "", true, false},
		{"there is a cluster already", config.RoleProxy, gateway.URL, true, false},
		{"nobody answers", config.RoleProxy, silent.URL, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := file(t, test.role)
			f.Proxy.PrimaryURL = test.url
			c, err := node.Open(t.Context(), f, node.Options{})
			check.NoError(t, err)
			defer c.Close()
			m, err := node.OpenMetadata(t.Context(), c, test.mayFound)
			check.NoError(t, err)
			empty, err := m.Log().Empty()
			check.NoError(t, err)
			check.Equal(t, !empty, test.founds)
			check.NoError(t, m.Close())
			check.NoError(t, m.Close())
		})
	}
}

// A node that starts does not act on what it has in its files, however long that
// is over, nor because it is asked how far it is.
func TestWhatIsLongOverIsNotActedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		states, entries := history(t)
		f := file(t, config.RoleTarget)
		before := open(t, f, inMemory(memnet.New(), "node"))
		_, err := before.Meta.Receive(t.Context(), full(t, states[1]))
		check.NoError(t, err)
		check.NoError(t, before.Meta.Close())
		before.Close()

		c := open(t, f, inMemory(memnet.New(), "node"))
		var acted []uint64
		c.Meta.OnApply(func(_ context.Context, s *cluster.State) error {
			acted = append(acted, s.Position.Index)
			return nil
		})
		ctx, stop := context.WithCancel(t.Context())
		var group run.Group
		defer group.Wait()
		defer stop()
		group.Go(func() {
			if err := c.Meta.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		<-c.Meta.Ready()
		synctest.Wait()
		check.Equal(t, c.Meta.State().Position, states[1].Position)
		reply, err := c.Meta.Receive(t.Context(), &primary.SyncMessage{UUID: "uuid"})
		check.NoError(t, err)
		check.Equal(t, reply.Index, uint64(0)) // it has acted on nothing
		check.Equal(t, acted, []uint64(nil))

		reply, err = c.Meta.Receive(t.Context(), &primary.SyncMessage{Entries: entries[2]})
		check.NoError(t, err)
		check.Equal(t, reply.Index, states[2].Position.Index)
		synctest.Wait()
		check.Equal(t, acted[0], states[2].Position.Index)
		reply, err = c.Meta.Receive(t.Context(), &primary.SyncMessage{UUID: "uuid"})
		check.NoError(t, err)
		check.Equal(t, reply.Index, states[2].Position.Index)
	})
}
