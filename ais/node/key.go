package node

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"aistore/errs"
)

// keyBytes is the length of a cluster key.
const keyBytes = 32

// Key is the cluster key: it signs redirects and requests between nodes. It lies
// in a file that only its owner can read, and reaches a node when it joins. All
// methods may be called from any goroutine.
type Key struct {
	path  string
	value atomic.Pointer[[]byte]
}

// OpenKey reads the key of a configuration directory. A node that has not joined
// yet has an empty one.
func OpenKey(confDir string) (*Key, error) {
	k := &Key{path: filepath.Join(confDir, "cluster.key")}
	value, err := os.ReadFile(k.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errs.E("node.OpenKey", k.path, errs.Internal, err)
	}
	if len(value) != 0 && len(value) != keyBytes {
		return nil, errs.E("node.OpenKey", k.path, errs.Corrupt, errors.New("not a cluster key: remove the file to receive it anew at the next join"))
	}
	k.value.Store(&value)
	return k, nil
}

// Bytes returns the key, empty before the first join.
func (k *Key) Bytes() []byte { return *k.value.Load() }

// Create makes a new key, for a new cluster.
func (k *Key) Create() error {
	value := make([]byte, keyBytes)
	rand.Read(value)
	return k.Set(value)
}

// Set stores the key received from the cluster. After a crash the file holds the
// old key or the new one.
func (k *Key) Set(value []byte) error {
	if len(value) != keyBytes {
		return errs.E("node.Key", k.path, errs.Invalid, errors.New("the cluster key has a wrong length"))
	}
	if string(k.Bytes()) == string(value) {
		return nil
	}
	if err := writeSecret(k.path, value); err != nil {
		return errs.E("node.Key", k.path, errs.Internal, err)
	}
	k.value.Store(&value)
	return nil
}

// writeSecret replaces a file that only its owner can read, durably.
func writeSecret(path string, value []byte) error {
	work := path + ".new"
	f, err := os.OpenFile(work, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = f.Chmod(0o600) // a file left by an earlier attempt keeps its own mode
	if err == nil {
		_, err = f.Write(value)
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(work, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
