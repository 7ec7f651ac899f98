package quorum

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// raftLogger writes what the library logs to a slog.Logger, one level lower:
// elections and peers that do not answer are the library's daily work. What it
// says again within a while is for debugging only: it tries a peer that is down
// several times a second.
type raftLogger struct {
	to   *slog.Logger
	name string
	args []any // pairs given to With
	said *said
}

// repeatAfter is how long the same words are not logged again.
const repeatAfter = time.Minute

// said is what was logged lately, by the words, of which the library has few.
type said struct {
	mu    sync.Mutex           // held while a line is logged
	when  map[string]time.Time // guarded by mu
	ended bool                 // guarded by mu; nothing is logged any more
}

// lately notes that msg is being logged, and reports whether it was already. The
// caller holds mu.
func (s *said) lately(msg string) bool {
	now := time.Now()
	if last, ok := s.when[msg]; ok && now.Sub(last) < repeatAfter {
		return true
	}
	s.when[msg] = now
	return false
}

var _ hclog.Logger = (*raftLogger)(nil)

func newRaftLogger(to *slog.Logger) *raftLogger {
	return &raftLogger{to: to.With("part", "raft"), said: &said{when: map[string]time.Time{}}}
}

// Log logs at a level of the library.
func (l *raftLogger) Log(level hclog.Level, msg string, args ...any) {
	to := lower(level)
	if !l.to.Enabled(context.Background(), to) {
		return
	}
	l.said.mu.Lock()
	defer l.said.mu.Unlock()
	if l.said.ended {
		return
	}
	if to > slog.LevelDebug && l.said.lately(msg) {
		to = slog.LevelDebug
		if !l.to.Enabled(context.Background(), to) {
			return
		}
	}
	attrs := slices.Clone(args)
	for i, arg := range attrs {
		if format, ok := arg.(hclog.Format); ok && len(format) > 0 {
			attrs[i] = fmt.Sprintf(fmt.Sprint(format[0]), format[1:]...)
		}
	}
	l.to.Log(context.Background(), to, msg, attrs...)
}

// end waits for lines that are being logged, and has no more: the library does not
// wait for its goroutines that read from connections when it is shut down.
func (l *raftLogger) end() {
	l.said.mu.Lock()
	defer l.said.mu.Unlock()
	l.said.ended = true
}

func lower(level hclog.Level) slog.Level {
	switch level {
	case hclog.Error:
		return slog.LevelWarn
	case hclog.Warn:
		return slog.LevelInfo
	case hclog.Info:
		return slog.LevelDebug
	}
	return slog.LevelDebug - 4
}

// Trace and the others log at the level they name.
func (l *raftLogger) Trace(msg string, args ...any) { l.Log(hclog.Trace, msg, args...) }

// Debug logs, see Trace.
func (l *raftLogger) Debug(msg string, args ...any) { l.Log(hclog.Debug, msg, args...) }

// Info logs, see Trace.
func (l *raftLogger) Info(msg string, args ...any) { l.Log(hclog.Info, msg, args...) }

// Warn logs, see Trace.
func (l *raftLogger) Warn(msg string, args ...any) { l.Log(hclog.Warn, msg, args...) }

// Error logs, see Trace.
func (l *raftLogger) Error(msg string, args ...any) { l.Log(hclog.Error, msg, args...) }

// IsTrace and the others tell whether the level they name is logged.
func (l *raftLogger) IsTrace() bool { return l.is(hclog.Trace) }

// IsDebug tells, see IsTrace.
func (l *raftLogger) IsDebug() bool { return l.is(hclog.Debug) }

// IsInfo tells, see IsTrace.
func (l *raftLogger) IsInfo() bool { return l.is(hclog.Info) }

// IsWarn tells, see IsTrace.
func (l *raftLogger) IsWarn() bool { return l.is(hclog.Warn) }

// IsError tells, see IsTrace.
func (l *raftLogger) IsError() bool { return l.is(hclog.Error) }

func (l *raftLogger) is(level hclog.Level) bool {
	return l.to.Enabled(context.Background(), lower(level))
}

// With returns a logger that adds args to every line.
func (l *raftLogger) With(args ...any) hclog.Logger {
	return &raftLogger{to: l.to.With(args...), name: l.name, args: append(slices.Clone(l.args), args...), said: l.said}
}

// ImpliedArgs returns what With was given.
func (l *raftLogger) ImpliedArgs() []any { return l.args }

// Name returns the name given to Named.
func (l *raftLogger) Name() string { return l.name }

// Named returns the logger under another name, which is not logged.
func (l *raftLogger) Named(name string) hclog.Logger { return l.ResetNamed(name) }

// ResetNamed does as Named.
func (l *raftLogger) ResetNamed(name string) hclog.Logger {
	return &raftLogger{to: l.to, name: name, args: l.args, said: l.said}
}

// SetLevel does nothing: the handler of the slog.Logger decides.
func (l *raftLogger) SetLevel(hclog.Level) {}

// GetLevel returns hclog.NoLevel.
func (l *raftLogger) GetLevel() hclog.Level { return hclog.NoLevel }

// StandardLogger returns a logger for parts of the library that know no levels.
func (l *raftLogger) StandardLogger(*hclog.StandardLoggerOptions) *log.Logger {
	return slog.NewLogLogger(l.to.Handler(), slog.LevelDebug)
}

// StandardWriter returns the writer of StandardLogger.
func (l *raftLogger) StandardWriter(o *hclog.StandardLoggerOptions) io.Writer {
	return l.StandardLogger(o).Writer()
}
