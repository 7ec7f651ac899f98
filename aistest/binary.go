package aistest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// builder builds the program, once for all tests of a binary.
type builder struct {
	mu   sync.Mutex
	dir  string // guarded by mu; of the program; "" before it was built
	path string // guarded by mu
	err  error  // guarded by mu; why it could not be built
}

var program builder

// build returns the path of cmd/aisnode.
func (b *builder) build() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir != "" || b.err != nil {
		return b.path, b.err
	}
	if b.dir, b.err = os.MkdirTemp("", "aistest-"); b.err != nil {
		return "", b.err
	}
	b.path = filepath.Join(b.dir, "aisnode")
	command := exec.Command("go", "build", "-o", b.path, "aistore/cmd/aisnode")
	if text, err := command.CombinedOutput(); err != nil {
		b.err = fmt.Errorf("go build: %w\n%s", err, text)
	}
	return b.path, b.err
}

// remove takes the program away.
func (b *builder) remove() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir != "" {
		_ = os.RemoveAll(b.dir) // the system cleans up what is left of it
	}
}

// Program returns the path of cmd/aisnode, built.
func Program(t testing.TB) string {
	t.Helper()
	path, err := program.build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
