// Package logging sets up *slog.Logger, which parts are given; nobody uses the
// default logger. The handler that writes through glog is in glogging, for
// cmd/aisnode only.
package logging

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"aistore/errs"
)

// Options changes a logger. The zero value logs info and above, as text, to
// standard error.
type Options struct {
	Level  slog.Leveler // least level written; nil is info; a *slog.LevelVar can change while it runs
	Writer io.Writer    // nil is standard error
	Format Format
}

// Format is the form of lines.
type Format int

// The formats.
const (
	Text Format = iota // key=value
	JSON               // one object per line
)

// New returns a logger.
func New(o Options) *slog.Logger {
	if o.Level == nil {
		o.Level = slog.LevelInfo
	}
	if o.Writer == nil {
		o.Writer = os.Stderr
	}
	handler := &slog.HandlerOptions{Level: o.Level}
	if o.Format == JSON {
		return slog.New(slog.NewJSONHandler(o.Writer, handler))
	}
	return slog.New(slog.NewTextHandler(o.Writer, handler))
}

// Discard returns a logger that writes nothing and costs nothing.
func Discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Debugging tells whether log writes debug lines, to skip making costly ones.
func Debugging(ctx context.Context, log *slog.Logger) bool {
	return log.Enabled(ctx, slog.LevelDebug)
}

// ParseLevel reads a level as a word (debug, info, warn, error) or as the
// number of log.level in the configuration: 0 and 1 error, 2 warn, 3 info
// (the default, as is ""), 4 and 5 debug. Errors: Invalid.
func ParseLevel(text string) (slog.Level, error) {
	word := strings.ToLower(strings.TrimSpace(text))
	if number, err := strconv.Atoi(word); err == nil {
		return parseNumber(text, number)
	}
	switch word {
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, levelError(text)
}

func parseNumber(text string, number int) (slog.Level, error) {
	switch number {
	case 0, 1:
		return slog.LevelError, nil
	case 2:
		return slog.LevelWarn, nil
	case 3:
		return slog.LevelInfo, nil
	case 4, 5:
		return slog.LevelDebug, nil
	}
	return 0, levelError(text)
}

func levelError(text string) error {
	e := errs.E("logging.ParseLevel", strconv.Quote(text), errs.Invalid, nil)
	e.Public = "invalid log level " + strconv.Quote(text) + ": want debug, info, warn, error or 0 to 5"
	return e
}
