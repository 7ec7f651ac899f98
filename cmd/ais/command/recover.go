package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
)

// recoverPatience is how long a recovered gateway may take to lead.
const recoverPatience = time.Minute

func (t *Tool) recoverCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "recover",
		Usage: "go on without the majority of the nodes that vote, when it is lost for good",
		Flags: []cli.Flag{
			cli.StringFlag{Name: "gateway", Usage: "`HOST:PORT` of an empty gateway that becomes the primary; the endpoint is that of a target"},
			cli.BoolFlag{Name: "dry-run", Usage: "show what is left of the cluster, and do nothing"},
			noHeaderFlag(), jsonFlag(), yesFlag(),
		},
		Action: with(ctx, t.recoverCluster),
		Description: `   ais cluster recover --dry-run
   ais cluster recover

   The gateway that the endpoint names becomes the primary, with the newest
   metadata of all nodes that answer. Changes that only lost nodes knew are lost.
   A lost node must not come back with what it had: empty its confdir before it
   is started again, or there are two clusters. Objects on its disks stay.

   When all gateways are lost for good, start an empty one, and ask a target:
   aisnode -role=proxy -standby -config=NEW.json
   AIS_ENDPOINT=http://TARGET:PORT ais cluster recover --gateway NEW:PORT
`,
	}
}

// recoverCluster is "ais cluster recover".
func (t *Tool) recoverCluster(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 0); err != nil {
		return err
	}
	client, err := t.client() // a cluster without a primary is not waited for
	if err != nil {
		return err
	}
	defer client.Close()
	request := wire.RecoveryRequest{DryRun: true}
	if heir := c.String("gateway"); heir != "" {
		request.Gateway = urlOfNode(client, heir)
	}
	found, err := client.Recover(ctx, request)
	if err != nil {
		return err
	}
	if err := t.showRecovery(c, found); err != nil {
		return err
	}
	if found.Problem != "" {
		e := errs.E("recover", found.UUID, errs.Conflict, nil)
		e.Public = found.Problem
		return e
	}
	if c.Bool("dry-run") {
		return nil
	}
	if err := t.confirm(c, "Go on with what %s has, without %s? They must never come back with what they had.",
		found.Newest, strings.Join(lostNodes(found), ", ")); err != nil {
		return err
	}
	request.DryRun = false
	if _, err := client.Recover(ctx, request); err != nil {
		return err
	}
	if request.Gateway == "" {
		return t.awaitRecovery(ctx, client)
	}
	return t.awaitHeir(ctx, request.Gateway)
}

// showRecovery prints what is left of a cluster.
func (t *Tool) showRecovery(c *cli.Context, found *wire.Recovery) error {
	if c.Bool("json") {
		return t.printJSON(found)
	}
	out := t.newTable(c.Bool("no-headers"), "NODE", "VOTES", "ENTRIES", ">BUCKETS", "STATE")
	for _, n := range found.Nodes {
		row := []string{fmt.Sprintf("%s[%s]", n.Type[:1], n.ID), "-", "-", "-", n.Error}
		if n.Answers {
			row = []string{row[0], "no", n.Position, fmt.Sprint(n.Buckets), "answers"}
			if n.Votes {
				row[1] = "yes"
			}
			if n.ID == found.Newest {
				row[4] = "the newest"
			}
		}
		out.add(row...)
	}
	if err := out.flush(); err != nil {
		return err
	}
	if found.Voters == 0 {
		return t.printf("No node that answers knows who votes\n")
	}
	return t.printf("%d of %d voters answer\n", found.Answered, found.Voters)
}

// lostNodes are the nodes that do not answer.
func lostNodes(found *wire.Recovery) []string {
	var lost []string
	for _, n := range found.Nodes {
		if !n.Answers {
			lost = append(lost, n.ID)
		}
	}
	return lost
}

// awaitHeir is awaitRecovery for another gateway than the one that was asked.
func (t *Tool) awaitHeir(ctx context.Context, url string) error {
	heir, err := t.clientAt(url)
	if err != nil {
		return err
	}
	defer heir.Close()
	return t.awaitRecovery(ctx, heir)
}

// awaitRecovery returns when the gateway leads.
func (t *Tool) awaitRecovery(ctx context.Context, client *api.Client) error {
	deadline := time.Now().Add(recoverPatience)
	for {
		_, err := client.Health(ctx, api.HealthOptions{PrimaryReady: true})
		if err == nil {
			return t.printf("%s is the primary\n", client.Endpoint())
		}
		if time.Now().After(deadline) || !t.sleep(ctx) {
			return err
		}
	}
}
