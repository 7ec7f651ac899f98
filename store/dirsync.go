package store

import "sync"

// dirSyncs shares syncs of directories: who asks while a directory is being
// synced waits for the next round, together with all others who asked
// meanwhile. The zero value is ready.
type dirSyncs struct {
	mu     sync.Mutex
	rounds map[string]*syncRound // guarded by mu; the round under way of each directory
}

// syncRound is one sync of one directory. next is guarded by dirSyncs.mu; err
// is set before done is closed.
type syncRound struct {
	done chan struct{} // closed by the leader when the sync is over
	next *syncRound    // of those who came too late for this one
	err  error
}

// sync makes the present entries of dir durable, by calling do for dir.
func (s *dirSyncs) sync(dir string, do func(dir string) error) error {
	s.mu.Lock()
	current := s.rounds[dir]
	if current != nil && current.next != nil {
		joined := current.next
		s.mu.Unlock()
		<-joined.done
		return joined.err
	}
	round := &syncRound{done: make(chan struct{})}
	if current != nil {
		current.next = round
		s.mu.Unlock()
		<-current.done
	} else {
		if s.rounds == nil {
			s.rounds = make(map[string]*syncRound)
		}
		s.rounds[dir] = round
		s.mu.Unlock()
	}
	round.err = do(dir)
	s.finish(dir, round)
	return round.err
}

// finish hands over to the next round, which became the one under way.
func (s *dirSyncs) finish(dir string, round *syncRound) {
	s.mu.Lock()
	if round.next != nil {
		s.rounds[dir] = round.next
	} else {
		delete(s.rounds, dir)
	}
	s.mu.Unlock()
	close(round.done)
}
