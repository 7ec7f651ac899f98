package logging_test

import (
	"bytes"
	"log/slog"
	"testing"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/logging"
)

func TestParseLevel(t *testing.T) {
	for text, want := range map[string]slog.Level{
		"": slog.LevelInfo, "debug": slog.LevelDebug, " Info ": slog.LevelInfo, "warn": slog.LevelWarn, "WARNING": slog.LevelWarn,
		"error": slog.LevelError, "0": slog.LevelError, "1": slog.LevelError, "2": slog.LevelWarn, "3": slog.LevelInfo,
		"4": slog.LevelDebug, "5": slog.LevelDebug,
	} {
		got, err := logging.ParseLevel(text)
		check.NoError(t, err)
		check.Equal(t, got, want)
	}
	for _, text := range []string{"6", "-1", "loud", "3.5"} {
		_, err := logging.ParseLevel(text)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestLevelCanChangeWhileItRuns(t *testing.T) {
	var out bytes.Buffer
	level := new(slog.LevelVar)
	log := logging.New(logging.Options{Level: level, Writer: &out, Format: logging.JSON})
	log.Debug("unseen")
	check.Equal(t, logging.Debugging(t.Context(), log), false)
	level.Set(slog.LevelDebug)
	log.Debug("seen", "bucket", "ais://b")
	check.Equal(t, logging.Debugging(t.Context(), log), true)
	check.Contains(t, out.String(), `"level":"DEBUG","msg":"seen","bucket":"ais://b"}`)
	check.Equal(t, bytes.Count(out.Bytes(), []byte("\n")), 1)
}

func TestTextAndNothing(t *testing.T) {
	var out bytes.Buffer
	logging.New(logging.Options{Writer: &out}).Info("started", "node", "t1")
	check.Contains(t, out.String(), "level=INFO msg=started node=t1\n")
	logging.Discard().Error("nobody hears")
	check.Equal(t, logging.Debugging(t.Context(), logging.Discard()), false)
}
