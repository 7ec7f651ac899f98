package quorum

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/hashicorp/raft"
)

// memorySnapshots keeps the latest snapshot that was written to its end. (The
// library's store in memory shows one while it is being written, and keeps what was
// broken off.)
type memorySnapshots struct {
	mu      sync.Mutex
	latest  *raft.SnapshotMeta // guarded by mu; nil when there is none
	content []byte             // guarded by mu; of latest
	made    int                // guarded by mu; snapshots ever begun
}

// Create begins a snapshot, which replaces the one before when it is closed.
func (m *memorySnapshots) Create(version raft.SnapshotVersion, index, term uint64, c raft.Configuration, at uint64, _ raft.Transport) (raft.SnapshotSink, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made++
	return &memorySink{store: m, meta: raft.SnapshotMeta{
		Version: version, ID: fmt.Sprintf("%d-%d-%d", term, index, m.made), Index: index, Term: term,
		Configuration: c, ConfigurationIndex: at,
	}}, nil
}

// List returns the latest snapshot, if there is one.
func (m *memorySnapshots) List() ([]*raft.SnapshotMeta, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.latest == nil {
		return nil, nil
	}
	meta := *m.latest
	return []*raft.SnapshotMeta{&meta}, nil
}

// Open opens the latest snapshot, if it is the one of that id.
func (m *memorySnapshots) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.latest == nil || m.latest.ID != id {
		return nil, nil, fmt.Errorf("snapshot %s: %w", id, os.ErrNotExist)
	}
	meta := *m.latest
	return &meta, io.NopCloser(bytes.NewReader(m.content)), nil
}

// memorySink is a snapshot that is being written, by one goroutine.
type memorySink struct {
	store   *memorySnapshots
	meta    raft.SnapshotMeta
	content bytes.Buffer
	over    bool // closed or cancelled
}

// ID returns the id of the snapshot.
func (s *memorySink) ID() string { return s.meta.ID }

// Write appends to the snapshot.
func (s *memorySink) Write(data []byte) (int, error) { return s.content.Write(data) }

// Close makes the snapshot the latest.
func (s *memorySink) Close() error {
	if s.over {
		return nil
	}
	s.over = true
	s.meta.Size = int64(s.content.Len())
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.latest, s.store.content = &s.meta, s.content.Bytes()
	return nil
}

// Cancel forgets the snapshot.
func (s *memorySink) Cancel() error {
	s.over = true
	return nil
}
