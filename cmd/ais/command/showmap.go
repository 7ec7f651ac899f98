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
)

// showMap prints the cluster map as a node has it, as the gateway has it with "".
func (t *Tool) showMap(ctx context.Context, c *cli.Context, client *api.Client, node string) error {
	m, err := client.Map(ctx)
	if err == nil && node != "" {
		if node, err = nodeID(ctx, client, node); err == nil {
			m, err = client.NodeMap(ctx, node)
		}
	}
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(m)
	}
	out := t.newTable(c.Bool("no-headers"), "NODE", "TYPE", "PUBLIC URL", "CONTROL URL", "DATA URL", "STATE")
	for _, n := range nodesOf(m, "") {
		out.add(n.label(), n.Role, n.node.Public.URL, n.node.Control.URL, n.node.Data.URL, cmp.Or(n.mapState(), "-"))
	}
	if err := out.flush(); err != nil {
		return err
	}
	return t.printf("\nCluster %s, map version %d, created %s\n%s", m.UUID, m.Version, m.CreationTime, placementsText(m))
}

// placementsText says where else objects may be, and what is about to change.
func placementsText(m *wire.Smap) string {
	if m.Ext == nil {
		return ""
	}
	var text strings.Builder
	for _, p := range m.Ext.Placements[min(1, len(m.Ext.Placements)):] {
		fmt.Fprintf(&text, "Objects may still be where map version %d placed them: %s\n", p.Version, strings.Join(p.Targets, ", "))
	}
	if p := m.Ext.Pending; p != nil {
		fmt.Fprintf(&text, "About to be placed on: %s\n", strings.Join(p.Targets, ", "))
	}
	return text.String()
}

// showBMD prints the bucket metadata.
func (t *Tool) showBMD(ctx context.Context, c *cli.Context, client *api.Client, more string) error {
	if more != "" {
		return misused(c, "too many arguments: \""+more+"\"")
	}
	m, err := client.BMD(ctx)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(m)
	}
	rows := bucketRows(m)
	if len(rows) == 0 {
		return t.printf("No buckets, bucket metadata version %d\n", m.Version)
	}
	out := t.newTable(c.Bool("no-headers"), "BUCKET", "COPIES", "EC", "DURABILITY", "CREATED")
	for _, row := range rows {
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
