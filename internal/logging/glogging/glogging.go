// Package glogging writes slog records through glog, whose flags, files and
// rotation users know. Only cmd/aisnode imports it: glog registers flags and
// owns its files for the whole process.
package glogging

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/golang/glog"
)

// Handler is a slog.Handler over glog: error, warn and info go to glog's
// severities, debug to info when the level lets it through. Lines are the
// message followed by key=value pairs. Use New.
type Handler struct {
	level  slog.Leveler
	prefix string // groups, each with a dot
	pairs  string // of WithAttrs, rendered, each with a space before
}

// New returns a handler that writes records of at least level; nil is info.
func New(level slog.Leveler) *Handler {
	if level == nil {
		level = slog.LevelInfo
	}
	return &Handler{level: level}
}

// SetMaxSize sets how large a log file becomes before the next is begun, in
// bytes. It is for the time before anything is logged.
func SetMaxSize(bytes int64) { glog.MaxSize = uint64(bytes) }

// Flush writes what glog has buffered. Call it before the process ends.
func Flush() { glog.Flush() }

// Enabled implements slog.Handler.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level.Level()
}

// Handle implements slog.Handler. The line carries the file and line of a
// direct call of a Logger's method.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	b.WriteString(h.pairs)
	r.Attrs(func(a slog.Attr) bool {
		appendPair(&b, h.prefix, a)
		return true
	})
	switch {
	case r.Level >= slog.LevelError:
		glog.ErrorDepth(callDepth, b.String())
	case r.Level >= slog.LevelWarn:
		glog.WarningDepth(callDepth, b.String())
	default:
		glog.InfoDepth(callDepth, b.String())
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(h.pairs)
	for _, a := range attrs {
		appendPair(&b, h.prefix, a)
	}
	return &Handler{level: h.level, prefix: h.prefix, pairs: b.String()}
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &Handler{level: h.level, prefix: h.prefix + name + ".", pairs: h.pairs}
}

// callDepth is the number of frames from Handle to the caller of slog's
// methods: Handle, (*Logger).log, (*Logger).Info.
const callDepth = 3

func appendPair(b *strings.Builder, prefix string, a slog.Attr) {
	value := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, inner := range value.Group() {
			appendPair(b, prefix, inner)
		}
		return
	}
	b.WriteByte(' ')
	b.WriteString(prefix)
	b.WriteString(a.Key)
	b.WriteByte('=')
	b.WriteString(quoted(textOf(value)))
}

func textOf(value slog.Value) string {
	if value.Kind() == slog.KindTime {
		return value.Time().Format(time.RFC3339Nano)
	}
	return value.String()
}

// quoted returns text, in quotes if it could be taken for several words or
// lines.
func quoted(text string) string {
	if text == "" || strings.ContainsAny(text, " =\"\n\r\t") || strconv.Quote(text) != `"`+text+`"` {
		return strconv.Quote(text)
	}
	return text
}
