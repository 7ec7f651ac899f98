package quorum_test

import (
	"context"
	"net"
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

// A voter that follows takes the lead neither when it is told to nor when the
// primary is gone, and gives its vote to one that stands.
func TestAFollowerVotesAndNeverLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var group run.Group
		defer group.Wait()
		defer cancel()
		start := func(id string, follows bool) *quorum.Log {
			host := network.Host(id)
			listener, err := host.Listen(id + ":80")
			check.NoError(t, err)
			l := open(t, quorum.Options{ID: id, Address: id + ":80", Streams: streams{listener, network, host}, Follows: follows})
			group.Go(func() { check.NoError(t, l.Run(ctx)) })
			<-l.Ready()
			return l
		}
		const first, other = "proxy001", "proxy002"
		leader := start(first, false)
		check.NoError(t, leader.Bootstrap(t.Context()))
		_, err := leader.AwaitLeader(t.Context())
		check.NoError(t, err)
		_, err = leader.Propose(t.Context(), initCluster)
		check.NoError(t, err)
		next, voter := start(other, false), start("target01", true)
		var members []quorum.Member
		for _, l := range []*quorum.Log{next, voter} {
			m := quorum.Member{ID: l.RaftID(), Address: l.Address()}
			members = append(members, m)
			check.NoError(t, leader.AddVoter(t.Context(), m))
		}
		time.Sleep(time.Minute)

		check.ErrorIs(t, leader.TransferTo(t.Context(), members[1]), errs.Unavailable)
		time.Sleep(time.Minute)
		check.Equal(t, voter.IsLeader(), false)
		check.NoError(t, leader.Verify(t.Context()))

		for _, name := range []string{other, "target01"} {
			network.Cut(first, name)
			network.Cut(name, first)
		}
		time.Sleep(time.Minute)
		check.NoError(t, next.Verify(t.Context()))
		propose(t, next, cluster.CreateBucket(bucket(1), wire.DefaultProps("ais")))
		check.Equal(t, voter.Leader().ID, other)

		network.Cut(other, "target01")
		network.Cut("target01", other)
		time.Sleep(time.Hour)
		check.Equal(t, voter.IsLeader(), false)
		check.ErrorIs(t, next.Verify(t.Context()), errs.Unavailable)
	})
}
