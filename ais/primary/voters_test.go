package primary_test

import (
	"testing"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/internal/check"
)

// A log that cannot be brought up to date makes room for another.
func TestALogThatDoesNotKeepUpYieldsItsSeat(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		ids := []string{"proxy002", "proxy003", "proxy004"}
		for _, id := range ids {
			r.start(t, id)
			_, err := r.Join(t.Context(), &primary.JoinRequest{Nodes: []*wire.Node{node(id, wire.NodeProxy)}})
			check.NoError(t, err)
		}
		learners := func() (logs []string) {
			for range 4 { // seconds
				for _, id := range ids {
					_, err := r.Hear(t.Context(), &primary.Keepalive{IDs: []string{id}, Log: primary.Log{ID: id + ".log", Address: id}})
					check.NoError(t, err)
				}
				time.Sleep(time.Second)
			}
			members, err := r.log.Members()
			check.NoError(t, err)
			for _, m := range members {
				if !m.Votes {
					logs = append(logs, m.Node)
				}
			}
			return logs
		}
		check.Equal(t, learners(), []string{"proxy002", "proxy003"})
		for range 6 {
			learners()
		}
		check.Equal(t, learners(), []string{"proxy002", "proxy004"}) // there is nobody else
		check.Equal(t, learners(), []string{"proxy002", "proxy004"}) // there is nobody else
	})
}
