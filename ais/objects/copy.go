package objects

import (
	"context"
	"errors"
	"io"
	"strings"

	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// CopyOptions says how an object is copied. The zero value replaces what is at
// the destination.
type CopyOptions struct {
	Conditions store.Conditions // on what is at the destination
}

// Copy makes to, in whatever bucket and on whatever target, an object with the
// content and metadata of from. It is a new write there: version and order are
// its own. Returns the object that was copied, as it was read.
// Errors: Invalid (both are one), NotFound, Corrupt (content that is not what
// was stored is not copied), those of Put at the owner of to.
func (v *Verbs) Copy(ctx context.Context, from, to store.Name, o CopyOptions) (*store.Object, error) {
	if from.Bucket.ID() == to.Bucket.ID() && from.Object == to.Object {
		e := errs.E("objects.Copy", from.String(), errs.Invalid, nil)
		e.Public = from.String() + " cannot be copied to itself"
		return nil, e
	}
	c, err := v.Open(ctx, from)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	body, err := c.Section(ctx, from, 0, c.Object.Size)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	write := store.WriteOptions{
		Size: c.Object.Size, Expect: c.Object.Checksum, Conditions: o.Conditions,
		Header: c.Object.Header, Custom: c.Object.Custom, Tags: c.Object.Tags, ETag: portableTag(c.Object),
	}
	return c.Object, v.Send(ctx, to, checksum.NewVerifier(body, c.Object.Checksum), write)
}

// portableTag returns the entity tag that a copy keeps: one that somebody gave,
// not one that stands for the write.
func portableTag(o *store.Object) string {
	if strings.HasPrefix(o.ETag, "v1-") {
		return ""
	}
	return o.ETag
}

// Send stores the body as an object wherever it belongs: here, or at another
// target. Errors: those of Put, and Unavailable if the target cannot be reached.
func (v *Verbs) Send(ctx context.Context, n store.Name, body io.Reader, o store.WriteOptions) error {
	owner, err := v.state().Map.Owner(n.Digest())
	if err != nil {
		return err
	}
	if owner.ID != v.self {
		return v.peers.Write(ctx, owner, n, body, o)
	}
	_, err = v.Put(ctx, n, body, o)
	return err
}

// maxRenameTries bounds how often an object is copied that changes meanwhile.
const maxRenameTries = 3

// Rename gives an object another name in its bucket: it is copied, and then
// deleted unless it has changed meanwhile. In between it has both names. A crash
// leaves one of them or both, never neither; to rename it again ends that. Errors: those of Copy and Delete, Conflict (it changes all the
// time; it may have both names).
func (v *Verbs) Rename(ctx context.Context, from, to store.Name) error {
	var err error
	for range maxRenameTries {
		var copied *store.Object
		if copied, err = v.Copy(ctx, from, to, CopyOptions{}); err != nil {
			return err
		}
		err = v.Delete(ctx, from, store.DeleteOptions{Conditions: store.Conditions{IfOrder: copied.Order}})
		if !errors.Is(err, errs.Precondition) {
			return err
		}
	}
	e := errs.E("objects.Rename", from.String(), errs.Conflict, err)
	e.Public = from.String() + " is being written all the time: it is at " + to.String() + " too"
	return e
}
