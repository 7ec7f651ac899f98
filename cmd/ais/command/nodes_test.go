package command_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/internal/transcript"
)

// TestTranscriptsOnACluster runs the transcripts that need jobs, disks and all
// else that only nodes have. Ids of jobs, times and paths differ from run to run.
// They run one after the other: nodes that are starved of processors are silent, and
// nobody waits for them.
func TestTranscriptsOnACluster(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"jobs", "listings", "shards", "storage"} {
		t.Run(script, func(t *testing.T) {
			c := aistest.Start(t, aistest.Options{Targets: 2})
			s := &session{t: t, dir: t.TempDir(), env: map[string]string{"AIS_ENDPOINT": c.URL()}, patience: 50 * time.Millisecond}
			transcript.Run(t, "testdata/nodes/"+script+".txt", func(name string, words []string) string {
				if name == "settle" { // KIND: until no such job runs
					s.run(t.Context(), "job", "wait", words[0])
					return ""
				}
				out := steady(s.do(name, words))
				if strings.Contains(out, " created\n") {
					awaitBuckets(t, c)
				}
				if script == "storage" {
					out = roomless(out)
				}
				return out
			})
		})
	}
}

// awaitBuckets returns when all nodes know the same buckets: one that was silent
// while a bucket was made may hear of it a moment later.
func awaitBuckets(t *testing.T, c *aistest.Cluster) {
	c.Await("every node knows the buckets", func() error {
		latest, err := c.Client().BMD(t.Context())
		if err != nil {
			return err
		}
		for _, n := range c.Nodes() {
			var own wire.BMD
			if err := c.Client().NodeQuery(t.Context(), n.ID(), wire.WhatBMD, &own); err != nil {
				return err
			}
			if own.Version != latest.Version {
				return fmt.Errorf("%s has version %d of %d", n.ID(), own.Version, latest.Version)
			}
		}
		return nil
	})
}

// steady replaces what differs between runs of a cluster.
func steady(out string) string {
	for _, r := range []struct{ pattern, is string }{
		{`\b(tco-)?[A-Z2-7]{10}\b`, "JOB"},
		{`(\S) {3,}`, "$1  "},
		{`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, "TIME"},
		{` +[0-9.]+[KMGT]?i?B/s +`, "  RATE  "},
		{`done in [0-9.]+[a-zµ]+`, "done in SPAN"},
	} {
		out = regexp.MustCompile(r.pattern).ReplaceAllString(out, r.is)
	}
	return out
}

// roomless replaces where the mountpaths are and how much room they have.
func roomless(out string) string {
	for _, r := range []struct{ pattern, is string }{
		{`/\S+/(target\d+)/\d+/`, "/$1/"},
		{` +[0-9.]+[KMGT]iB`, "  SIZE"},
		{` +[0-9]+%`, "  USE"},
	} {
		out = regexp.MustCompile(r.pattern).ReplaceAllString(out, r.is)
	}
	return out
}
