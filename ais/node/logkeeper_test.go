package node_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/node"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
)

// keeping runs the keeper of the log of a node in a bubble, which has changed
// settings, and returns what stops it.
func keeping(t *testing.T, c *node.Core) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	group.Go(func() {
		if err := node.NewLogKeeper(c).Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}

func TestLogIsFlushedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		flushed := 0
		o := inMemory(memnet.New(), "node")
		o.FlushLog = func() { flushed++ }
		c := open(t, file(t, config.RoleTarget), o)
		stop := keeping(t, c)
		defer stop()
		time.Sleep(5*time.Minute + time.Second)
		synctest.Wait()
		check.Equal(t, flushed, 5)
		_, err := c.Settings.Set(map[string]string{"log.flush_time": "10s"})
		check.NoError(t, err)
		time.Sleep(time.Minute)
		synctest.Wait()
		check.Equal(t, flushed, 11)
	})
}

func TestCountersThatChangedAreLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		o := inMemory(memnet.New(), "node")
		o.Log = slog.New(slog.NewTextHandler(&text, nil))
		c := open(t, file(t, config.RoleTarget), o)
		one, other := c.Scope.Counter("one_total", "one"), c.Scope.Counter("other_total", "other")
		one.Add(5)
		stop := keeping(t, c)
		synctest.Wait()
		one.Add(2)
		time.Sleep(61 * time.Second)
		_, err := c.Settings.Set(map[string]string{"log.stats_time": "10s"})
		check.NoError(t, err)
		other.Inc()
		time.Sleep(30 * time.Second)
		stop()
		var lines []string
		for line := range strings.Lines(text.String()) {
			if _, counters, ok := strings.Cut(line, "msg=counters "); ok {
				lines = append(lines, strings.TrimSpace(counters))
			}
		}
		check.Equal(t, lines, []string{"ais_target_one_total=+2", "ais_target_other_total=+1"})
	})
}

func TestOldLogsAreRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := file(t, config.RoleTarget)
		f.LogDir = t.TempDir()
		age := time.Now()
		write := func(name string, size int) {
			age = age.Add(time.Second)
			path := filepath.Join(f.LogDir, name)
			check.NoError(t, os.WriteFile(path, make([]byte, size), 0o600))
			check.NoError(t, os.Chtimes(path, age, age))
		}
		for i := range 5 {
			write(fmt.Sprintf("aisnode.host.user.log.INFO.20260102-00000%d.99", i), 4<<20)
		}
		write("aisnode.host.user.log.ERROR.20260102-000000.99", 12<<20) // the only one
		write("notes.txt", 20<<20)
		write("other.host.user.log.INFO.20260102-000000.99", 20<<20)
		c := open(t, f, inMemory(memnet.New(), "node"))
		_, err := c.Settings.Set(map[string]string{"log.max_total": "9MiB"})
		check.NoError(t, err)
		stop := keeping(t, c)
		defer stop()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		entries, err := os.ReadDir(f.LogDir)
		check.NoError(t, err)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		check.Equal(t, names, []string{
			"aisnode.host.user.log.ERROR.20260102-000000.99",
			"aisnode.host.user.log.INFO.20260102-000003.99",
			"aisnode.host.user.log.INFO.20260102-000004.99",
			"notes.txt",
			"other.host.user.log.INFO.20260102-000000.99",
		})
	})
}
