package quorum_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"aistore/cluster/quorum"
	"aistore/internal/check"
	"aistore/internal/run"
)

// Messages to a peer are answered one by one, see the bounds of the transport.
func TestTheTransportHasNoPipeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, "proxy001", "target001")
		for id, l := range n.logs {
			_, err := l.Transport().AppendEntriesPipeline("proxy002", "proxy002:80")
			check.ErrorIs(t, err, raft.ErrPipelineReplicationNotSupported)
			check.Equal(t, l.Address(), id+":80")
		}
	})
}

// handled is a transport that keeps who takes heartbeats.
type handled struct {
	quorum.Transport
	take func(raft.RPC)
}

func (h *handled) SetHeartbeatHandler(take func(raft.RPC)) { h.take = take }

// A heartbeat that the library has begun to take ends before the files are closed, and
// none begins behind that.
func TestHeartbeatsEnd(t *testing.T) {
	h := &handled{}
	asking, end := quorum.Heartbeats(h)
	taken, begun, goOn, ended := 0, make(chan bool), make(chan bool), make(chan bool)
	asking.SetHeartbeatHandler(func(raft.RPC) {
		close(begun)
		<-goOn
		taken++
	})
	answers := make(chan raft.RPCResponse, 1)
	var group run.Group
	defer group.Wait()
	group.Go(func() { h.take(raft.RPC{RespChan: answers}) })
	<-begun
	group.Go(func() {
		end()
		close(ended)
	})
	select {
	case <-ended:
		t.Error("a heartbeat was not waited for")
	case <-time.After(10 * time.Millisecond): // what ends at once has ended
	}
	close(goOn)
	<-ended
	h.take(raft.RPC{RespChan: answers})
	check.ErrorIs(t, (<-answers).Error, raft.ErrRaftShutdown)
	check.Equal(t, taken, 1)
}

// Goroutines of the library that outlive it say nothing behind its end.
func TestALogThatHasStoppedLogsNothing(t *testing.T) {
	var lines bytes.Buffer
	l := open(t, quorum.Options{ID: "proxy001", Log: slog.New(slog.NewTextHandler(&lines, nil))})
	logger := l.RaftLogger().Named("transport").With("peer", 1)
	logger.Error("before")
	check.Contains(t, lines.String(), "before")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	check.NoError(t, l.Run(ctx))
	logger.Error("behind")
	l.RaftLogger().Error("behind, too")
	check.Equal(t, strings.Contains(lines.String(), "behind"), false)
}
