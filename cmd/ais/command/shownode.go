package command

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/errs"
)

// showNode prints all that a node of a role, any with "", says of itself.
func (t *Tool) showNode(ctx context.Context, c *cli.Context, client *api.Client, name, role string) error {
	id, err := nodeIDOf(ctx, client, name, role)
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
	return nodeIDOf(ctx, client, name, "")
}

// nodeIDOf is nodeID for nodes of a role, any with "".
func nodeIDOf(ctx context.Context, client *api.Client, name, role string) (string, error) {
	m, err := client.Map(ctx)
	if err != nil {
		return "", err
	}
	id := strings.TrimSuffix(strings.TrimSuffix(name, "[P]"), "[-]")
	if inner, ok := strings.CutSuffix(id, "]"); ok && (strings.HasPrefix(id, "t[") || strings.HasPrefix(id, "p[")) {
		id = inner[2:]
	}
	if n := m.Node(id); n != nil && (role == "" || n.Type == role) {
		return id, nil
	}
	var ids []string
	for _, n := range nodesOf(m, role) {
		ids = append(ids, n.ID)
	}
	e := errs.E("node", name, errs.NotFound, nil)
	e.Public = "no " + cmp.Or(role, "node") + " \"" + name + "\""
	if near := nearest(id, ids); near != "" {
		e.Public += ", did you mean \"" + near + "\"?"
	} else {
		e.Public += ", there are " + strings.Join(ids, ", ")
	}
	return "", e
}
