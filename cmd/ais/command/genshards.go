package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/archive"
	"aistore/errs"
	"aistore/internal/units"
)

func (t *Tool) generateShardsCommand(ctx context.Context) cli.Command {
	return cli.Command{
		Name:      "gen-shards",
		Usage:     "make archives full of random bytes, to try things out",
		ArgsUsage: "BUCKET/TEMPLATE",
		Flags: []cli.Flag{
			templateFlag(),
			cli.IntFlag{Name: "fcount", Value: 5, Usage: "how many samples in an archive"},
			cli.StringFlag{Name: "fsize", Value: "1024", Usage: "size of each file, as 100KiB"},
			cli.StringFlag{Name: "fext", Value: ".test", Usage: `a file of each extension for every sample, as ".jpg,.cls"`},
			cli.BoolFlag{Name: "cleanup", Usage: "remove the bucket first, with all that is in it"},
			cli.IntFlag{Name: "num-workers, conc", Value: 8, Usage: "how many archives at once"},
			yesFlag(), dryRunFlag(), progressFlag(),
		},
		Action: with(ctx, t.generateShards),
		Description: `   ais archive gen-shards "ais://data/shard-{000..999}.tar"
   ais archive gen-shards "ais://data/{0..9}.tar.gz" --fcount 100 --fsize 10KiB --fext .jpg,.cls
   ais archive gen-shards ais://data --template "shard-{0..9}.zip" --cleanup --yes

   The bucket is created if it does not exist. The name says which kind of
   archive it is: .tar, .tgz, .tar.gz, .tar.lz4 or .zip. The same command line
   makes the same archives again.
`,
	}
}

func (t *Tool) generateShards(ctx context.Context, c *cli.Context) error {
	plan, err := shardPlanOf(c)
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		return t.describeShards(plan)
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := t.bucketForShards(ctx, c, client, plan.bucket); err != nil {
		return err
	}
	work := &batch{
		tool: t, verb: "made", limit: c.Int("num-workers"),
		progress: t.newProgress(ctx, c, plan.names.Count(), plan.names.Count()*plan.bytes()),
	}
	shards := func(yield func(string, error) bool) {
		for name := range plan.names.All() {
			if !yield(name, nil) {
				return
			}
		}
	}
	var stored counter
	err = each(ctx, work, shards, func(ctx context.Context, name string) error {
		size, err := putShard(ctx, client, plan, name)
		if err == nil {
			stored.Add(size)
			work.progress.bytes(plan.bytes())
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.printf("Made %s (%s) of %s each in %q\n", plural(int(work.done), "archive", "archives"),
		units.Size(stored.Load()).Human(), plural(plan.members(), "file", "files"), plan.bucket)
}

// shardPlanOf reads what to make.
// Errors: Invalid.
func shardPlanOf(c *cli.Context) (shardPlan, error) {
	plan := shardPlan{samples: c.Int("fcount")}
	if err := wantArguments(c, 1, 1); err != nil {
		return plan, err
	}
	var template string
	var err error
	if plan.bucket, template, err = parseName(c.Args().First()); err != nil {
		return plan, err
	}
	if template != "" && c.String("template") != "" {
		return plan, misused(c, "the names are given twice, behind the bucket and by --template")
	}
	plan.names = wire.ParseTemplate(template + c.String("template"))
	size, err := units.ParseSize(c.String("fsize"))
	if err != nil {
		return plan, misused(c, "--fsize: "+errs.PublicOf(err))
	}
	plan.size = int64(size)
	for extension := range strings.SplitSeq(c.String("fext"), ",") {
		if extension = strings.TrimPrefix(strings.TrimSpace(extension), "."); extension != "" {
			plan.extensions = append(plan.extensions, extension)
		}
	}
	return plan, plan.check(c)
}

// check refuses what cannot be made.
func (p shardPlan) check(c *cli.Context) error {
	const maxSamples, maxBytes = 1_000_000, 64 << 30
	switch first := p.first(); {
	case p.names.String() == "":
		return misused(c, "name the archives: want BUCKET/TEMPLATE, as \"ais://data/shard-{000..999}.tar\"")
	case archive.OfName(first) == 0:
		return misused(c, "it is not seen what kind of archive \""+first+"\" is: let its name end with "+strings.Join(archiveExtensions(), ", "))
	case p.names.Count() > maxFiles:
		return misused(c, "the template stands for too many names")
	case p.samples < 1 || p.samples > maxSamples:
		return misused(c, fmt.Sprintf("--fcount is from 1 to %d", maxSamples))
	case p.size < 0 || p.size > maxBytes || p.bytes() > maxBytes:
		return misused(c, "an archive has at most "+units.Size(maxBytes).Human())
	case len(p.extensions) == 0:
		return misused(c, "--fext has no extension")
	}
	return nil
}

// bucketForShards makes sure that there is a bucket, with --cleanup an empty one.
func (t *Tool) bucketForShards(ctx context.Context, c *cli.Context, client *api.Client, b wire.Bucket) error {
	if c.Bool("cleanup") {
		_, err := client.HeadBucket(ctx, b)
		if err == nil {
			if err = t.confirm(c, "Remove %q with all its objects first?", b); err == nil {
				err = client.DestroyBucket(ctx, b)
			}
		}
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
	}
	if err := client.CreateBucket(ctx, b, nil); err != nil && !errors.Is(err, errs.Exists) {
		return err
	}
	return nil
}

func (t *Tool) describeShards(plan shardPlan) error {
	last := ""
	if n := plan.names.Count(); n > 1 {
		last = fmt.Sprintf(" and %d more", n-1)
	}
	return t.printf("%s%s, %s of %s in each\n", printable(plan.bucket.ObjectString(plan.first())), last,
		plural(plan.members(), "file", "files"), units.Size(plan.size).Human())
}

// putShard makes one archive in a temporary file, stores it, and returns its
// size.
func putShard(ctx context.Context, client *api.Client, plan shardPlan, name string) (size int64, err error) {
	f, err := os.CreateTemp("", "ais-shard-*")
	if err != nil {
		return 0, fileError(os.TempDir(), err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	if err := errors.Join(plan.write(f, name), f.Close()); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	info, err := os.Stat(f.Name())
	if err != nil {
		return 0, fileError(f.Name(), err)
	}
	_, err = client.PutFile(ctx, plan.bucket, name, f.Name(), api.PutOptions{})
	return info.Size(), err
}
