package quorum_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"

	"aistore/cluster/quorum"
	"aistore/internal/check"
)

// A directory that is gone takes with it the log that is kept in its place, and
// what it has voted for.
func TestMemoryForgetsWhatWasRemoved(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	kept := quorum.Options{Dir: dir, Memory: &quorum.Memory{}}
	l, stop := lead(t, kept)
	id := l.RaftID()
	stop()
	check.NoError(t, os.RemoveAll(dir))
	l = open(t, kept)
	empty, err := l.Empty()
	check.NoError(t, err)
	check.Equal(t, empty, true)
	if l.RaftID() == id {
		t.Error("a log that was lost can vote again")
	}
	check.NoError(t, l.Close())
}

// The logs of one memory know nothing of each other.
func TestMemoryKeepsLogsApart(t *testing.T) {
	t.Parallel()
	memory, dir := &quorum.Memory{}, t.TempDir()
	_, stop := lead(t, quorum.Options{Dir: filepath.Join(dir, "a"), Memory: memory})
	stop()
	l := open(t, quorum.Options{ID: "proxy002", Dir: filepath.Join(dir, "b"), Memory: memory})
	empty, err := l.Empty()
	check.NoError(t, err)
	check.Equal(t, empty, true)
	check.NoError(t, l.Close())
}

// A snapshot in memory is there once it is closed, and not if it was broken off.
func TestMemorySnapshotsAreWhole(t *testing.T) {
	t.Parallel()
	s := quorum.NewMemorySnapshots()
	begin := func(index uint64, content string) raft.SnapshotSink {
		sink, err := s.Create(raft.SnapshotVersionMax, index, 1, raft.Configuration{}, index, nil)
		check.NoError(t, err)
		_, err = io.WriteString(sink, content)
		check.NoError(t, err)
		return sink
	}
	latest := func() string {
		list, err := s.List()
		check.NoError(t, err)
		if len(list) == 0 {
			return ""
		}
		meta, r, err := s.Open(list[0].ID)
		check.NoError(t, err)
		content, err := io.ReadAll(r)
		check.NoError(t, err)
		check.Equal(t, meta.Size, int64(len(content)))
		check.NoError(t, r.Close())
		return string(content)
	}
	first := begin(10, "first")
	check.Equal(t, latest(), "")
	check.NoError(t, first.Close())
	check.Equal(t, latest(), "first")
	second := begin(20, "second")
	check.Equal(t, latest(), "first")
	check.NoError(t, second.Cancel())
	check.NoError(t, second.Close())
	check.Equal(t, latest(), "first")
	check.NoError(t, begin(20, "third").Close())
	check.Equal(t, latest(), "third")
	_, _, err := s.Open(first.ID())
	check.ErrorIs(t, err, os.ErrNotExist)
}
