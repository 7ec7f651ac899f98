package quorum

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"aistore/errs"
	"aistore/internal/jsonfile"
)

const (
	// lockTimeout is how long to wait for another process to let go of the log.
	lockTimeout = time.Second
	// cachedEntries is how many of the latest entries are kept in memory for
	// voters that follow closely.
	cachedEntries = 256
)

// storage is where the library keeps its things.
type storage struct {
	identity  identity
	entries   raft.LogStore
	stable    raft.StableStore
	snapshots raft.SnapshotStore
	close     func() error
}

// openStorage opens what o names, or begins it with a new incarnation.
func openStorage(o Options) (storage, error) {
	if o.Memory != nil {
		return o.Memory.open(o.Dir, o.ID)
	}
	return diskStorage(o.Dir, o.ID, o.raftLog)
}

// diskStorage opens the log in dir, or begins one of a new incarnation.
func diskStorage(dir, node string, logger *raftLogger) (storage, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return storage{}, err
	}
	snapshots, err := raft.NewFileSnapshotStoreWithLogger(dir, snapshotsKept, logger)
	if err != nil {
		return storage{}, err
	}
	store, err := openStore(dir)
	if err != nil {
		return storage{}, err
	}
	s := storage{stable: store, snapshots: snapshots, close: store.Close}
	if s.entries, err = raft.NewLogCache(cachedEntries, store); err != nil {
		return storage{}, errors.Join(err, store.Close())
	}
	lost, err := s.lost()
	if err != nil {
		return storage{}, errors.Join(err, store.Close())
	}
	if lost {
		if err := store.Close(); err != nil {
			return storage{}, err
		}
		return s.begin(dir, node)
	}
	s.identity, err = loadIdentity(dir, node)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return storage{}, errors.Join(err, store.Close())
	}
	return s, nil
}

// check tells whether the latest snapshot can be read and the entries continue
// it. The library would look for an older snapshot, and panic where entries are
// missing.
func (s storage) check() error {
	snapshots, err := s.snapshots.List()
	if err != nil {
		return err
	}
	included := uint64(0)
	if len(snapshots) > 0 {
		meta, content, err := s.snapshots.Open(snapshots[0].ID)
		if err != nil {
			return errs.E("", "snapshot "+snapshots[0].ID, errs.Corrupt, err)
		}
		if err := content.Close(); err != nil {
			return err
		}
		included = meta.Index
	}
	first, err := s.entries.FirstIndex()
	if err != nil {
		return err
	}
	if first > included+1 {
		return errs.E("", "", errs.Corrupt, fmt.Errorf("the entries %d to %d are missing", included+1, first-1))
	}
	return nil
}

// lost tells whether there is nothing, or nothing but snapshots: then the entries
// after them may be gone, and the votes, and so this is another log by now.
func (s storage) lost() (bool, error) {
	empty, err := s.empty()
	if err != nil || empty {
		return empty, err
	}
	term, err := s.stable.GetUint64([]byte(currentTerm))
	if errors.Is(err, raftboltdb.ErrKeyNotFound) {
		err = nil
	}
	return term == 0, err
}

// begin makes a log without entries new: what it may have voted for is
// forgotten, and so is the id it voted under.
func (s storage) begin(dir, node string) (storage, error) {
	if err := os.Remove(storePath(dir)); err != nil {
		return storage{}, err
	}
	s.identity = newIdentity(node)
	if err := s.identity.save(dir); err != nil {
		return storage{}, err
	}
	store, err := openStore(dir)
	if err != nil {
		return storage{}, err
	}
	s.stable, s.close = store, store.Close
	if s.entries, err = raft.NewLogCache(cachedEntries, store); err != nil {
		return storage{}, errors.Join(err, store.Close())
	}
	return s, nil
}

// openStore opens raft.db and makes its name durable.
func openStore(dir string) (*raftboltdb.BoltStore, error) {
	store, err := raftboltdb.New(raftboltdb.Options{
		Path:        storePath(dir),
		BoltOptions: &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType},
	})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, errs.E("", storePath(dir), errs.Busy, errors.New("another process has the log open"))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", storePath(dir), err)
	}
	if err := (jsonfile.OS{}).SyncDir(dir); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// empty tells whether there is neither an entry nor a snapshot.
func (s storage) empty() (bool, error) {
	last, err := s.entries.LastIndex()
	if err != nil || last > 0 {
		return false, err
	}
	snapshots, err := s.snapshots.List()
	return len(snapshots) == 0, err
}

func storePath(dir string) string { return filepath.Join(dir, "raft.db") }
