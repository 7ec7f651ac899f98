package s3

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"aistore/access"
	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// maxRenameTries bounds how often an object is copied that changes meanwhile.
const maxRenameTries = 3

// parseRenameSource reads the name of an object in the bucket: the escaped key, or
// "/bucket/key". Errors: Invalid.
func parseRenameSource(bucket, text string) (string, error) {
	object, err := url.PathUnescape(text)
	if rest, ok := strings.CutPrefix(object, "/"+bucket+"/"); ok {
		object = rest
	}
	if err != nil || wire.ValidateObjectName(object) != nil {
		return "", refuseWith(codeInvalidArgument, "x-amz-rename-source must be the escaped key of an object in the same bucket.")
	}
	return object, nil
}

// renameObject gives an object of the bucket this name, which is done by its owner
// to be: the object is copied, with all that is recorded of its content, and then
// deleted under its old name unless it has changed meanwhile. In between it has both
// names. A crash leaves one of them or both, never neither; to rename it again ends
// that.
func (c *call) renameObject() error {
	object, err := parseRenameSource(c.q.Bucket.Name, c.header("X-Amz-Rename-Source"))
	if err != nil {
		return err
	}
	if object == c.q.Object {
		return refuseWith(codeInvalidRequest, "This rename request is illegal because it is trying to rename an object to itself.")
	}
	if err := c.authorize(c.q.Caller, c.q.Bucket, access.GetObject|access.DeleteObject); err != nil {
		return err
	}
	conditions, err := c.conditions()
	if err != nil {
		return err
	}
	from := store.Name{Bucket: c.bucket, Object: object}
	for range maxRenameTries {
		o, err := c.copyRenamed(from, conditions)
		if err != nil {
			return c.conditional(err, conditions)
		}
		changed, err := c.deleteRenamed(from, o)
		if err != nil || !changed {
			return err
		}
		conditions = store.Conditions{} // what is there now is of this request
	}
	return refuseWith(codeOperationAborted, "The object is being written all the time, and has both names now. Try again.")
}

// copyRenamed copies an object that is as the request wants and returns it as it was
// read.
func (c *call) copyRenamed(from store.Name, conditions store.Conditions) (*store.Object, error) {
	source, err := c.options.Objects.Open(c.r.Context(), from)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	if err := c.checkRenamed(source.Object); err != nil {
		return nil, err
	}
	if conditions, err = c.datesOfDestination(conditions); err != nil {
		return nil, err
	}
	return source.Object, c.putRenamed(from, source, conditions)
}

func (c *call) putRenamed(from store.Name, source *objects.Content, conditions store.Conditions) error {
	o := source.Object
	body, err := source.Section(c.r.Context(), from, 0, o.Size)
	if err != nil {
		return err
	}
	defer body.Close()
	write := store.WriteOptions{
		Size: o.Size, Expect: o.Checksum, Conditions: conditions, Header: o.Header, Custom: o.Custom, Tags: o.Tags,
		Describe: func(_ func(checksum.Kind) checksum.Sum, r *store.Record) error {
			r.Sums, r.PartSizes = slices.Clone(o.Sums), slices.Clone(o.PartSizes)
			if !strings.HasPrefix(o.ETag, "v1-") { // which stands for the write
				r.ETag = o.ETag
			}
			return nil
		},
	}
	_, err = c.options.Objects.Put(c.r.Context(), c.name(), checksum.NewVerifier(body, o.Checksum), write)
	return err
}

// checkRenamed checks what must hold for the object that is renamed.
func (c *call) checkRenamed(o *store.Object) error {
	conditions := rest.Conditions{
		IfMatch:           c.header("X-Amz-Rename-Source-If-Match"),
		IfNoneMatch:       c.header("X-Amz-Rename-Source-If-None-Match"),
		IfModifiedSince:   c.header("X-Amz-Rename-Source-If-Modified-Since"),
		IfUnmodifiedSince: c.header("X-Amz-Rename-Source-If-Unmodified-Since"),
	}
	return mustHold(conditions, rest.Validators{Exists: true, ETag: quoted(o), Modified: o.Modified})
}

// datesOfDestination checks what must hold for the time of the object that is
// replaced, and adds that it stays the one that was looked at.
func (c *call) datesOfDestination(conditions store.Conditions) (store.Conditions, error) {
	dates := rest.Conditions{IfModifiedSince: c.header("If-Modified-Since"), IfUnmodifiedSince: c.header("If-Unmodified-Since")}
	if dates == (rest.Conditions{}) || len(conditions.IfNoneMatch) > 0 {
		return conditions, nil
	}
	o, err := c.options.Objects.Head(c.r.Context(), c.name())
	if errors.Is(err, errs.NotFound) {
		return conditions, nil // there is no time to compare
	}
	if err == nil {
		conditions.IfOrder = o.Order
		err = mustHold(dates, rest.Validators{Exists: true, ETag: quoted(o), Modified: o.Modified})
	}
	return conditions, err
}

// mustHold is Conditions.Check for what is not to be read but changed.
func mustHold(conditions rest.Conditions, v rest.Validators) error {
	err := conditions.Check(http.MethodGet, v)
	if errs.KindOf(err) == errs.NotModified {
		return refuse(codePrecondition)
	}
	return err
}

// renamed is an object that has got another name, and what became of it.
type renamed struct {
	Key         string `json:"key"`
	Map         int64  `json:"map"` // of its order
	Incarnation uint64 `json:"incarnation"`
	Counter     uint64 `json:"counter"`
	Changed     bool   `json:"changed"` // meanwhile, so that it is still there
}

// deleteRenamed has the owner of an object delete it if it is the one that was
// copied.
func (c *call) deleteRenamed(from store.Name, o *store.Object) (changed bool, err error) {
	owner, err := c.options.State().Map.Owner(from.Digest())
	if err != nil {
		return false, err
	}
	gone := renamed{Key: from.Object, Map: o.Order.Map, Incarnation: o.Order.Incarnation, Counter: o.Order.Counter}
	err = c.ask(c.r.Context(), owner, callRenamed, &gone, &gone)
	return gone.Changed, err
}

// renamedHere deletes an object of this target that has got another name.
func (d *Dialect) renamedHere(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	return answerOf(b, body, func(m *renamed) (*renamed, error) {
		order := cluster.Order{Map: m.Map, Incarnation: m.Incarnation, Counter: m.Counter}
		if order.IsZero() || wire.ValidateObjectName(m.Key) != nil {
			return nil, errs.E("s3.renamedHere", b.String(), errs.Invalid, nil)
		}
		_, err := d.options.Objects.Remove(ctx, store.Name{Bucket: b, Object: m.Key}, store.DeleteOptions{Conditions: store.Conditions{IfOrder: order}})
		switch {
		case errors.Is(err, errs.Precondition):
			m.Changed = true
			return m, nil
		case errors.Is(err, errs.NotFound):
			return m, nil // somebody else was first
		}
		return m, err
	})
}
