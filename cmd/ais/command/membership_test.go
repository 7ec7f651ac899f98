package command_test

import (
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/internal/transcript"
)

// TestMembershipOnACluster runs a transcript against real nodes.
func TestMembershipOnACluster(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	c.AwaitVoters(5)
	byID := map[string]*aistest.Node{}
	for _, n := range c.Nodes() {
		byID[n.ID()] = n
	}
	some := func(ids []string) []*aistest.Node {
		var nodes []*aistest.Node
		for _, id := range ids {
			nodes = append(nodes, byID[id])
		}
		return nodes
	}
	uuid := c.Map(c.Proxy(1)).UUID
	s := &session{t: t, dir: t.TempDir(), env: map[string]string{"AIS_ENDPOINT": c.Proxy(1).URL()}, patience: 50 * time.Millisecond}
	transcript.Run(t, "testdata/nodes/membership.txt", func(name string, words []string) string {
		switch name {
		case "ended":
			c.AwaitEnd(some(words)...)
		case "restart":
			c.Restart(some(words)...)
		case "join": // NODE [OPTION...]
			at := strings.TrimPrefix(byID[words[0]].URL(), "http://")
			return s.run(t.Context(), append([]string{"cluster", "add-remove-nodes", "join", at}, words[1:]...)...)
		default:
			return strings.ReplaceAll(s.do(name, words), uuid, "UUID")
		}
		return ""
	})
}
