package quorum

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"aistore/internal/run"
)

// Streams opens and takes connections between the logs of a cluster. Whoever
// implements it sees to it that both ends are nodes of the cluster.
type Streams interface {
	net.Listener
	// Dial opens a connection to the log at an address.
	Dial(address string, timeout time.Duration) (net.Conn, error)
}

// Bounds of the connections between two logs. A message to a peer waits for the
// answer to the one before: with several under way the library's pipeline hangs for
// ever when a leader hears of a later term while it sends (its reader has ended, its
// writer waits for it), and then the log cannot be stopped.
const (
	idleStreams   = 3                // kept open to each peer
	streamTimeout = 10 * time.Second // for one message, more for a snapshot
	underWay      = 1                // messages to a peer that are not yet answered
)

// newTransport returns the transport of the library over streams. That of a log
// that must not lead neither asks for votes nor obeys when it is told to stand:
// the log stays a voter, and its term never moves by itself. See caretaker for
// when it may stand.
func newTransport(s Streams, stands bool, logger *raftLogger) Transport {
	t := raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream:          layer{s},
		MaxPool:         idleStreams,
		MaxRPCsInFlight: underWay,
		Timeout:         streamTimeout,
		Logger:          logger,
	})
	if stands {
		return t
	}
	f := &follower{NetworkTransport: t, asked: make(chan raft.RPC), closed: make(chan struct{})}
	f.group.Go(f.filter)
	return f
}

// layer is Streams in the types of the library.
type layer struct{ Streams }

func (l layer) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	return l.Streams.Dial(string(address), timeout)
}

// follower is the transport of a log that follows.
type follower struct {
	*raft.NetworkTransport
	asked  chan raft.RPC // closed by nobody
	closed chan struct{} // closed by Close
	stands atomic.Bool   // it may ask for votes
	once   sync.Once
	group  run.Group
}

var errFollower = errors.New("this node votes and does not stand")

// stand lets the log ask for votes, or no longer.
func (f *follower) stand(may bool) { f.stands.Store(may) }

// RequestVote asks for a vote if the log may stand.
func (f *follower) RequestVote(id raft.ServerID, at raft.ServerAddress, ask *raft.RequestVoteRequest, answer *raft.RequestVoteResponse) error {
	if !f.stands.Load() {
		return errFollower
	}
	return f.NetworkTransport.RequestVote(id, at, ask, answer)
}

// RequestPreVote asks whether a vote would be given if the log may stand.
func (f *follower) RequestPreVote(id raft.ServerID, at raft.ServerAddress, ask *raft.RequestPreVoteRequest, answer *raft.RequestPreVoteResponse) error {
	if !f.stands.Load() {
		return errFollower
	}
	return f.NetworkTransport.RequestPreVote(id, at, ask, answer)
}

// Consumer returns what other logs ask of this one, but for being told to stand,
// which it refuses.
func (f *follower) Consumer() <-chan raft.RPC { return f.asked }

// filter hands on what other logs ask, until the transport is closed.
func (f *follower) filter() {
	for {
		select {
		case <-f.closed:
			return
		case rpc := <-f.NetworkTransport.Consumer():
			if _, stand := rpc.Command.(*raft.TimeoutNowRequest); stand {
				rpc.Respond(&raft.TimeoutNowResponse{}, errFollower)
				continue
			}
			select {
			case <-f.closed:
				return
			case f.asked <- rpc:
			}
		}
	}
}

// Close closes the transport.
func (f *follower) Close() error {
	f.once.Do(func() { close(f.closed) })
	err := f.NetworkTransport.Close()
	f.group.Wait()
	return err
}
