package glogging_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"aistore/internal/check"
	"aistore/internal/logging/glogging"
)

// stderrOf returns what glog writes to standard error during fn.
func stderrOf(t *testing.T, fn func()) string {
	t.Helper()
	check.NoError(t, flag.Set("logtostderr", "true"))
	r, w, err := os.Pipe()
	check.NoError(t, err)
	before := os.Stderr
	os.Stderr = w
	defer func() { os.Stderr = before }()
	fn()
	glogging.Flush()
	check.NoError(t, w.Close())
	out, err := io.ReadAll(r)
	check.NoError(t, err)
	return string(out)
}

func TestLinesGoThroughGlog(t *testing.T) { // not parallel: glog is one per process
	level := new(slog.LevelVar)
	log := slog.New(glogging.New(level)).With("node", "t1")
	out := stderrOf(t, func() {
		log.Debug("unseen")
		log.Info("object stored", "bucket", "ais://b", "took", 2*time.Second, slog.Group("size", "bytes", 3))
		log.Warn("slow disk", "err", errors.New("two words"), "empty", "")
		log.WithGroup("reb").With("id", 7).Error("stopped", "at", time.Unix(0, 0).UTC())
		level.Set(slog.LevelDebug)
		log.WithGroup("").Debug("seen")
	})
	lines := strings.Split(strings.TrimSpace(out), "\n")
	check.Equal(t, len(lines), 4)
	for i, want := range []struct{ severity, text string }{
		{"I", "] object stored node=t1 bucket=ais://b took=2s size.bytes=3"},
		{"W", `] slow disk node=t1 err="two words" empty=""`},
		{"E", "] stopped node=t1 reb.id=7 reb.at=1970-01-01T00:00:00Z"},
		{"I", "] seen node=t1"},
	} {
		check.Equal(t, lines[i][:1], want.severity)
		check.Contains(t, lines[i]+"\n", want.text+"\n")
		check.Contains(t, lines[i], "glogging_test.go:") // the place that logged, not the handler
	}
}

func TestEnabled(t *testing.T) {
	h := glogging.New(nil)
	check.Equal(t, h.Enabled(context.Background(), slog.LevelDebug), false)
	check.Equal(t, h.Enabled(context.Background(), slog.LevelInfo), true)
}
