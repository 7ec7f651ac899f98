package command

import (
	"cmp"
	"context"
	"strconv"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/internal/units"
)

// storageCommand is "ais storage": what there is room for, and where.
func (t *Tool) storageCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "storage",
		Usage: "show how full the targets and their mountpaths are, and with what",
		Subcommands: []cli.Command{
			t.summaryCommand(ctx),
			t.capacityCommand(ctx),
			{
				Name:        "mountpath",
				Aliases:     []string{"mp"},
				Usage:       "show the mountpaths of targets",
				Subcommands: []cli.Command{named(t.mountpathsCommand(ctx), "show")},
			},
		},
	}
}

// showStorageCommand is "ais show storage".
func (t *Tool) showStorageCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:        "storage",
		Usage:       "show how full the targets and their mountpaths are, and with what",
		Subcommands: []cli.Command{t.summaryCommand(ctx), t.capacityCommand(ctx), t.mountpathsCommand(ctx)},
	}
}

func (t *Tool) capacityCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "capacity",
		Usage:     "show how full targets are",
		ArgsUsage: "[TARGET]",
		Flags:     append([]cli.Flag{noHeaderFlag(), jsonFlag()}, repeatFlags()...),
		Action:    with(ctx, func(ctx context.Context, c *cli.Context) error { return t.repeat(ctx, c, t.showCapacity) }),
		Description: `   ais storage capacity
   ais show storage capacity t1 --refresh 10s
`,
	}
}

func (t *Tool) mountpathsCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "mountpath",
		Usage:     "show the mountpaths of targets",
		ArgsUsage: "[TARGET]",
		Flags:     append([]cli.Flag{noHeaderFlag(), jsonFlag()}, repeatFlags()...),
		Action:    with(ctx, func(ctx context.Context, c *cli.Context) error { return t.repeat(ctx, c, t.showMountpaths) }),
		Description: `   ais show storage mountpath
   ais storage mountpath show t1 --json
`,
	}
}

func (t *Tool) showCapacity(ctx context.Context, c *cli.Context, client *api.Client) error {
	targets, err := storageOf(ctx, c, client)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(targets)
	}
	out := t.newTable(c.Bool("no-headers"), "TARGET", ">USED", ">AVAIL", ">USED %", ">FULLEST", ">EMPTIEST", "STATUS")
	for _, s := range targets {
		if s.Capacity == nil {
			out.add(s.Target, "-", "-", "-", "-", "-", s.state)
			continue
		}
		k := s.Capacity
		out.add(s.Target, units.Size(k.TotalUsed).Human(), units.Size(k.TotalAvail).Human(), percent(int64(k.PctAvg)),
			percent(int64(k.PctMax)), percent(int64(k.PctMin)), cmp.Or(k.Error, s.state))
	}
	return out.flush()
}

func (t *Tool) showMountpaths(ctx context.Context, c *cli.Context, client *api.Client) error {
	targets, err := storageOf(ctx, c, client)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(targets)
	}
	out := t.newTable(c.Bool("no-headers"), "TARGET", "MOUNTPATH", ">USED", ">AVAIL", ">USED %", "STATUS")
	for _, s := range targets {
		if s.Mountpaths == nil {
			out.add(s.Target, "-", "-", "-", "-", s.state)
			continue
		}
		for _, group := range []struct {
			state string
			paths []string
		}{
			{"available", s.Mountpaths.Available},
			{"going, its objects are moved", s.Mountpaths.Waiting},
			{"disabled", s.Mountpaths.Disabled},
		} {
			for _, path := range group.paths {
				out.add(append(append([]string{s.Target, path}, s.useOf(path)...), group.state)...)
			}
		}
	}
	return out.flush()
}

// useOf are the cells about the use of a mountpath.
func (s *storageView) useOf(path string) []string {
	if s.Capacity == nil {
		return []string{"-", "-", "-"}
	}
	k, known := s.Capacity.Mountpaths[path]
	if !known {
		return []string{"-", "-", "-"}
	}
	return []string{units.Size(k.Used).Human(), units.Size(k.Available).Human(), strconv.Itoa(int(k.PctUsed)) + "%"}
}

// storageView is one target in "storage capacity" and "storage mountpath".
type storageView struct {
	Target     string              `json:"target"`
	Error      string              `json:"error,omitempty"` // why there is nothing more
	Mountpaths *wire.MountpathList `json:"mountpaths,omitempty"`
	Capacity   *wire.Capacity      `json:"capacity,omitempty"`

	state string
}
