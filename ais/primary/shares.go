package primary

import (
	"sync"

	"aistore/cluster"
)

// shares are those of jobs under way that are done. They are kept in memory
// only: targets tell a new primary again.
type shares struct {
	mu   sync.Mutex
	done map[string]map[string]string // guarded by mu; by job, then by target: its error, "" for none
}

// note takes note of a share, and reports whether the job is over with it, and
// whether all has gone well. Targets that have left the cluster are not waited for.
func (s *shares) note(state *cluster.State, j *cluster.Job, target, failure string) (over, well bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = map[string]map[string]string{}
	}
	if s.done[j.ID] == nil {
		s.done[j.ID] = map[string]string{}
	}
	s.done[j.ID][target] = failure
	over, well = true, true
	for _, id := range j.Targets {
		outcome, known := s.done[j.ID][id]
		switch {
		case known && outcome != "":
			well = false
		case !known && hasNode(state.Map, id):
			over = false
		case !known:
			well = false // it took its share with it
		}
	}
	if j.Hidden && !well {
		return true, false
	}
	return over, well
}

// keep forgets the shares of jobs that are no longer under way.
func (s *shares) keep(jobs *cluster.Jobs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.done {
		if jobs.Get(id) == nil {
			delete(s.done, id)
		}
	}
}

func hasNode(m *cluster.Map, id string) bool {
	_, found := m.Node(id)
	return found
}
