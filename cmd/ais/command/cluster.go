package command

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/run"
	"aistore/internal/units"
)

func (t *Tool) showClusterCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "cluster",
		Usage:     "show the nodes of the cluster, the cluster map, or the bucket metadata",
		ArgsUsage: "[NODE|proxy|target|smap|bmd]",
		Flags:     []cli.Flag{noHeaderFlag(), jsonFlag()},
		Action:    with(ctx, t.showCluster),
		Description: `   ais show cluster
   ais show cluster target
   ais show cluster t1a2b3c4
   ais show cluster smap --json
`,
	}
}

func (t *Tool) showCluster(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 1); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	switch which := c.Args().First(); which {
	case "smap":
		return t.showMap(ctx, c, client)
	case "bmd":
		return t.showBMD(ctx, c, client)
	case "", wire.NodeProxy, wire.NodeTarget:
		return t.showNodes(ctx, c, client, which)
	default:
		return t.showNode(ctx, c, client, which)
	}
}

// nodeView is one node in "show cluster".
type nodeView struct {
	ID      string           `json:"id"`
	Role    string           `json:"role"`
	URL     string           `json:"url"`
	Primary bool             `json:"primary,omitempty"`
	Error   string           `json:"error,omitempty"` // why there is no status
	Status  *wire.NodeStatus `json:"status,omitempty"`

	node *wire.Node
}

// clusterView is "show cluster" as JSON.
type clusterView struct {
	UUID       string      `json:"uuid"`
	MapVersion int64       `json:"map_version"`
	Primary    string      `json:"primary"`
	Nodes      []*nodeView `json:"nodes"`
}

func (t *Tool) showNodes(ctx context.Context, c *cli.Context, client *api.Client, role string) error {
	m, err := client.Map(ctx)
	if err != nil {
		return err
	}
	nodes := nodesOf(m, role)
	if err := askNodes(ctx, client, nodes); err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(clusterView{m.UUID, m.Version, m.Primary.ID, nodes})
	}
	if role != wire.NodeTarget {
		if err := t.printProxies(c, nodes); err != nil {
			return err
		}
	}
	if role == "" {
		if err := t.printf("\n"); err != nil {
			return err
		}
	}
	if role != wire.NodeProxy {
		if err := t.printTargets(c, nodes); err != nil {
			return err
		}
	}
	if role != "" || c.Bool("no-headers") {
		return nil
	}
	return t.printSummary(m, nodes)
}

// nodesOf lists the nodes of a role, all with "": proxies first, the primary
// before them.
func nodesOf(m *wire.Smap, role string) []*nodeView {
	var nodes []*nodeView
	for _, group := range []map[string]*wire.Node{m.Proxies, m.Targets} {
		for id, n := range group {
			if role == "" || n.Type == role {
				nodes = append(nodes, &nodeView{
					ID: id, Role: n.Type, URL: n.Public.URL, node: n,
					Primary: m.Primary != nil && n.IsProxy() && m.Primary.ID == id,
				})
			}
		}
	}
	slices.SortFunc(nodes, func(a, b *nodeView) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), -compareBool(a.Primary, b.Primary), cmp.Compare(a.ID, b.ID))
	})
	return nodes
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// askNodes fetches the status of every node. That one does not answer is
// part of the picture, no error.
func askNodes(ctx context.Context, client *api.Client, nodes []*nodeView) error {
	const atOnce, patience = 16, 5 * time.Second
	return run.Each(ctx, atOnce, nodes, func(ctx context.Context, n *nodeView) error {
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		status, err := client.NodeStatus(limited, n.ID)
		if err != nil {
			n.Error = errs.PublicOf(err)
			return ctx.Err()
		}
		n.Status = status
		return nil
	})
}

func (t *Tool) printProxies(c *cli.Context, nodes []*nodeView) error {
	out := t.newTable(c.Bool("no-headers"), "PROXY", ">MEM USED", ">MEM AVAIL", ">CPU", ">LOAD", ">UPTIME", "STATUS", "VERSION")
	for _, n := range nodes {
		if n.Role != wire.NodeProxy {
			continue
		}
		if n.Status == nil {
			out.add(n.label(), "-", "-", "-", "-", "-", n.state(), "-")
			continue
		}
		s := n.Status
		out.add(n.label(), memUsed(s), memAvailable(s), cpu(s), load(s), uptime(s), n.state(), cmp.Or(s.Version, "-"))
	}
	return out.flush()
}

func (t *Tool) printTargets(c *cli.Context, nodes []*nodeView) error {
	out := t.newTable(c.Bool("no-headers"), "TARGET", ">MEM USED", ">MEM AVAIL", ">CAP USED", ">CAP AVAIL", ">CPU", ">LOAD", ">UPTIME", "STATUS", "VERSION")
	for _, n := range nodes {
		if n.Role != wire.NodeTarget {
			continue
		}
		if n.Status == nil {
			out.add(n.label(), "-", "-", "-", "-", "-", "-", "-", n.state(), "-")
			continue
		}
		s := n.Status
		out.add(n.label(), memUsed(s), memAvailable(s), percent(int64(s.Capacity.PctAvg)),
			units.Size(s.Capacity.TotalAvail).Human(), cpu(s), load(s), uptime(s), n.state(), cmp.Or(s.Version, "-"))
	}
	return out.flush()
}

// label is the id with the marks [P] of the primary and [-] of a proxy that
// cannot become it.
func (n *nodeView) label() string {
	switch {
	case n.Primary:
		return n.ID + "[P]"
	case n.Role == wire.NodeProxy && n.node.Has(wire.NodeNonElectable):
		return n.ID + "[-]"
	}
	return n.ID
}

// state says how a node is: what the map says first, then what it says.
func (n *nodeView) state() string {
	switch {
	case n.node.Has(wire.NodeDecommission):
		return "decommission"
	case n.node.InMaintenance():
		return "maintenance"
	case n.node.Has(wire.NodeDown):
		return "down"
	case n.Status == nil:
		return "not reachable"
	}
	alerts := alertsOf(n.Status)
	if len(alerts) > 0 {
		return strings.Join(alerts, ", ")
	}
	return cmp.Or(n.Status.Status, "online")
}

// alertsOf names what is wrong with a node.
func alertsOf(s *wire.NodeStatus) []string {
	flags := s.Cluster.Flags | uint64(s.Tracker["state.flags"])
	var alerts []string
	for _, alert := range []struct {
		bit  uint64
		text string
	}{
		{wire.StateOutOfSpace, "out of space"},
		{wire.StateLowCapacity, "low on space"},
		{wire.StateOutOfMemory, "out of memory"},
		{wire.StateLowMemory, "low on memory"},
		{wire.StateDiskFault, "disk fault"},
		{wire.StateKeepaliveErrors, "keepalive errors"},
		{wire.StateCertificateExpired, "certificate expired"},
		{wire.StateRebalancing, "rebalancing"},
		{wire.StateResilvering, "resilvering"},
	} {
		if flags&alert.bit != 0 {
			alerts = append(alerts, alert.text)
		}
	}
	return alerts
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

// showNode prints all that a node says of itself.
func (t *Tool) showNode(ctx context.Context, c *cli.Context, client *api.Client, id string) error {
	id, err := nodeID(ctx, client, id)
	if err != nil {
		return err
	}
	status, err := client.NodeStatus(ctx, id)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(status)
	}
	all, err := flatten(status)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s setting) bool { return s.Value == "" })
	return t.printSettings(c.Bool("no-headers"), all)
}

// nodeID finds a node by its id, or as it is shown: "t[id]", "id[P]".
// Errors: NotFound.
func nodeID(ctx context.Context, client *api.Client, name string) (string, error) {
	m, err := client.Map(ctx)
	if err != nil {
		return "", err
	}
	id := strings.TrimSuffix(strings.TrimSuffix(name, "[P]"), "[-]")
	if inner, ok := strings.CutSuffix(id, "]"); ok && (strings.HasPrefix(id, "t[") || strings.HasPrefix(id, "p[")) {
		id = inner[2:]
	}
	if m.Node(id) != nil {
		return id, nil
	}
	var ids []string
	for _, n := range nodesOf(m, "") {
		ids = append(ids, n.ID)
	}
	e := errs.E("node", name, errs.NotFound, nil)
	e.Public = "no node \"" + name + "\""
	if near := nearest(id, ids); near != "" {
		e.Public += ", did you mean \"" + near + "\"?"
	} else {
		e.Public += ", there are " + strings.Join(ids, ", ")
	}
	return "", e
}

func (t *Tool) showMap(ctx context.Context, c *cli.Context, client *api.Client) error {
	m, err := client.Map(ctx)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(m)
	}
	out := t.newTable(c.Bool("no-headers"), "NODE", "TYPE", "PUBLIC URL", "CONTROL URL", "DATA URL")
	for _, n := range nodesOf(m, "") {
		out.add(n.label(), n.Role, n.node.Public.URL, n.node.Control.URL, n.node.Data.URL)
	}
	if err := out.flush(); err != nil {
		return err
	}
	return t.printf("\nCluster %s, map version %d, created %s\n", m.UUID, m.Version, m.CreationTime)
}

func (t *Tool) showBMD(ctx context.Context, c *cli.Context, client *api.Client) error {
	m, err := client.BMD(ctx)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(m)
	}
	out := t.newTable(c.Bool("no-headers"), "BUCKET", "COPIES", "EC", "DURABILITY", "CREATED")
	for _, row := range bucketRows(m) {
		out.add(row...)
	}
	if err := out.flush(); err != nil {
		return err
	}
	return t.printf("\nBucket metadata version %d\n", m.Version)
}

func bucketRows(m *wire.BMD) [][]string {
	var rows [][]string
	for provider, spaces := range m.Providers {
		for space, buckets := range spaces {
			for name, props := range buckets {
				ns, _ := wire.ParseNamespace(space) // "@#" is the global one
				b := wire.Bucket{Name: name, Provider: provider, Namespace: ns}
				copies, ec, created := "1", "-", "-"
				if props.Mirror.Enabled {
					copies = fmt.Sprint(props.Mirror.Copies)
				}
				if props.EC.Enabled {
					ec = fmt.Sprintf("%d+%d", props.EC.DataSlices, props.EC.ParitySlices)
				}
				if at := props.CreatedAt(); !at.IsZero() {
					created = at.UTC().Format(time.RFC3339)
				}
				rows = append(rows, []string{b.String(), copies, ec, cmp.Or(props.Durability, "-"), created})
			}
		}
	}
	slices.SortFunc(rows, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	return rows
}
