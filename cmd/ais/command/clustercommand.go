package command

import (
	"context"

	"github.com/urfave/cli"
)

// clusterCommand is "ais cluster": who is in the cluster, and whether it runs.
func (t *Tool) clusterCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "cluster",
		Usage: "show the cluster, change who is in it, shut it down",
		Subcommands: []cli.Command{
			named(t.showClusterCommand(ctx), "show"),
			{
				Name:  "add-remove-nodes",
				Usage: "join nodes, and take them out of service for a while or for good",
				Subcommands: []cli.Command{
					t.joinCommand(ctx),
					t.startMaintenanceCommand(ctx),
					t.stopMaintenanceCommand(ctx),
					t.shutdownNodeCommand(ctx),
					t.decommissionNodeCommand(ctx),
					t.removeUnsafeCommand(ctx),
				},
			},
			t.setPrimaryCommand(ctx),
			t.recoverCommand(ctx),
			t.shutdownClusterCommand(ctx),
			t.decommissionClusterCommand(ctx),
		},
	}
}

func (t *Tool) joinCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "join",
		Usage:     "make a node that runs and is in no cluster join this one",
		ArgsUsage: "HOST:PORT|URL",
		Flags:     []cli.Flag{cli.StringFlag{Name: "role", Usage: "proxy or target: refuse the node if it is the other"}},
		Action:    with(ctx, t.joinNode),
		Description: `   ais cluster add-remove-nodes join 10.0.0.7:8081
   ais cluster add-remove-nodes join 10.0.0.7:8081 --role target

   The address is that of the node's public or control network.
`,
	}
}

func skipRebalanceFlag(usage string) cli.Flag {
	return cli.BoolFlag{Name: "skip-rebalance, no-rebalance", Usage: usage}
}

func noWaitFlag() cli.Flag {
	return cli.BoolFlag{Name: "no-wait", Usage: "return when it is decided, not when it has happened"}
}

func (t *Tool) startMaintenanceCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "start-maintenance",
		Usage:     "take nodes out of service for a while: nothing is written to them",
		ArgsUsage: "NODE...",
		Flags:     []cli.Flag{skipRebalanceFlag("leave the objects where they are"), yesFlag()},
		Action:    with(ctx, t.startMaintenance),
		Description: `   ais cluster add-remove-nodes start-maintenance t1a2b3c4
`,
	}
}

func (t *Tool) stopMaintenanceCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "stop-maintenance",
		Usage:     "bring nodes back into service, also out of a decommission that has not finished",
		ArgsUsage: "NODE...",
		Action:    with(ctx, t.stopMaintenance),
		Description: `   ais cluster add-remove-nodes stop-maintenance t1a2b3c4
`,
	}
}

func (t *Tool) shutdownNodeCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "shutdown",
		Usage:     "take nodes out of service and stop them; they stay in the cluster map",
		ArgsUsage: "NODE...",
		Flags:     []cli.Flag{skipRebalanceFlag("do not wait until their objects have been moved"), noWaitFlag(), yesFlag()},
		Action:    with(ctx, t.shutdownNodes),
		Description: `   ais cluster add-remove-nodes shutdown t1a2b3c4
   ais cluster add-remove-nodes shutdown t1a2b3c4 --skip-rebalance    # its objects cannot be read until it is back

   Start the node again, then: ais cluster add-remove-nodes stop-maintenance t1a2b3c4
`,
	}
}

func (t *Tool) decommissionNodeCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "decommission",
		Usage:     "take nodes out of the cluster for good",
		ArgsUsage: "NODE...",
		Flags: []cli.Flag{
			skipRebalanceFlag("do not wait until their objects have been moved: they are lost to the cluster"),
			cli.BoolFlag{Name: "rm-user-data", Usage: "delete what is on the mountpaths of the nodes"},
			cli.BoolFlag{Name: "no-shutdown", Usage: "the nodes keep running, ready to be joined to a cluster"},
			cli.BoolFlag{Name: "keep-initial-config", Usage: "the default; for scripts"},
			noWaitFlag(), yesFlag(),
		},
		Action: with(ctx, t.decommissionNodes),
		Description: `   ais cluster add-remove-nodes decommission t1a2b3c4
   ais cluster add-remove-nodes decommission t1a2b3c4 --skip-rebalance --rm-user-data --yes
`,
	}
}

func (t *Tool) removeUnsafeCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "rm-unsafe",
		Usage:     "take nodes out of the cluster with all that they have, also those that are dead",
		ArgsUsage: "NODE...",
		Flags:     []cli.Flag{noWaitFlag(), yesFlag()},
		Action:    with(ctx, t.removeNodesUnsafe),
		Description: `   ais cluster add-remove-nodes rm-unsafe t1a2b3c4

   A dead node leaves once it can no longer be alive unnoticed: after timeout.lease.
`,
	}
}

func (t *Tool) setPrimaryCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:        "set-primary",
		Usage:       "make another gateway the primary",
		ArgsUsage:   "NODE",
		Action:      with(ctx, t.setPrimary),
		Description: "   ais cluster set-primary p1a2b3c4\n",
	}
}

func (t *Tool) shutdownClusterCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:   "shutdown",
		Usage:  "stop all nodes; the cluster continues when they are started again",
		Flags:  []cli.Flag{yesFlag()},
		Action: with(ctx, t.shutdownCluster),
		Description: `   ais cluster shutdown
   ais cluster shutdown --yes
`,
	}
}

func (t *Tool) decommissionClusterCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "decommission",
		Usage: "end the cluster: all nodes forget it and stop",
		Flags: []cli.Flag{
			cli.BoolFlag{Name: "rm-user-data", Usage: "delete what is on the mountpaths"},
			cli.BoolFlag{Name: "keep-initial-config", Usage: "the default; for scripts"},
			yesFlag(),
		},
		Action: with(ctx, t.decommissionCluster),
		Description: `   ais cluster decommission
   ais cluster decommission --rm-user-data --yes
`,
	}
}
