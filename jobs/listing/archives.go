package listing

import (
	"container/heap"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"aistore/archive"
	"aistore/cluster"
	"aistore/errs"
	"aistore/module"
	"aistore/store"
	"aistore/store/shard"
)

// memberChunk is how many members of an archive are held at a time.
const memberChunk = 1000

// archives are the archives that a walk has met and not yet listed to their
// end: a heap, least next member first.
type archives struct {
	members module.Members
	bucket  *cluster.Bucket
	prefix  string // of the listing
	log     *slog.Logger

	heap []*opened
}

// opened is an archive with the members that come next. It has at least one.
type opened struct {
	shard   string
	mark    mark // of the generation that the members are in
	members []archive.Member
	more    bool
}

// member is a member of an archive as it is listed.
type member struct {
	name string
	size int64
	mark mark
}

func (o *opened) name() string { return o.shard + "/" + o.members[0].Name }

func (a *archives) Len() int           { return len(a.heap) }
func (a *archives) Less(i, j int) bool { return a.heap[i].name() < a.heap[j].name() }
func (a *archives) Swap(i, j int)      { a.heap[i], a.heap[j] = a.heap[j], a.heap[i] }
func (a *archives) Push(o any)         { a.heap = append(a.heap, o.(*opened)) }
func (a *archives) Pop() any {
	last := a.heap[len(a.heap)-1]
	a.heap = a.heap[:len(a.heap)-1]
	return last
}

// next returns the member with the least name, nil if there is none. A nil
// archives has none.
func (a *archives) next() *member {
	if a == nil || len(a.heap) == 0 {
		return nil
	}
	o := a.heap[0]
	return &member{name: o.name(), size: o.members[0].Size, mark: o.mark}
}

// advance goes on after the member that next returned.
func (a *archives) advance(ctx context.Context) error {
	o := a.heap[0]
	last := o.members[0].Name
	if o.members = o.members[1:]; len(o.members) > 0 {
		heap.Fix(a, 0)
		return nil
	}
	heap.Pop(a)
	if !o.more {
		return nil
	}
	_, err := a.openAfter(ctx, o.shard, last)
	return err
}

// open opens an object if it is an archive by its name, from the member after
// that name on, and reports whether it is one.
func (a *archives) open(ctx context.Context, object string) (bool, error) {
	return a.openAfter(ctx, object, "")
}

// openAfter is open from the member after that name on. What turns out to be no
// archive, or to be gone, has no members.
func (a *archives) openAfter(ctx context.Context, object, after string) (bool, error) {
	below, ok := a.below(object)
	if !ok || archive.OfName(object) == 0 {
		return false, nil
	}
	n := store.Name{Bucket: a.bucket, Object: object}
	found, err := a.members.Members(ctx, n, shard.MembersOptions{Prefix: below, After: after, Limit: memberChunk})
	switch {
	case errors.Is(err, errs.NotFound):
		return false, nil
	case errors.Is(err, errs.Invalid), errors.Is(err, errs.TooLarge), errors.Is(err, errs.Unsupported), errors.Is(err, errs.Corrupt):
		a.log.Debug("archive is listed closed", "object", n.String(), "err", err)
		return false, nil
	case err != nil:
		return false, err
	}
	if len(found.Members) > 0 {
		heap.Push(a, &opened{shard: object, mark: mark{order: found.Order}, members: found.Members, more: found.More})
	}
	return true, nil
}

// below returns the prefix that the members of an archive must have; false if
// none of them can have the prefix of the listing.
func (a *archives) below(object string) (prefix string, ok bool) {
	if strings.HasPrefix(object+"/", a.prefix) {
		return "", true
	}
	return strings.CutPrefix(a.prefix, object+"/")
}

// resume opens the archives that a walk from after on does not meet, though some
// of their members come after it: those whose names are the beginning of after,
// or of the prefix.
func (a *archives) resume(ctx context.Context, after string) error {
	for _, object := range notMet(after, a.prefix) {
		if err := a.resumeOne(ctx, object, after); err != nil {
			return err
		}
	}
	return nil
}

// notMet returns what may be archives with members after a name of a listing, or
// with its prefix, though they themselves do not come in it.
func notMet(after, prefix string) (objects []string) {
	for _, text := range []string{after, prefix} {
		for end := range len(text) + 1 {
			object := text[:end]
			met := object > after && strings.HasPrefix(object, prefix)
			if !met && archive.OfName(object) != 0 && !slices.Contains(objects, object) {
				objects = append(objects, object)
			}
		}
	}
	return objects
}

// resumeOne opens one archive for its members after a name of the listing.
func (a *archives) resumeOne(ctx context.Context, object, after string) error {
	memberAfter, inside := strings.CutPrefix(after, object+"/")
	if !inside {
		if object+"/" < after {
			return nil // all of them come before
		}
		memberAfter = ""
	}
	_, err := a.openAfter(ctx, object, memberAfter)
	return err
}
