package jsonfile_test

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"aistore/internal/jsonfile"
)

var errPowerLost = errors.New("power lost")

// crashFS is a disk in memory that knows what was synced, and whose power can
// be cut after any operation.
type crashFS struct {
	mu      sync.Mutex
	entries map[string]*inode // guarded by mu; as running programs see it
	durable map[string]*inode // guarded by mu; what is sure after a loss of power
	pending []change          // guarded by mu; entries changed since their directory was synced
	left    int               // guarded by mu; operations until the power goes; negative is never
	full    bool              // guarded by mu; writes fail
}

type change struct {
	dir   string
	apply func(entries map[string]*inode)
}

type inode struct{ content, durable []byte }

func newCrashFS() *crashFS {
	return &crashFS{entries: map[string]*inode{}, durable: map[string]*inode{}, left: -1}
}

// step counts one operation, and fails it when the power is gone.
func (c *crashFS) step() error {
	if c.left == 0 {
		return errPowerLost
	}
	if c.left > 0 {
		c.left--
	}
	return nil
}

func (c *crashFS) OpenFile(path string, flag int) (jsonfile.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(); err != nil {
		return nil, err
	}
	node, ok := c.entries[path]
	switch {
	case !ok && flag&os.O_CREATE == 0:
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	case !ok:
		node = &inode{}
		c.change(path, func(entries map[string]*inode) { entries[path] = node })
	case flag&os.O_TRUNC != 0:
		node.content = nil
	}
	return &crashFile{disk: c, node: node}, nil
}

func (c *crashFS) Rename(oldpath, newpath string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(); err != nil {
		return err
	}
	node := c.entries[oldpath]
	c.change(newpath, func(entries map[string]*inode) {
		delete(entries, oldpath)
		entries[newpath] = node
	})
	return nil
}

func (c *crashFS) Remove(path string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(); err != nil {
		return err
	}
	c.change(path, func(entries map[string]*inode) { delete(entries, path) })
	return nil
}

func (c *crashFS) SyncDir(path string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(); err != nil {
		return err
	}
	c.pending = slices.DeleteFunc(c.pending, func(p change) bool {
		if p.dir == path {
			p.apply(c.durable)
		}
		return p.dir == path
	})
	return nil
}

func (c *crashFS) change(path string, apply func(map[string]*inode)) {
	apply(c.entries)
	c.pending = append(c.pending, change{filepath.Dir(path), apply})
}

// afterLoss returns the disk as it is when the power comes back. Of what was
// not synced, nothing remains if random is nil, else a random part.
func (c *crashFS) afterLoss(random *rand.Rand) *crashFS {
	c.mu.Lock()
	defer c.mu.Unlock()
	back := newCrashFS()
	entries := maps.Clone(c.durable)
	for _, p := range c.pending {
		if random != nil && random.IntN(2) == 0 {
			p.apply(entries)
		}
	}
	for path, node := range entries {
		content := node.durable
		if random != nil {
			content = mix(random, node.durable, node.content)
		}
		found := &inode{slices.Clone(content), slices.Clone(content)}
		back.entries[path], back.durable[path] = found, found
	}
	return back
}

// mix returns a file of which some sectors were written and some were not; one
// beyond the end of the old content may also be zero.
func mix(random *rand.Rand, old, new []byte) []byte {
	const sector = 16
	mixed := make([]byte, []int{len(old), len(new)}[random.IntN(2)])
	copy(mixed, old)
	for at := 0; at < len(mixed) && at < len(new); at += sector {
		if random.IntN(2) == 0 {
			copy(mixed[at:min(at+sector, len(mixed))], new[at:min(at+sector, len(new))])
		}
	}
	return mixed
}

type crashFile struct {
	disk   *crashFS
	node   *inode
	offset int64
}

func (f *crashFile) Read(b []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.offset >= int64(len(f.node.content)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.content[f.offset:])
	f.offset += int64(n)
	return n, nil
}

func (f *crashFile) Write(b []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step(); err != nil {
		return 0, err
	}
	if f.disk.full {
		return 0, errors.New("no space left on device")
	}
	f.node.content = append(slices.Clone(f.node.content[:f.offset]), b...)
	f.offset += int64(len(b))
	return len(b), nil
}

func (f *crashFile) Seek(offset int64, _ int) (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	f.offset = offset
	return offset, nil
}

func (f *crashFile) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step(); err != nil {
		return err
	}
	f.node.content = slices.Clone(f.node.content[:size])
	return nil
}

func (f *crashFile) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step(); err != nil {
		return err
	}
	f.node.durable = slices.Clone(f.node.content)
	return nil
}

func (f *crashFile) Close() error { return nil }
