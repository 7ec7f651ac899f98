package tests

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"aistore/internal/check"
)

// timeline keeps what clients have done, and what they were told. Make it with
// newTimeline; its methods may be called from any goroutine.
type timeline struct {
	began time.Time

	mu      sync.Mutex
	history []porcupine.Operation // guarded by mu
	unknown int                   // guarded by mu
}

func newTimeline() timeline { return timeline{began: time.Now()} }

// now is the time since the timeline began.
func (l *timeline) now() time.Duration { return time.Since(l.began) }

// record adds what has ended now. What may yet happen, since nobody has told, is
// unknown.
func (l *timeline) record(client int, in, out any, called time.Duration, unknown bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	returned := l.now()
	if unknown {
		l.unknown++
		returned = time.Hour // it may come at any later time
	}
	l.history = append(l.history, porcupine.Operation{
		ClientId: client, Input: in, Call: int64(called), Output: out, Return: int64(returned),
	})
}

func (l *timeline) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.history)
}

// await returns when that much more has been done, or the test has failed.
func (l *timeline) await(t *testing.T, more int) {
	t.Helper()
	goal := l.size() + more
	check.Eventually(t, func() bool { return l.size() >= goal || t.Failed() })
}

// check fails the test if no order of all that was done explains what clients were
// told.
func (l *timeline) check(t *testing.T, model porcupine.Model) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("%d operations, %d of unknown outcome", len(l.history), l.unknown)
	result, info := porcupine.CheckOperationsVerbose(model, l.history, time.Minute)
	switch {
	case result == porcupine.Ok:
		return
	case result == porcupine.Unknown && l.unknown > 0:
		t.Log("undecided: too many operations of unknown outcome to try all orders within a minute")
		return
	}
	path := filepath.Join(os.TempDir(), "history-"+strings.ReplaceAll(t.Name(), "/", "-")+".html")
	check.NoError(t, porcupine.VisualizePath(model, info, path))
	t.Fatalf("no order explains what clients were told (%s): %s", result, path)
}

// restFor keeps a client from asking a node that is down all the time.
func restFor(ctx context.Context, length time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}
