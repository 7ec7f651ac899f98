package check_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"

	"aistore/internal/check"
)

// recorder is a testing.TB that remembers whether it was stopped.
type recorder struct {
	testing.TB
	message string
}

func (*recorder) Helper() {}

func (r *recorder) Fatalf(format string, arguments ...any) {
	r.message = fmt.Sprintf(format, arguments...)
	runtime.Goexit()
}

// messageOf returns what fn stopped its test with, "" if it did not.
func messageOf(fn func(t testing.TB)) string {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn(r)
	}()
	<-done
	return r.message
}

func TestHelpersStopOnlyWhereTheyShould(t *testing.T) {
	gone := errors.New("gone")
	tests := []struct {
		name    string
		fn      func(t testing.TB)
		message string // a part of it
	}{
		{"no error", func(t testing.TB) { check.NoError(t, nil) }, ""},
		{"an error", func(t testing.TB) { check.NoError(t, gone) }, "unexpected error: gone"},
		{"equal", func(t testing.TB) { check.Equal(t, []int{1}, []int{1}) }, ""},
		{"unequal", func(t testing.TB) { check.Equal(t, []int{1}, []int{2}) }, "-want +got"},
		{"the error", func(t testing.TB) { check.ErrorIs(t, fmt.Errorf("x: %w", gone), gone) }, ""},
		{"another error", func(t testing.TB) { check.ErrorIs(t, errors.New("x"), gone) }, "got error x, want one that is gone"},
		{"a part", func(t testing.TB) { check.Contains(t, "abc", "b") }, ""},
		{"no part", func(t testing.TB) { check.Contains(t, "abc", "d") }, `"d" is not in`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			message := messageOf(test.fn)
			check.Equal(t, message == "", test.message == "")
			check.Contains(t, message, test.message)
		})
	}
}

func TestEventuallyAsksAgainAndGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		check.Eventually(t, func() bool { asked++; return asked == 20 })
		check.Equal(t, asked, 20)
		message := messageOf(func(t testing.TB) { check.Eventually(t, func() bool { return false }) })
		check.Contains(t, message, "still false after 30s")
	})
}
