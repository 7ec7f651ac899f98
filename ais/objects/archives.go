package objects

import (
	"context"
	"errors"
	"io"

	"aistore/archive"
	"aistore/store"
	"aistore/store/shard"
)

// Archives are the verbs on members of archives that are objects. All methods
// may be called from any goroutine.
type Archives struct {
	verbs  *Verbs
	shards *shard.Shards
	names  *turns
}

// NewArchives makes the verbs on the archives among the objects of v.
func NewArchives(v *Verbs, shards *shard.Shards) *Archives {
	return &Archives{verbs: v, shards: shards, names: newTurns()}
}

// Archive is an archive opened for reading, with its index. The caller closes it.
type Archive struct {
	*shard.Shard
	Content *Content

	from *awayReader // nil when the archive is here
}

// Open opens the archive n; mime is what the client says of its format, or "".
// One that another target still has is indexed anew each time.
// Errors: those of Verbs.Open and shard.Shards.Open; Corrupt (the bucket
// verifies what it reads, and the archive is damaged).
func (a *Archives) Open(ctx context.Context, n store.Name, mime string) (*Archive, error) {
	c, err := a.verbs.Open(ctx, n)
	if err != nil {
		return nil, err
	}
	opened, err := a.open(ctx, n, mime, c)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return opened, nil
}

func (a *Archives) open(ctx context.Context, n store.Name, mime string, c *Content) (*Archive, error) {
	opened := &Archive{Content: c}
	source := shard.Source{Name: n, Object: c.Object, MIME: mime, Content: c.Local}
	if c.Local == nil {
		opened.from = &awayReader{ctx: ctx, content: c, name: n}
		source.Content, source.Away = opened.from, true
	} else if n.Bucket.Props.Checksum.ValidateWarmGet {
		if err := c.Local.Verify(ctx); err != nil {
			return nil, err
		}
	}
	var err error
	if opened.Shard, err = a.shards.Open(ctx, source); err != nil {
		return nil, errors.Join(err, opened.from.Close())
	}
	return opened, nil
}

// Plain returns the offset of the content of m in the object, if that is here and
// the content stands in it as it is.
func (o *Archive) Plain(m archive.Member) (offset int64, ok bool) {
	return m.Offset, o.Archive.Format() == archive.Tar && o.Content.Local != nil
}

// Close releases the archive.
func (o *Archive) Close() error {
	return errors.Join(o.Shard.Close(), o.from.Close(), o.Content.Close())
}

// Selected goes through the members that match, in the order of the archive, each
// with its content, which is good until visit returns. Members that a later one
// of their name hides are left out. It reports whether there were any.
// Errors: those of archive.Walk and of the index, and those of visit.
func (o *Archive) Selected(ctx context.Context, match func(name string) bool, visit archive.Visit) (some bool, err error) {
	if o.Archive.Format().IsCompressedTar() {
		return o.selectWalking(ctx, match, visit)
	}
	for m, err := range o.Index.Members() {
		if err != nil {
			return some, err
		}
		counts, err := o.chosen(m, match)
		if err != nil {
			return some, err
		}
		if !counts {
			continue
		}
		some = true
		if err := o.visit(ctx, m, visit); err != nil {
			return some, err
		}
	}
	return some, nil
}

// selectWalking is Selected for an archive whose members have no place of their
// own: if any member matches, all of it is decompressed once.
func (o *Archive) selectWalking(ctx context.Context, match func(name string) bool, visit archive.Visit) (some bool, err error) {
	for m, err := range o.Index.Members() {
		if err != nil {
			return false, err
		}
		if some = match(m.Name); some {
			break
		}
	}
	if !some {
		return false, nil
	}
	return true, o.Archive.Walk(ctx, func(m archive.Member, content io.Reader) error {
		counts, err := o.chosen(m, match)
		if err != nil || !counts {
			return err
		}
		return visit(m, content)
	})
}

func (o *Archive) chosen(m archive.Member, match func(name string) bool) (bool, error) {
	if !match(m.Name) {
		return false, nil
	}
	return o.Index.Counts(m)
}

func (o *Archive) visit(ctx context.Context, m archive.Member, visit archive.Visit) error {
	content, err := o.Archive.Open(ctx, m)
	if err != nil {
		return err
	}
	return errors.Join(visit(m, content), content.Close())
}
