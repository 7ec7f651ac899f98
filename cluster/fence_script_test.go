package cluster_test

import (
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
)

// fence is the part of a script that knows who has acknowledged what.
type fence struct {
	acked   map[string]int64 // version of the pending placement, by target
	expired map[string]bool  // targets without a lease
	waited  time.Duration
}

func newFence() *fence {
	return &fence{acked: map[string]int64{}, expired: map[string]bool{}, waited: time.Hour}
}

// fenced runs the commands about changes of nodes that are prepared and committed.
func (s *script) fenced(command string, words []string) string {
	switch command {
	case "join-fenced":
		return s.each(words, func(id string) cluster.Change { return cluster.PutNode(target(id)).Fenced() })
	case "remove-fenced":
		return s.each(words, func(id string) cluster.Change { return cluster.RemoveNode(id).Fenced() })
	case "flag": // flag NAME ID…
		return s.each(words[1:], func(id string) cluster.Change { return cluster.SetFlags(id, flag(words[0]), 0).Fenced() })
	case "unflag":
		return s.each(words[1:], func(id string) cluster.Change { return cluster.SetFlags(id, 0, flag(words[0])).Fenced() })
	case "ack":
		p, _ := s.state.Map.Pending()
		for _, id := range words {
			s.fence.acked[id] = p.Version()
		}
	case "expire", "renew":
		for _, id := range words {
			s.fence.expired[id] = command == "expire"
		}
	case "wait":
		d, err := time.ParseDuration(words[0])
		if err != nil {
			return err.Error()
		}
		s.fence.waited += d
	case "fence": // what the primary does about the placement
		return s.nextFence()
	}
	return ""
}

func (s *script) nextFence() string {
	pending, _ := s.state.Map.Pending()
	due, waiting := cluster.NextFence(cluster.Fence{
		Map:          s.state.Map,
		Acknowledged: func(id string) bool { return s.fence.acked[id] == pending.Version() },
		Expired:      func(id string) bool { return s.fence.expired[id] },
		Health:       func(id string) cluster.Health { return s.health[id] },
		Waited:       s.fence.waited,
		Deadline:     2 * time.Second,
		Pause:        4 * time.Second,
	})
	output := ""
	if len(waiting) > 0 {
		output = "waits for " + strings.Join(waiting, " ") + "\n"
	}
	if due.Kind == "" {
		return output + "nothing to do"
	}
	s.fence.waited = 0
	if due.Kind == cluster.ChangeCommit {
		s.fence.waited = time.Hour
	}
	return output + string(due.Kind) + "\n" + s.change(due)
}

func flag(name string) uint64 {
	return map[string]uint64{
		"maintenance": wire.NodeMaintenance, "decommission": wire.NodeDecommission,
		"down": wire.NodeDown, "non-electable": wire.NodeNonElectable,
	}[name]
}
