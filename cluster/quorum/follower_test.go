package quorum_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
)

// streams are connections over a network in memory.
type streams struct {
	net.Listener
	network *memnet.Network
	host    *memnet.Host
}

// Close closes the listener and every connection.
func (s streams) Close() error {
	s.network.Kill(s.host.Name())
	return s.Listener.Close()
}

func (s streams) Dial(address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return s.host.Dial(ctx, address)
}

// network are logs on a network in memory. The first has founded a cluster with
// proxies of those ids; what begins with "target" follows.
type network struct {
	*memnet.Network
	logs  map[string]*quorum.Log
	stops map[string]context.CancelFunc
	group run.Group
}

func newNetwork(t *testing.T, ids ...string) *network {
	n := &network{Network: memnet.New(), logs: map[string]*quorum.Log{}, stops: map[string]context.CancelFunc{}}
	t.Cleanup(func() {
		for _, stop := range n.stops {
			stop()
		}
		n.group.Wait()
	})
	first := n.start(t, ids[0])
	check.NoError(t, first.Bootstrap(t.Context()))
	_, err := first.AwaitLeader(t.Context())
	check.NoError(t, err)
	_, err = first.Propose(t.Context(), initCluster)
	check.NoError(t, err)
	for _, id := range ids[1:] {
		n.start(t, id)
		check.NoError(t, first.AddVoter(t.Context(), n.member(id)))
		if !strings.HasPrefix(id, "target") {
			propose(t, first, cluster.PutNode(&wire.Node{ID: id, Type: wire.NodeProxy, Public: netInfo(id), Control: netInfo(id), Data: netInfo(id)}))
		}
	}
	time.Sleep(time.Minute)
	return n
}

func netInfo(id string) wire.NetInfo {
	return wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
}

func (n *network) start(t *testing.T, id string) *quorum.Log {
	host := n.Host(id)
	listener, err := host.Listen(id + ":80")
	check.NoError(t, err)
	l := open(t, quorum.Options{
		ID: id, Address: id + ":80", Streams: streams{listener, n.Network, host}, Follows: strings.HasPrefix(id, "target"),
	})
	ctx, stop := context.WithCancel(context.Background())
	n.logs[id], n.stops[id] = l, stop
	n.group.Go(func() { check.NoError(t, l.Run(ctx)) })
	<-l.Ready()
	return l
}

func (n *network) member(id string) quorum.Member {
	return quorum.Member{ID: n.logs[id].RaftID(), Address: n.logs[id].Address()}
}

// apart cuts two hosts from each other, and together undoes that.
func (n *network) apart(a, b string)    { n.Cut(a, b); n.Cut(b, a) }
func (n *network) together(a, b string) { n.Heal(a, b); n.Heal(b, a) }

// A voter that follows takes the lead neither when it is told to nor when the
// primary is gone, and gives its vote to one that stands.
func TestAFollowerVotesAndDoesNotLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, "proxy001", "proxy002", "target01")
		first, next, voter := n.logs["proxy001"], n.logs["proxy002"], n.logs["target01"]
		check.ErrorIs(t, first.TransferTo(t.Context(), n.member("target01")), errs.Unavailable)
		time.Sleep(time.Minute)
		check.Equal(t, voter.IsLeader(), false)
		check.NoError(t, first.Verify(t.Context()))

		n.apart("proxy001", "proxy002")
		n.apart("proxy001", "target01")
		for began := time.Now(); next.Verify(t.Context()) != nil && time.Since(began) < time.Minute; { // it may take several elections
			time.Sleep(time.Second)
		}
		check.NoError(t, next.Verify(t.Context()))
		propose(t, next, cluster.CreateBucket(bucket(1), wire.DefaultProps("ais")))
		check.Equal(t, voter.Leader().ID, "proxy002")

		n.apart("proxy002", "target01")
		time.Sleep(10 * time.Minute)
		check.Equal(t, voter.IsLeader(), false)
		check.ErrorIs(t, next.Verify(t.Context()), errs.Unavailable)
	})
}

// When only the primary that has died and a target have the last change, the
// target leads until the other proxy has it, too.
func TestATargetTakesCareUntilAProxyCanLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, "proxy001", "proxy002", "target01")
		first, next, voter := n.logs["proxy001"], n.logs["proxy002"], n.logs["target01"]
		n.apart("proxy001", "proxy002")
		n.apart("proxy002", "target01") // or it would ask for votes
		s := propose(t, first, cluster.CreateBucket(bucket(1), wire.DefaultProps("ais")))
		n.Kill("proxy001")
		n.stops["proxy001"]()
		n.together("proxy002", "target01")

		began := time.Now()
		_, err := next.AwaitLeader(t.Context())
		check.NoError(t, err)
		for !next.IsLeader() && time.Since(began) < time.Minute {
			time.Sleep(time.Millisecond)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Fatalf("it took %v", took)
		}
		check.Equal(t, next.State().Position.Index, s.Position.Index)
		_, err = voter.Propose(t.Context(), create(2))
		check.ErrorIs(t, err, errs.Unavailable)
		propose(t, next, cluster.CreateBucket(bucket(3), wire.DefaultProps("ais")))
		time.Sleep(10 * time.Minute)
		check.NoError(t, next.Verify(t.Context()))
	})
}
