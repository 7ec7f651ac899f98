package objects

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"aistore/archive"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
	"aistore/store/shard"
)

// MemberMode says what putting a member does with the archive.
type MemberMode int

// The modes; their numbers are on the wire.
const (
	MemberCreates          MemberMode = 0 // the archive is made anew, with this one member
	MemberAppends          MemberMode = 1 // the archive must exist
	MemberAppendsOrCreates MemberMode = 2
)

// MemberPut is a member to be put into an archive.
type MemberPut struct {
	Path   string       // name of the member; one that begins with that of the archive is taken relative to it
	Size   int64        // bytes of its content
	Expect checksum.Sum // of its content; zero does not ask
	Mode   MemberMode
	MIME   string // format of the archive; "" lets its name or its content say it
}

// ArchiveWrite says which archive is written.
type ArchiveWrite struct {
	Mode MemberMode
	MIME string // format of the archive; "" lets its name or its content say it
	// Refuse is a name that the archive must not have yet, asked before the old
	// archive is copied; "" does not ask.
	Refuse string
}

// AddMember adds a member to an archive being written, see archive.Writer.Add.
type AddMember func(name string, size int64, modified time.Time, content io.Reader) error

// Put stores a member in the archive n, see Write. Errors: those of Write; Invalid
// (its size is not known, its checksum does not match), Exists (the archive has a
// member of that name).
func (a *Archives) Put(ctx context.Context, n store.Name, m MemberPut, body io.Reader, o store.WriteOptions) (*store.Object, error) {
	if m.Size <= 0 {
		e := errs.E("objects.PutMember", n.String(), errs.Invalid, nil)
		e.Public = "a member is put into an archive with its length: send Content-Length, not zero"
		return nil, e
	}
	var err error
	if m.Path, err = archive.CleanName(strings.TrimPrefix(m.Path, n.Object+"/")); err != nil {
		return nil, err
	}
	w := ArchiveWrite{Mode: m.Mode, MIME: m.MIME, Refuse: m.Path}
	return a.write(ctx, n, w, o, func(pass *Pass, add AddMember) error {
		return add(m.Path, m.Size, time.Now(), &sentBody{checksum.NewVerifier(pass.body(body), m.Expect)})
	})
}

// Write makes the archive n anew, or a new generation of it that begins with the
// members it has, with the members that fill adds. Readers see the archive of
// before or after, whole. Writes of one archive come one after the other. Of the
// options, conditions concern the archive, and custom metadata is added to what it
// has. The context that fill gets ends when the write may go on no longer.
// Errors: those of Verbs.Put and of fill; NotFound (the archive, if it must exist),
// Busy (it was replaced or deleted meanwhile).
func (a *Archives) Write(ctx context.Context, n store.Name, w ArchiveWrite, o store.WriteOptions, fill func(context.Context, AddMember) error) (*store.Object, error) {
	return a.write(ctx, n, w, o, func(pass *Pass, add AddMember) error { return fill(pass.Context(), add) })
}

func (a *Archives) write(ctx context.Context, n store.Name, w ArchiveWrite, o store.WriteOptions, fill func(*Pass, AddMember) error) (*store.Object, error) {
	done, err := a.names.wait(ctx, n.Digest())
	if err != nil {
		return nil, err
	}
	defer done()
	pass, err := a.verbs.gate.Enter(ctx, n.Digest())
	if err != nil {
		return nil, err
	}
	defer pass.Leave()
	o.Fence = pass.Check
	stored, err := a.rewrite(pass.Context(), n, w, o, func(add AddMember) error { return fill(pass, add) })
	if err != nil {
		if why := pass.cutOff(); why != nil {
			return nil, why
		}
		return nil, err
	}
	return stored, pass.Confirm()
}

// rewrite writes the next generation of an archive.
func (a *Archives) rewrite(ctx context.Context, n store.Name, w ArchiveWrite, o store.WriteOptions, fill func(AddMember) error) (*store.Object, error) {
	old, err := a.continued(ctx, n, w)
	if err != nil {
		return nil, err
	}
	if old != nil {
		defer old.Close()
	}
	state := a.verbs.state()
	if o.Base, err = a.verbs.base(ctx, state, n); err != nil {
		return nil, err
	}
	o.MapVersion = state.Map.Version()
	asked := o.Conditions
	out, err := a.begin(ctx, n, w, old, o)
	if err != nil {
		return nil, err
	}
	defer out.Abort()
	if err := fill(out.Add); err != nil {
		return nil, errs.E("objects.PutMember", n.String(), "", err)
	}
	stored, err := out.Commit(ctx)
	if errors.Is(err, errs.Precondition) && len(asked.IfMatch)+len(asked.IfNoneMatch) == 0 {
		e := errs.E("objects.PutMember", n.String(), errs.Busy, nil)
		e.Public, e.RetryAfter = "archive "+n.String()+" was replaced or deleted meanwhile: try again", time.Second
		return nil, e
	}
	return stored, err
}

// continued opens the archive that members are added to; nil if there is none.
func (a *Archives) continued(ctx context.Context, n store.Name, w ArchiveWrite) (*Archive, error) {
	if w.Mode == MemberCreates {
		return nil, nil
	}
	old, err := a.Open(ctx, n, w.MIME)
	switch {
	case errors.Is(err, errs.NotFound) && w.Mode == MemberAppendsOrCreates:
		return nil, nil
	case err != nil:
		return nil, err
	}
	_, found, err := old.Index.Find(w.Refuse)
	if err == nil && found {
		e := errs.E("objects.PutMember", n.String(), errs.Exists, nil)
		e.Public = "archive " + n.String() + " already has a member " + w.Refuse + ": give the new one another name, or make the archive anew"
		err = e
	}
	if err != nil {
		return nil, errors.Join(err, old.Close())
	}
	return old, nil
}

// begin begins to write the archive, with what old has.
func (a *Archives) begin(ctx context.Context, n store.Name, w ArchiveWrite, old *Archive, o store.WriteOptions) (*shard.Writer, error) {
	if old != nil {
		last := old.Content.Object
		o.Conditions.IfOrder = last.Order
		o.Custom, o.Header, o.Tags = mergePairs(last.Custom, o.Custom), last.Header, last.Tags
		return a.shards.Append(ctx, n, old.Shard, o)
	}
	if w.Mode == MemberAppendsOrCreates {
		o.Conditions.IfNoneMatch = append(slices.Clone(o.Conditions.IfNoneMatch), store.AnyTag)
	}
	f, err := archive.Detect(w.MIME, n.Object, nil)
	if err != nil {
		return nil, err
	}
	return a.shards.Create(ctx, n, f, o)
}

// mergePairs returns old with what now says instead or in addition.
func mergePairs(old, now []store.Pair) []store.Pair {
	merged := slices.Clone(old)
	for _, p := range now {
		i := slices.IndexFunc(merged, func(o store.Pair) bool { return o.Key == p.Key })
		if i < 0 {
			merged = append(merged, p)
		} else {
			merged[i] = p
		}
	}
	return merged
}

// sentBody is a body with a checksum that its sender gave.
type sentBody struct{ r io.Reader }

// Read is io.Reader. Errors: Invalid (the checksum does not match), and those of
// the body.
func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if errors.Is(err, errs.Corrupt) {
		e := errs.E("objects.PutMember", "", errs.Invalid, err)
		e.Code = errs.CodeChecksum
		err = e
	}
	return n, err
}
