package quorum

import (
	"errors"
	"os"
	"sync"

	"github.com/hashicorp/raft"
)

// Memory keeps logs in memory, each in place of what would be in its directory.
// It outlives them: a log that is opened again finds all that it had stored, as on a
// disk that keeps every write. A log whose directory was removed meanwhile is
// lost. It is for clusters in virtual time, whose metadata would be all that
// waits for a disk. The zero value is empty; it is for any number of goroutines.
type Memory struct {
	mu   sync.Mutex
	logs map[string]storage // guarded by mu; by directory
}

// open returns the log that was kept for dir, or begins one of a new incarnation. dir
// is only a sign that the log was not lost; "" needs none.
func (m *Memory) open(dir, node string) (storage, error) {
	if dir != "" {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			m.forget(dir)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return storage{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, kept := m.logs[dir]; kept {
		if empty, err := s.empty(); err != nil || !empty {
			return s, err
		}
	}
	store := raft.NewInmemStore()
	s := storage{newIdentity(node), store, store, &memorySnapshots{}, func() error { return nil }}
	if m.logs == nil {
		m.logs = map[string]storage{}
	}
	m.logs[dir] = s
	return s, nil
}

// forget loses the log that was kept for dir.
func (m *Memory) forget(dir string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.logs, dir)
}
