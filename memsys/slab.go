package memsys

import "sync"

// slab is the idle buffers of one size, last in, first out.
type slab struct {
	mu     sync.Mutex
	idle   [][]byte // guarded by mu
	fewest int      // guarded by mu; least number of idle buffers since the last trim
}

// take returns an idle buffer, nil if there is none.
func (s *slab) take() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.idle) - 1
	if last < 0 {
		return nil
	}
	buffer := s.idle[last]
	s.idle[last] = nil
	s.idle = s.idle[:last]
	s.fewest = min(s.fewest, last)
	return buffer
}

// give adds an idle buffer.
func (s *slab) give(buffer []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, buffer)
}

// trim drops all idle buffers, or those not needed since the last trim, and
// returns how many.
func (s *slab) trim(all bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	drop := s.fewest
	if all {
		drop = len(s.idle)
	}
	rest := len(s.idle) - drop
	clear(s.idle[rest:])
	s.idle = s.idle[:rest]
	s.fewest = rest
	return drop
}
