package store

import (
	"slices"
	"sync"

	"aistore/fs"
)

// arrivals tell who reads a directory which files have come into it meanwhile.
// What the kernel says of a directory that changes is not exact: of a file that
// another one replaces it may say nothing, or both, where the new one has another
// place in the directory (tmpfs does so, ext4 does not). The zero value is ready.
type arrivals struct {
	mu      sync.RWMutex     // held shared during each rename
	watches []*arrivalsWatch // guarded by mu
}

// arrivalsWatch notes what comes into one directory.
type arrivalsWatch struct {
	of  *arrivals
	dir string

	mu      sync.Mutex
	entries []fs.Entry // guarded by mu; as many as are renamed during one reading
}

// watch begins to note what comes into dir. The caller calls end.
func (a *arrivals) watch(dir string) *arrivalsWatch {
	w := &arrivalsWatch{of: a, dir: dir}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watches = append(a.watches, w)
	return w
}

// end returns what has come since watch: no rename is under way then that began
// before.
func (w *arrivalsWatch) end() []fs.Entry {
	a := w.of
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watches = slices.DeleteFunc(a.watches, func(other *arrivalsWatch) bool { return other == w })
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.entries
}

// arrive renames a file to path, and tells those who read its directory.
func (a *arrivals) arrive(path string, rename func() error) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	err := rename()
	if err != nil || len(a.watches) == 0 {
		return err
	}
	dir := parent(path)
	for _, w := range a.watches {
		if w.dir == dir {
			w.note(fs.Entry{Name: path[len(dir)+1:], Regular: true})
		}
	}
	return nil
}

func (w *arrivalsWatch) note(e fs.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.entries = append(w.entries, e)
}
