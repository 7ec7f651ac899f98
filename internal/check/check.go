// Package check holds the five helpers that tests share. Each stops the test
// at the first difference, and must be called from the test's goroutine.
package check

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// NoError stops the test unless err is nil.
func NoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// Equal stops the test unless got and want are equal as go-cmp sees them.
func Equal[T any](t testing.TB, got, want T, options ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Fatalf("unexpected value (-want +got):\n%s", diff)
	}
}

// ErrorIs stops the test unless errors.Is(err, target), an errs.Kind included.
func ErrorIs(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("got error %v, want one that is %v", err, target)
	}
}

// Contains stops the test unless part occurs in text.
func Contains(t testing.TB, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Fatalf("%q is not in:\n%s", part, text)
	}
}

// Eventually stops the test unless condition becomes true within thirty seconds.
// It asks again and again with growing pauses, and is the only place where a
// test may wait for time to pass; inside a synctest bubble that costs nothing.
func Eventually(t testing.TB, condition func() bool) {
	t.Helper()
	const patience, longest = 30 * time.Second, 50 * time.Millisecond
	deadline := time.Now().Add(patience)
	for pause := time.Millisecond; !condition(); pause = min(2*pause, longest) {
		if time.Now().After(deadline) {
			t.Fatalf("condition still false after %v", patience)
		}
		time.Sleep(pause)
	}
}
