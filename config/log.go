package config

import "aistore/internal/units"

// Log says how much is logged and how much of it is kept.
type Log struct {
	Level    string         `json:"level"`      // "error", "warn", "info", "debug", or a number from 0 to 5
	MaxSize  units.Size     `json:"max_size"`   // of one file, before the next is begun
	MaxTotal units.Size     `json:"max_total"`  // of all files of one severity
	Flush    units.Duration `json:"flush_time"` // lines reach the file after this at the latest; 0 means a second
	Stats    units.Duration `json:"stats_time"` // counters that have changed are logged this often
	ToStderr bool           `json:"to_stderr"`  // and not to files
}

// DefaultLog returns level 3, which is info.
func DefaultLog() Log {
	return Log{Level: "3", MaxSize: 4 * units.MiB, MaxTotal: 64 * units.MiB, Flush: minute, Stats: minute}
}

// Validate names what is wrong.
func (l Log) Validate() error {
	if err := oneOf("log.level", l.Level, logLevels()...); err != nil {
		return err
	}
	if l.MaxTotal < l.MaxSize {
		return bad("log.max_total", "%s is less than log.max_size", l.MaxTotal)
	}
	if err := sized(extent{"log.max_size", l.MaxSize, 64 * units.KiB, units.GiB}); err != nil {
		return err
	}
	return lasting(
		span{"log.flush_time", l.Flush, 0, hour},
		span{"log.stats_time", l.Stats, second, day},
	)
}
