package node

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"aistore/config"
)

// LogKeeper is the part that keeps the log of a node as its configuration says:
// it writes what is buffered, removes old files, and logs counters.
type LogKeeper struct {
	core    *Core
	counted map[string]int64 // when counters were logged last
}

// NewLogKeeper makes the part.
func NewLogKeeper(c *Core) *LogKeeper { return &LogKeeper{core: c} }

// lookEvery is how often the keeper looks what is due.
const lookEvery = time.Second

// Run keeps the log until ctx ends.
func (k *LogKeeper) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	now := time.Now()
	flushed, counted := now, now
	k.counted = k.counters()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now = <-tick.C:
		}
		cfg := k.core.Cluster.Get().Log
		if now.Sub(flushed) >= cfg.Flush.Std() {
			flushed = now
			k.flush(cfg)
		}
		if now.Sub(counted) >= cfg.Stats.Std() {
			counted = now
			k.count()
		}
	}
}

// flush writes what is buffered, and removes old files.
func (k *LogKeeper) flush(cfg config.Log) {
	if k.core.Options.FlushLog != nil {
		k.core.Options.FlushLog()
	}
	if dir := k.core.Config.LogDir; dir != "" {
		if err := pruneLogs(dir, int64(cfg.MaxTotal)); err != nil {
			k.core.Log.Warn("old log files remain", "dir", dir, "err", err)
		}
	}
}

// count logs the counters that have changed since the last time, and by how
// much.
func (k *LogKeeper) count() {
	before, now := k.counted, k.counters()
	k.counted = now
	var changed []string
	for name, value := range now {
		if value != before[name] {
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 {
		return
	}
	slices.Sort(changed)
	attributes := make([]any, 0, len(changed))
	for _, name := range changed {
		attributes = append(attributes, slog.String(name, "+"+strconv.FormatInt(now[name]-before[name], 10)))
	}
	k.core.Log.Info("counters", attributes...)
}

// counters are the counters of the node by name.
func (k *LogKeeper) counters() map[string]int64 {
	all, kinds := k.core.Metrics.Snapshot(), k.core.Metrics.Kinds()
	counters := map[string]int64{}
	for name, value := range all {
		if kinds[name] == "counter" {
			counters[name] = value
		}
	}
	return counters
}

// pruneLogs removes the oldest log files of each severity beyond most bytes, but
// never the newest.
func pruneLogs(dir string, most int64) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	files := map[string][]os.FileInfo{} // by severity
	for _, entry := range entries {
		severity, ok := severityOf(entry.Name())
		if !ok || !entry.Type().IsRegular() {
			continue
		}
		if info, err := entry.Info(); err == nil { // else it is gone
			files[severity] = append(files[severity], info)
		}
	}
	for _, list := range files {
		slices.SortFunc(list, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
		total := int64(0)
		for i, info := range list {
			if total += info.Size(); i > 0 && total > most {
				if err := os.Remove(filepath.Join(dir, info.Name())); err != nil && !os.IsNotExist(err) {
					return err
				}
			}
		}
	}
	return nil
}

// severityOf returns the severity of a log file, by its name:
// program.host.user.log.SEVERITY.date-time.pid.
func severityOf(name string) (string, bool) {
	parts := strings.Split(name, ".")
	n := len(parts)
	if n < 6 || parts[0] != "aisnode" || parts[n-4] != "log" {
		return "", false
	}
	return parts[n-3], true
}
