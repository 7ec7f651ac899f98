package command

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/urfave/cli"

	"aistore/access"
	"aistore/api/wire"
	"aistore/errs"
)

func (t *Tool) authCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:  "auth",
		Usage: "say who may do what",
		Subcommands: []cli.Command{{
			Name:  "s3-key",
			Usage: "make, list and remove the access keys of S3 clients",
			Subcommands: []cli.Command{
				t.createKeyCommand(ctx),
				{
					Name:   "ls",
					Usage:  "list the access keys, without their secrets",
					Flags:  []cli.Flag{noHeaderFlag(), jsonFlag()},
					Action: with(ctx, t.listKeys),
				},
				{
					Name:      "rm",
					Usage:     "remove access keys: what is signed with them is refused at once",
					ArgsUsage: "ACCESS_KEY...",
					Flags:     []cli.Flag{yesFlag()},
					Action:    with(ctx, t.removeKeys),
				},
			},
		}},
	}
}

func (t *Tool) createKeyCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "create",
		Usage:     "make an access key; its secret is shown this once",
		ArgsUsage: "[NAME]",
		Flags: []cli.Flag{
			cli.StringFlag{Name: "access", Usage: `what the key allows everywhere: "ro", "rw", "all", "none", or permissions separated by commas (default: "all", or "none" with --bucket)`},
			cli.StringSliceFlag{Name: "bucket", Usage: `what it allows on one bucket, as "ais://train=ro"; may be repeated`},
			cli.StringFlag{Name: "access-key", Usage: "take this one instead of making one; with --secret-file"},
			cli.StringFlag{Name: "secret-file", Usage: `file with the secret that belongs to --access-key; "-" is standard input`},
			cli.BoolFlag{Name: "env", Usage: "print the lines that set the environment of S3 clients"},
			jsonFlag(),
		},
		Action: with(ctx, t.createKey),
		Description: `   ais auth s3-key create
   ais auth s3-key create trainer --bucket ais://train=ro --bucket ais://results=rw
   eval "$(ais auth s3-key create me --env)"

   A key with --bucket alone can neither list nor create buckets. What a bucket does
   not allow to anybody, a key does not allow either.
`,
	}
}

// createKey is "ais auth s3-key create".
func (t *Tool) createKey(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 1); err != nil {
		return err
	}
	want := wire.S3Key{Name: c.Args().First()}
	if err := t.readGrants(c, &want); err != nil {
		return err
	}
	if err := t.readOwnKey(c, &want); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	made, err := client.CreateS3Key(ctx, want)
	switch {
	case err != nil:
		return err
	case c.Bool("json"):
		return t.printJSON(made)
	case c.Bool("env"):
		return t.printf("export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", quoted(made.AccessKey), quoted(made.Secret))
	}
	return t.printf("access key  %s\nsecret key  %s\nThe secret is not shown again.\n", made.AccessKey, made.Secret)
}

// quoted returns a text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// readGrants reads what a key is to allow.
func (t *Tool) readGrants(c *cli.Context, k *wire.S3Key) error {
	single := c.StringSlice("bucket")
	everywhere := access.All
	if len(single) > 0 {
		everywhere = access.None
	}
	if text := c.String("access"); text != "" {
		var err error
		if everywhere, err = access.ParseBits(text); err != nil {
			return misused(c, innermost(err).Error())
		}
	}
	k.Access = uint64(everywhere)
	for _, text := range single {
		name, rights, found := strings.Cut(text, "=")
		if !found {
			return misused(c, "--bucket takes a bucket and what is allowed there, as ais://train=ro")
		}
		b, err := parseBucket(name)
		if err != nil {
			return err
		}
		bits, err := access.ParseBits(rights)
		if err != nil {
			return misused(c, innermost(err).Error())
		}
		k.Buckets = append(k.Buckets, wire.S3KeyGrant{Bucket: b, Access: uint64(bits)})
	}
	return nil
}

// maxSecretFile bounds the file of a secret, in bytes.
const maxSecretFile = 64 << 10

// readOwnKey reads an access key, with its secret, that somebody has already.
func (t *Tool) readOwnKey(c *cli.Context, k *wire.S3Key) error {
	file := c.String("secret-file")
	k.AccessKey = c.String("access-key")
	if (k.AccessKey == "") != (file == "") {
		return misused(c, "--access-key and --secret-file come together")
	}
	if file == "" {
		return nil
	}
	text, err := t.readFile(file, maxSecretFile)
	if err != nil {
		return err
	}
	k.Secret = strings.TrimSpace(string(text))
	return nil
}

// listKeys is "ais auth s3-key ls".
func (t *Tool) listKeys(ctx context.Context, c *cli.Context) error {
	if err := wantArguments(c, 0, 0); err != nil {
		return err
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	keys, err := client.S3Keys(ctx)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return t.printJSON(keys)
	}
	if len(keys) == 0 {
		t.notef("No access keys. \"ais auth s3-key create\" makes one\n")
		return nil
	}
	out := t.newTable(c.Bool("no-headers"), "ACCESS KEY", "NAME", "EVERYWHERE", "BUCKETS", "CREATED")
	for _, k := range keys {
		var single []string
		for _, g := range k.Buckets {
			single = append(single, g.Bucket.String()+"="+access.Bits(g.Access).String())
		}
		out.add(k.AccessKey, cmp.Or(k.Name, "-"), access.Bits(k.Access).String(), cmp.Or(strings.Join(single, " "), "-"),
			time.Unix(0, k.Created).UTC().Format(time.RFC3339))
	}
	return out.flush()
}

// removeKeys is "ais auth s3-key rm".
func (t *Tool) removeKeys(ctx context.Context, c *cli.Context) error {
	if c.NArg() == 0 {
		return misused(c, "name the access keys to remove")
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := t.confirm(c, "Remove access key %s? Its clients are refused at once.", strings.Join(c.Args(), ", ")); err != nil {
		return err
	}
	for _, accessKey := range c.Args() {
		if err := client.RemoveS3Key(ctx, accessKey); err != nil {
			return errs.E("auth s3-key rm", accessKey, "", err)
		}
		if err := t.printf("access key %s removed\n", accessKey); err != nil {
			return err
		}
	}
	return nil
}
