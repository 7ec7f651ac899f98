package primary

import (
	"sync"

	"aistore/cluster"
)

// wholeState is the latest state as nodes are sent it that have nothing. Where many
// begin at once, as after the start of a cluster, it is encoded once for all of
// them. It is for any number of goroutines; the zero value is empty.
type wholeState struct {
	mu      sync.Mutex     // held while one encodes, since the others want the same
	state   *cluster.State // guarded by mu; nil when nothing is kept
	encoded []byte         // guarded by mu; of state
}

// encode returns the encoding of a state, which must not be changed.
func (w *wholeState) encode(s *cluster.State) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != s {
		encoded, err := s.Encode()
		if err != nil {
			return nil, err
		}
		w.state, w.encoded = s, encoded
	}
	return w.encoded, nil
}

// forget gives the memory back, until somebody needs the whole state again.
func (w *wholeState) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state, w.encoded = nil, nil
}
