package command

import (
	"context"

	"github.com/urfave/cli"

	"aistore/errs"
)

func (t *Tool) versionCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:        "version",
		Usage:       "print the version of this command and of the cluster",
		Flags:       []cli.Flag{jsonFlag()},
		Action:      with(ctx, t.showVersion),
		Description: "   ais version\n",
	}
}

// versions is "version" as JSON.
type versions struct {
	CLI     string            `json:"cli"`
	Cluster map[string]string `json:"cluster,omitempty"` // by id of the node
}

func (t *Tool) showVersion(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 0); err != nil {
		return err
	}
	v := versions{CLI: t.version(), Cluster: map[string]string{}}
	problem := t.clusterVersions(ctx, v.Cluster)
	if c.Bool("json") {
		return t.printJSON(v)
	}
	out := t.newTable(false, "WHAT", "VERSION")
	out.add("ais", v.CLI)
	for _, id := range sortedKeys(v.Cluster) {
		out.add(id, v.Cluster[id])
	}
	if err := out.flush(); err != nil {
		return err
	}
	if problem != nil {
		t.notef("No versions of the cluster: %s\n", errs.PublicOf(problem))
	}
	return nil
}

// clusterVersions fills in the version of every node that answers.
func (t *Tool) clusterVersions(ctx context.Context, into map[string]string) error {
	client, err := t.client()
	if err != nil {
		return err
	}
	defer client.Close()
	m, err := client.Map(ctx)
	if err != nil {
		return unreachable(client.Endpoint(), err)
	}
	for _, n := range nodesOf(m, "") {
		version, err := client.NodeVersion(ctx, n.ID)
		if err != nil {
			version = "unknown: " + errs.PublicOf(err)
		}
		into[n.ID] = version
	}
	return nil
}
