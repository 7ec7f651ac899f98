package command

import (
	"cmp"
	"fmt"
	"time"

	"github.com/urfave/cli"

	"aistore/api/wire"
	"aistore/internal/units"
)

func (t *Tool) printProxies(c *cli.Context, nodes []*nodeView) error {
	out := t.newTable(c.Bool("no-headers"), "PROXY", ">MEM USED", ">MEM AVAIL", ">CPU", ">LOAD", ">UPTIME", "STATUS", "VERSION", ">MAP")
	for _, n := range nodes {
		if n.Role != wire.NodeProxy {
			continue
		}
		if n.Status == nil {
			out.add(n.label(), "-", "-", "-", "-", "-", n.state(), "-", "-")
			continue
		}
		s := n.Status
		out.add(n.label(), memUsed(s), memAvailable(s), cpu(s), load(s), uptime(s), n.state(), cmp.Or(s.Version, "-"), mapVersion(s.SmapVer))
	}
	return out.flush()
}

func (t *Tool) printTargets(c *cli.Context, nodes []*nodeView) error {
	out := t.newTable(c.Bool("no-headers"), "TARGET", ">MEM USED", ">MEM AVAIL", ">CAP USED", ">CAP AVAIL", ">CPU", ">LOAD", ">UPTIME", "STATUS", "VERSION", ">MAP")
	for _, n := range nodes {
		if n.Role != wire.NodeTarget {
			continue
		}
		if n.Status == nil {
			out.add(n.label(), "-", "-", "-", "-", "-", "-", "-", n.state(), "-", "-")
			continue
		}
		s := n.Status
		out.add(n.label(), memUsed(s), memAvailable(s), percent(int64(s.Capacity.PctAvg)),
			units.Size(s.Capacity.TotalAvail).Human(), cpu(s), load(s), uptime(s), n.state(), cmp.Or(s.Version, "-"), mapVersion(s.SmapVer))
	}
	return out.flush()
}

func memUsed(s *wire.NodeStatus) string { return percent(s.System.PctMemUsed) }

func memAvailable(s *wire.NodeStatus) string { return units.Size(s.System.MemAvailable).Human() }

func cpu(s *wire.NodeStatus) string { return percent(s.System.PctCPUUsed) }

func load(s *wire.NodeStatus) string {
	l := s.System.LoadAverage
	return fmt.Sprintf("%.1f %.1f %.1f", l.One, l.Five, l.Fifteen)
}

func uptime(s *wire.NodeStatus) string {
	up := time.Duration(s.Tracker["up.ns.time"])
	if up <= 0 {
		return "-"
	}
	return units.Duration(up.Truncate(time.Second)).String()
}

func mapVersion(n int64) string { return fmt.Sprintf("v%d", n) }

func percent(n int64) string { return fmt.Sprintf("%d%%", n) }

func (t *Tool) printSummary(m *wire.Smap, nodes []*nodeView) error {
	unwell := 0
	for _, n := range nodes {
		if n.Status == nil || n.node.Has(wire.NodeDown) {
			unwell++
		}
	}
	text := fmt.Sprintf("\nCluster %s: %s, %s, primary %s, map version %d\n",
		m.UUID, plural(len(m.Proxies), "proxy", "proxies"), plural(len(m.Targets), "target", "targets"), m.Primary.ID, m.Version)
	if unwell > 0 {
		text += t.warnColor(fmt.Sprintf("%s not reachable", plural(unwell, "node is", "nodes are"))) + "\n"
	}
	return t.printf("%s", text)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
