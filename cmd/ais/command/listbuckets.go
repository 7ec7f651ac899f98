package command

import (
	"context"
	"strconv"
	"strings"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/internal/units"
)

// listBuckets prints buckets, of all providers or of one.
func (t *Tool) listBuckets(ctx context.Context, c *cli.Context, provider string, match func(string) bool) error {
	var query wire.Bucket
	if provider != "" {
		var err error
		if query, err = wire.ParseBucketQuery(provider); err != nil {
			return badName(provider, err)
		}
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	list := client.ListBuckets
	if c.Bool("all") {
		list = client.ListAllBuckets
	}
	buckets, err := list(ctx, query)
	if err != nil {
		return err
	}
	var some []wire.Bucket
	for _, b := range buckets {
		if match(b.Name) && strings.HasPrefix(b.Name, c.String("prefix")) {
			some = append(some, b)
		}
	}
	if limit := c.Int("limit"); limit > 0 && len(some) > limit {
		some = some[:limit]
	}
	if c.Bool("summary") {
		o := api.ListOptions{}
		return t.summarize(ctx, c, client, some, o, func(string) bool { return true })
	}
	return t.showBuckets(c, some)
}

func (t *Tool) showBuckets(c *cli.Context, buckets []wire.Bucket) error {
	if c.Bool("count-only") {
		return t.showCount(c, len(buckets), "bucket", "buckets")
	}
	if c.Bool("json") {
		for _, b := range buckets {
			text, err := jsonx.Marshal(b)
			if err != nil {
				return err
			}
			if err := t.printf("%s\n", text); err != nil {
				return err
			}
		}
		return nil
	}
	if len(buckets) == 0 {
		t.notef("No buckets. \"ais create ais://NAME\" creates one\n")
		return nil
	}
	out := t.newTable(c.Bool("no-headers") || c.Bool("name-only"), "NAME")
	for _, b := range buckets {
		out.add(b.String())
	}
	return out.flush()
}

// summary is what is in a bucket.
type summary struct {
	Bucket  string `json:"bucket"`
	Objects int64  `json:"objects"`
	Size    int64  `json:"size"` // bytes
}

// summarize counts objects: the cluster does it, unless they are chosen by more
// than a prefix.
func (t *Tool) summarize(ctx context.Context, c *cli.Context, client *api.Client, buckets []wire.Bucket, o api.ListOptions, match func(string) bool) error {
	var all []summary
	for _, b := range buckets {
		s, err := summarizeOne(ctx, c, client, b, o, match)
		if err != nil {
			return errs.E("summary", b.String(), "", err)
		}
		all = append(all, s)
	}
	if c.Bool("json") {
		return t.printJSON(all)
	}
	out := t.newTable(c.Bool("no-headers"), "NAME", ">OBJECTS", ">SIZE")
	for _, s := range all {
		out.add(s.Bucket, strconv.FormatInt(s.Objects, 10), units.Size(s.Size).Human())
	}
	return out.flush()
}

func summarizeOne(ctx context.Context, c *cli.Context, client *api.Client, b wire.Bucket, o api.ListOptions, match func(string) bool) (summary, error) {
	s := summary{Bucket: b.String()}
	if c.String("regex") == "" && c.String("template") == "" && o.Flags&^wire.ListNameOnly == 0 && o.StartAfter == "" {
		counted, err := client.Summary(ctx, b, api.SummaryOptions{Prefix: o.Prefix})
		for i := range counted {
			s.Objects, s.Size = s.Objects+counted[i].Count.Present, s.Size+counted[i].Total.Present
		}
		return s, err
	}
	o.Props, o.Flags, o.Limit = 0, o.Flags|wire.ListNameSize, 0
	for entry, err := range client.List(ctx, b, o) {
		if err != nil {
			return s, err
		}
		if !entry.IsDir() && match(entry.Name) {
			s.Objects, s.Size = s.Objects+1, s.Size+entry.Size
		}
	}
	return s, nil
}
