package cluster_test

import (
	"fmt"
	"slices"
	"strings"

	"aistore/cluster"
)

// council is the part of a script that has voters.
type council struct {
	voters   []string // the first one leads
	learners []string
	logs     map[string]cluster.Log    // by node
	slow     map[string]bool           // logs that do not catch up
	health   map[string]cluster.Health // by node
	seats    int
	prefer   string
}

func newCouncil() *council {
	return &council{
		logs: map[string]cluster.Log{}, slow: map[string]bool{}, health: map[string]cluster.Health{}, seats: 5,
	}
}

func (c *council) electorate(m *cluster.Map) cluster.Electorate {
	return cluster.Electorate{
		Map: m, Self: c.voters[0], Voters: c.voters, Learners: c.learners, Logs: c.logs,
		Health: func(id string) cluster.Health { return c.health[id] }, Seats: c.seats, Prefer: c.prefer,
	}
}

// do runs the commands about voters.
func (c *council) do(m *cluster.Map, command string, words []string) string {
	switch command {
	case "voters": // voters LOG… as the configuration of the log has them, the primary first
		c.voters, c.learners = words, nil
	case "seats":
		c.seats = int(number(words[0]))
	case "prefer":
		c.prefer = words[0]
	case "log": // log LOG… as the keepalives of their nodes say
		for _, log := range words {
			node, _, _ := strings.Cut(log, ".")
			c.logs[node] = cluster.Log{ID: log, Current: slices.Contains(c.voters, log)}
		}
	case "slow":
		for _, log := range words {
			c.slow[log] = true
		}
	case "failing":
		for _, log := range words {
			node, _, _ := strings.Cut(log, ".")
			c.logs[node] = cluster.Log{ID: log, Failing: true}
		}
	case "healthy", "suspected", "down":
		for _, id := range words {
			c.health[id] = map[string]cluster.Health{"suspected": cluster.Suspected, "down": cluster.Down}[command]
		}
	case "settle":
		return c.settle(m)
	case "may-leave":
		return fmt.Sprint(cluster.MayLeave(c.electorate(m), words[0]))
	case "successor":
		return describe(cluster.Successor(c.electorate(m)))
	default:
		return "no such command"
	}
	return ""
}

// settle takes steps until there are none, and says which.
func (c *council) settle(m *cluster.Map) string {
	var out strings.Builder
	for range 50 {
		step := cluster.NextVoter(c.electorate(m))
		if step.Step == cluster.VoterNone {
			fmt.Fprintf(&out, "voters: %s\n", strings.Join(c.voters, " "))
			return out.String()
		}
		out.WriteString(describe(step) + "\n")
		c.take(step)
	}
	return out.String() + "and so on\n"
}

// take does a step; a learner has all entries at once unless it is slow.
func (c *council) take(change cluster.VoterChange) {
	is := func(log string) bool { return log == change.Log }
	switch change.Step {
	case cluster.VoterLearn:
		c.learners = append(c.learners, change.Log)
		if !c.slow[change.Log] {
			c.logs[change.Node] = cluster.Log{ID: change.Log, Current: true}
		}
	case cluster.VoterForget:
		c.learners = slices.DeleteFunc(slices.Clone(c.learners), is)
	case cluster.VoterPromote:
		c.learners = slices.DeleteFunc(slices.Clone(c.learners), is)
		c.voters = append(slices.Clone(c.voters), change.Log)
	case cluster.VoterRemove:
		c.voters = slices.DeleteFunc(slices.Clone(c.voters), is)
	case cluster.VoterTransfer:
		c.voters = slices.DeleteFunc(slices.Clone(c.voters), is)
		c.voters = slices.Insert(c.voters, 0, change.Log)
	}
}

func describe(c cluster.VoterChange) string {
	if c.Step == cluster.VoterNone {
		return "nobody"
	}
	return fmt.Sprintf("%s %s: %s", c.Step, c.Log, c.Why)
}
