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

// Put stores a member in the archive n, which is written anew for it: readers see
// the archive of before or after, whole. Puts into one archive come one after the
// other. Of the options, conditions concern the archive; custom metadata is added
// to what it has.
// Errors: those of Verbs.Put; NotFound (the archive, if it must exist), Exists (it
// has a member of that name), Busy (it was replaced or deleted meanwhile).
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
	stored, err := a.put(pass.Context(), n, m, &sentBody{checksum.NewVerifier(pass.body(body), m.Expect)}, o)
	if err != nil {
		if why := pass.cutOff(); why != nil {
			return nil, why
		}
		return nil, err
	}
	return stored, pass.Confirm()
}

func (a *Archives) put(ctx context.Context, n store.Name, m MemberPut, body io.Reader, o store.WriteOptions) (*store.Object, error) {
	old, err := a.continued(ctx, n, m)
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
	w, err := a.begin(ctx, n, m, old, o)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := w.Add(m.Path, m.Size, time.Now(), body); err != nil {
		return nil, errs.E("objects.PutMember", n.String(), "", err)
	}
	stored, err := w.Commit(ctx)
	if errors.Is(err, errs.Precondition) && len(asked.IfMatch)+len(asked.IfNoneMatch) == 0 {
		e := errs.E("objects.PutMember", n.String(), errs.Busy, nil)
		e.Public, e.RetryAfter = "archive "+n.String()+" was replaced or deleted meanwhile: try again", time.Second
		return nil, e
	}
	return stored, err
}

// continued opens the archive that the member is added to; nil if there is none.
func (a *Archives) continued(ctx context.Context, n store.Name, m MemberPut) (*Archive, error) {
	if m.Mode == MemberCreates {
		return nil, nil
	}
	old, err := a.Open(ctx, n, m.MIME)
	switch {
	case errors.Is(err, errs.NotFound) && m.Mode == MemberAppendsOrCreates:
		return nil, nil
	case err != nil:
		return nil, err
	}
	_, found, err := old.Index.Find(m.Path)
	if err == nil && found {
		e := errs.E("objects.PutMember", n.String(), errs.Exists, nil)
		e.Public = "archive " + n.String() + " already has a member " + m.Path + ": give the new one another name, or make the archive anew"
		err = e
	}
	if err != nil {
		return nil, errors.Join(err, old.Close())
	}
	return old, nil
}

// begin begins to write the archive, with what old has.
func (a *Archives) begin(ctx context.Context, n store.Name, m MemberPut, old *Archive, o store.WriteOptions) (*shard.Writer, error) {
	if old != nil {
		last := old.Content.Object
		o.Conditions.IfOrder = last.Order
		o.Custom, o.Header, o.Tags = mergePairs(last.Custom, o.Custom), last.Header, last.Tags
		return a.shards.Append(ctx, n, old.Shard, o)
	}
	if m.Mode == MemberAppendsOrCreates {
		o.Conditions.IfNoneMatch = append(slices.Clone(o.Conditions.IfNoneMatch), store.AnyTag)
	}
	f, err := archive.Detect(m.MIME, n.Object, nil)
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
