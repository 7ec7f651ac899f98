package store

import "sync"

// livePaths are the work and spill files that somebody is writing. They enter
// before the file is made and leave after it is gone or in place, so what a
// collector reads from a directory and then does not find here is left over.
type livePaths struct {
	mu    sync.Mutex
	paths map[string]struct{} // guarded by mu
}

func newLivePaths() *livePaths { return &livePaths{paths: make(map[string]struct{})} }

func (l *livePaths) add(path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paths[path] = struct{}{}
}

func (l *livePaths) remove(path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.paths, path)
}

func (l *livePaths) has(path string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.paths[path]
	return ok
}
