package command

import (
	"context"
	"time"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/run"
	"aistore/internal/units"
)

func (t *Tool) tlsCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "tls",
		Usage: "show and exchange the certificates of the nodes",
		Subcommands: []cli.Command{
			{
				Name:      "show",
				Usage:     "show the certificate of a node, or how long those of all nodes are good",
				ArgsUsage: "[NODE]",
				Flags:     []cli.Flag{noHeaderFlag(), jsonFlag()},
				Action:    with(ctx, t.showCertificate),
				Description: `   ais tls show
   ais tls show t1a2b3c4
`,
			},
			{
				Name:      "load-certificate",
				Usage:     "make a node, or all of them, read their certificates again now",
				ArgsUsage: "[NODE]",
				Action:    with(ctx, t.loadCertificate),
				Description: `   Nodes look at the files by themselves every few seconds. A certificate that
   cannot be used changes nothing: the node keeps the one it has.

   ais tls load-certificate
   ais tls load-certificate t1a2b3c4
`,
			},
		},
	}
}

func (t *Tool) showCertificate(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 1); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.NArg() == 0 {
		return t.showCertificates(ctx, c, client)
	}
	id, err := nodeID(ctx, client, c.Args().First())
	if err != nil {
		return err
	}
	certificate, err := client.NodeCertificate(ctx, id)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(certificate)
	}
	all, err := flatten(certificate)
	if err != nil {
		return err
	}
	return t.printSettings(c.Bool("no-headers"), all)
}

// certificatesAtOnce is how many nodes are asked at the same time.
const certificatesAtOnce = 16

// certificateView is the certificate of one node.
type certificateView struct {
	Node        string            `json:"node"`
	Error       string            `json:"error,omitempty"` // why there is none
	Certificate *wire.Certificate `json:"certificate,omitempty"`

	label string
}

func (t *Tool) showCertificates(ctx context.Context, c *cli.Context, client *api.Client) error {
	m, err := client.Map(ctx)
	if err != nil {
		return err
	}
	var views []*certificateView
	for _, n := range nodesOf(m, "") {
		views = append(views, &certificateView{Node: n.ID, label: n.label()})
	}
	err = run.Each(ctx, certificatesAtOnce, views, func(ctx context.Context, v *certificateView) error {
		certificate, err := client.NodeCertificate(ctx, v.Node)
		if err != nil {
			v.Error = errs.PublicOf(err)
			return ctx.Err()
		}
		v.Certificate = certificate
		return nil
	})
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(views)
	}
	out := t.newTable(c.Bool("no-headers"), "NODE", "SUBJECT", "HOSTS", "UNTIL", "LEFT", "STATE")
	for _, v := range views {
		if v.Certificate == nil {
			out.add(v.label, "-", "-", "-", "-", v.Error)
			continue
		}
		out.add(v.label, v.Certificate.Subject, v.Certificate.Hosts, v.Certificate.NotAfter, timeLeft(v.Certificate.NotAfter, time.Now()), v.Certificate.State)
	}
	return out.flush()
}

// timeLeft returns the time until a moment, "-" when it is past or unknown.
func timeLeft(until string, now time.Time) string {
	end, err := time.Parse(time.RFC3339, until)
	if err != nil || !end.After(now) {
		return "-"
	}
	return units.Duration(end.Sub(now).Truncate(time.Minute)).String()
}

func (t *Tool) loadCertificate(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 1); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	id, what := "", "All nodes show"
	if c.NArg() == 1 {
		if id, err = nodeID(ctx, client, c.Args().First()); err != nil {
			return err
		}
		what = id + " shows"
	}
	if err := client.LoadCertificate(ctx, id); err != nil {
		return err
	}
	return t.printf("%s the certificate that the file holds\n", what)
}
