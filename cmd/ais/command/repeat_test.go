package command_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"aistore/api/apitest"
	"aistore/api/wire"
	"aistore/internal/check"
)

// A cluster is watched until the watcher has seen enough, also through failures.
func TestWatchGoesOnThroughFailures(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	asked := 0
	s.cluster.Intercept(func(r apitest.Request) bool {
		if r.R.URL.Query().Get(wire.QueryWhat) != wire.WhatBMD {
			return false
		}
		switch asked++; asked {
		case 2:
			http.Error(r.W, "a hiccup", http.StatusConflict)
			return true
		case 4:
			stop()
		}
		return false
	})
	out := s.run(ctx, "show", "cluster", "bmd", "--refresh", "1ms")
	check.Equal(t, strings.Count(out, "bucket metadata version"), 2)
	check.Equal(t, strings.Count(out, "a hiccup"), 1)
	check.Equal(t, strings.Contains(out, "exit"), false)
}
