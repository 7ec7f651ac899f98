package command

import (
	"context"
	"time"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/run"
)

// storageOf asks the targets, or the one that is named, for their mountpaths. That
// one does not answer is part of the picture, no error.
// Errors: NotFound (there is no such target).
func storageOf(ctx context.Context, c *cli.Context, client *api.Client) ([]*storageView, error) {
	if err := wantArguments(c, 0, 1); err != nil {
		return nil, err
	}
	only := c.Args().First()
	if only != "" {
		var err error
		if only, err = nodeIDOf(ctx, client, only, wire.NodeTarget); err != nil {
			return nil, err
		}
	}
	m, err := client.Map(ctx)
	if err != nil {
		return nil, err
	}
	var views []*storageView
	for _, n := range nodesOf(m, wire.NodeTarget) {
		if only == "" || n.ID == only {
			views = append(views, &storageView{Target: n.ID, state: n.mapState()})
		}
	}
	const atOnce, patience = 16, 5 * time.Second
	return views, run.Each(ctx, atOnce, views, func(ctx context.Context, v *storageView) error {
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := v.ask(limited, client); err != nil {
			v.Error = errs.PublicOf(err)
		}
		if v.state == "" {
			v.state = "online"
			if v.Error != "" {
				v.state = "not reachable"
			}
		}
		return ctx.Err()
	})
}

// ask fetches what a target tells about its storage.
func (s *storageView) ask(ctx context.Context, client *api.Client) error {
	paths, err := client.Mountpaths(ctx, s.Target)
	if err != nil {
		return err
	}
	disks, err := client.DiskStatus(ctx, s.Target)
	if err != nil {
		return err
	}
	s.Mountpaths, s.Capacity = paths, &disks.Capacity
	return nil
}
