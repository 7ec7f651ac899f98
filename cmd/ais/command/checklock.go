package command

import (
	"context"

	"github.com/urfave/cli"

	"aistore/api"
)

func (t *Tool) checkLockCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "check-lock",
		Usage:     "tell whether an object is being read or written at this moment",
		ArgsUsage: "BUCKET/OBJECT",
		Action:    with(ctx, t.checkLock),
		Description: `   ais object check-lock ais://train/cats/1.jpg
`,
	}
}

func (t *Tool) checkLock(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 1, 1); err != nil {
		return err
	}
	b, name, err := parseObject(c.Args().First())
	if err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	state, err := client.LockState(ctx, b, name)
	if err != nil {
		return err
	}
	text := "is being " + string(state)
	if state == api.Unlocked {
		text = "is neither read nor written"
	}
	return t.printf("%s %s\n", printable(b.ObjectString(name)), text)
}
