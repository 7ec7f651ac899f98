package quorum

import (
	"sync"

	"github.com/hashicorp/raft"
)

// Transport is what the library needs to reach other logs.
type Transport interface {
	raft.Transport
	raft.WithPreVote
	raft.WithClose
}

// witnesses is the transport of a log, and knows which logs have agreed that this
// one leads, and when they were asked. The library itself counts every answer
// that arrives, also one that was on its way before it was told to ask, and those
// of logs without a vote.
type witnesses struct {
	Transport

	mu     sync.Mutex
	asked  uint64                   // guarded by mu; questions so far
	term   uint64                   // guarded by mu; that agreed is about
	agreed map[raft.ServerID]uint64 // guarded by mu; by log, the latest question that it has said yes to
	news   chan struct{}            // guarded by mu; closed by the next answer; nil if nobody waits for it

	heartbeats sync.RWMutex // held for reading while the library takes a heartbeat
	ended      bool         // guarded by heartbeats; the library takes no more
}

// SetHeartbeatHandler says who takes heartbeats, each in a goroutine that the library
// does not wait for when it is shut down.
func (w *witnesses) SetHeartbeatHandler(take func(raft.RPC)) {
	w.Transport.SetHeartbeatHandler(func(rpc raft.RPC) {
		w.heartbeats.RLock()
		defer w.heartbeats.RUnlock()
		if w.ended {
			rpc.Respond(nil, raft.ErrRaftShutdown)
			return
		}
		take(rpc)
	})
}

// endHeartbeats waits for those that are taken, and refuses more: the files may be
// closed behind it.
func (w *witnesses) endHeartbeats() {
	w.heartbeats.Lock()
	defer w.heartbeats.Unlock()
	w.ended = true
}

// AppendEntries asks a log to take entries, or none, from this one as the leader.
func (w *witnesses) AppendEntries(id raft.ServerID, at raft.ServerAddress, ask *raft.AppendEntriesRequest, answer *raft.AppendEntriesResponse) error {
	question := w.ask()
	err := w.Transport.AppendEntries(id, at, ask, answer)
	if err == nil && answer.Success && answer.Term == ask.Term {
		w.hear(id, ask.Term, question)
	}
	return err
}

// ask returns the number of a question that is asked from now on.
func (w *witnesses) ask() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return w.asked
}

// hear takes in that a log has said yes to a question.
func (w *witnesses) hear(id raft.ServerID, term, question uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if term > w.term {
		w.term, w.agreed = term, map[raft.ServerID]uint64{}
	}
	if term < w.term {
		return
	}
	w.agreed[id] = max(w.agreed[id], question)
	if w.news != nil {
		close(w.news)
		w.news = nil
	}
}

// since tells whether a majority of the voters has agreed, each to a question
// later than the one of that number, that self leads in that term. If not, the
// next answer closes the channel.
func (w *witnesses) since(question, term uint64, self raft.ServerID, servers []raft.Server) (bool, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	voters, agree := 0, 0
	for _, s := range servers {
		if s.Suffrage != raft.Voter {
			continue
		}
		voters++
		if s.ID == self || term == w.term && w.agreed[s.ID] > question {
			agree++
		}
	}
	if agree > voters/2 {
		return true, nil
	}
	if w.news == nil {
		w.news = make(chan struct{})
	}
	return false, w.news
}
