package target

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"aistore/ais/node"
	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/module"
	"aistore/store"
)

// jobVerbs are the object verbs that modules see: those of this target, and by
// way of its peers those of the others.
type jobVerbs struct {
	*Target
}

// Head describes an object that this target owns.
func (v jobVerbs) Head(ctx context.Context, n store.Name) (*store.Object, error) {
	return v.verbs.Head(ctx, n)
}

// Mine tells whether this target holds the object that counts.
func (v jobVerbs) Mine(ctx context.Context, n store.Name) (bool, error) { return v.verbs.Mine(ctx, n) }

// Owner tells whether this target owns a name.
func (v jobVerbs) Owner(n store.Name) (bool, error) { return v.verbs.Owner(n) }

// Open opens an object that is here, or that an owner has.
func (v jobVerbs) Open(ctx context.Context, n store.Name) (*store.Object, io.ReadCloser, error) {
	c, err := v.verbs.OpenLocal(ctx, n)
	if errors.Is(err, errs.NotFound) {
		return v.openAway(ctx, n)
	}
	if err != nil {
		return nil, nil, err
	}
	body, err := c.Section(ctx, n, 0, c.Object.Size)
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return c.Object, closers{body, c}, nil
}

// openAway asks the owner for an object, which finds it wherever it is.
func (v jobVerbs) openAway(ctx context.Context, n store.Name) (*store.Object, io.ReadCloser, error) {
	owner, err := v.applied.Load().Map.Owner(n.Digest())
	if err != nil {
		return nil, nil, err
	}
	if owner.ID == v.id {
		c, err := v.verbs.Open(ctx, n)
		if err != nil {
			return nil, nil, err
		}
		body, err := c.Section(ctx, n, 0, c.Object.Size)
		if err != nil {
			return nil, nil, errors.Join(err, c.Close())
		}
		return c.Object, closers{body, c}, nil
	}
	response, err := v.core.Peers.Request(ctx, http.MethodGet, node.ObjectURL(owner.Data.URL, n.Bucket.Bucket, n.Object, ""), nil, nil)
	if err != nil {
		return nil, nil, err
	}
	o, err := parseObject(response)
	if err != nil {
		return nil, nil, errors.Join(errs.E("target.Open", n.String(), errs.Unavailable, err), response.Body.Close())
	}
	return o, response.Body, nil
}

// closers is a reader with what it reads from.
type closers struct {
	io.ReadCloser
	under io.Closer
}

// Close closes both.
func (c closers) Close() error { return errors.Join(c.ReadCloser.Close(), c.under.Close()) }

// Delete deletes an object at its owner.
func (v jobVerbs) Delete(ctx context.Context, n store.Name) error {
	owner, err := v.applied.Load().Map.Owner(n.Digest())
	if err != nil {
		return err
	}
	if owner.ID == v.id {
		return v.verbs.Delete(ctx, n, store.DeleteOptions{})
	}
	response, err := v.core.Peers.Request(ctx, http.MethodDelete, node.ObjectURL(owner.Data.URL, n.Bucket.Bucket, n.Object, ""), nil, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// Remove deletes an object that this target owns, or one of its versions.
func (v jobVerbs) Remove(ctx context.Context, n store.Name, o store.DeleteOptions) (store.Deletion, error) {
	return v.verbs.Remove(ctx, n, o)
}

// Uploads are the open uploads at this target.
func (v jobVerbs) Uploads(ctx context.Context, b *cluster.Bucket, o store.UploadsOptions) ([]store.UploadInfo, error) {
	return v.verbs.Uploads(ctx, b, o)
}

// AbortUpload gives up an upload at this target.
func (v jobVerbs) AbortUpload(ctx context.Context, n store.Name, id store.UploadID) error {
	u, err := v.verbs.Upload(n, id.String())
	if err != nil {
		return err
	}
	return u.Abort(ctx)
}

// Put stores an object at its owner.
func (v jobVerbs) Put(ctx context.Context, n store.Name, o module.PutOptions, body io.Reader) (away bool, err error) {
	owner, err := v.applied.Load().Map.Owner(n.Digest())
	if err != nil {
		return false, err
	}
	if owner.ID == v.id {
		_, err := v.keep(ctx, n, o, body)
		return false, err
	}
	return true, v.send(ctx, owner, n, o, body)
}

// WriteArchive makes an archive that this target owns.
func (v jobVerbs) WriteArchive(ctx context.Context, n store.Name, w module.ArchiveWrite, fill func(context.Context, module.AddMember) error) error {
	o := objects.ArchiveWrite{MIME: w.MIME}
	if w.Append {
		o.Mode = objects.MemberAppendsOrCreates
	}
	_, err := v.members.Write(ctx, n, o, store.WriteOptions{Size: -1}, func(ctx context.Context, add objects.AddMember) error {
		return fill(ctx, module.AddMember(add))
	})
	return err
}

// Queries of an object that a peer sends.
const (
	queryKeep     = "keep"      // with version and order
	queryIfAbsent = "if_absent" // not over another object

	// Conditions on what is there: entity tags, one a line, and unix seconds.
	queryIfMatch      = "if_match"
	queryIfNoneMatch  = "if_none_match"
	queryIfUnmodified = "if_unmodified"
)

// conditionQuery is the part of a query that carries conditions.
func conditionQuery(c *store.Conditions) string {
	query := url.Values{}
	if c.IfMatch != nil {
		query.Set(queryIfMatch, strings.Join(c.IfMatch, "\n"))
	}
	if c.IfNoneMatch != nil {
		query.Set(queryIfNoneMatch, strings.Join(c.IfNoneMatch, "\n"))
	}
	if !c.IfUnmodifiedSince.IsZero() {
		query.Set(queryIfUnmodified, strconv.FormatInt(c.IfUnmodifiedSince.Unix(), 10))
	}
	if len(query) == 0 {
		return ""
	}
	return "&" + query.Encode()
}

// sentConditions are the conditions in a query.
func sentConditions(q rest.Query) (c store.Conditions, err error) {
	tags := func(name string) []string {
		if text, found := q.Lookup(name); found {
			return strings.Split(text, "\n")
		}
		return nil
	}
	c.IfMatch, c.IfNoneMatch = tags(queryIfMatch), tags(queryIfNoneMatch)
	if text := q.Get(queryIfUnmodified); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return c, errs.E("target.receive", queryIfUnmodified, errs.Invalid, err)
		}
		c.IfUnmodifiedSince = time.Unix(seconds, 0)
	}
	return c, nil
}

// send sends an object to its owner. The body of the request is the length of
// the record, 4 bytes big-endian, the record, and the content.
func (v jobVerbs) send(ctx context.Context, owner *wire.Node, n store.Name, o module.PutOptions, body io.Reader) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	head := o.Record.Append(make([]byte, 4))
	binary.BigEndian.PutUint32(head, uint32(len(head)-4))
	query := "&" + node.QueryLocal + "=true"
	if o.Keep {
		query += "&" + queryKeep + "=true"
	}
	if o.IfAbsent {
		query += "&" + queryIfAbsent + "=true"
	}
	if o.Job != "" {
		query += "&" + wire.QueryJobID + "=" + url.QueryEscape(o.Job)
	}
	query += conditionQuery(&o.Conditions)
	patience := v.core.Cluster.Get().Timeout.SendFile.Std()
	moving := &progress{Reader: io.LimitReader(body, o.Record.Size)}
	moving.timer = time.AfterFunc(patience, func() {
		cancel(errs.E("target.send", n.String(), errs.Unavailable, errors.New(owner.ID+" takes nothing any more")))
	})
	moving.patience = patience
	defer moving.stop()
	response, err := v.core.Peers.Stream(ctx, http.MethodPut, node.ObjectURL(owner.Data.URL, n.Bucket.Bucket, n.Object, query),
		io.MultiReader(bytes.NewReader(head), moving), int64(len(head))+o.Record.Size)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return err
	}
	return response.Body.Close()
}

// progress is a body that must not stand still.
type progress struct {
	io.Reader
	patience time.Duration

	mu    sync.Mutex
	timer *time.Timer // guarded by mu; nil when it no longer counts
}

// Read is io.Reader.Read.
func (p *progress) Read(b []byte) (int, error) {
	p.mu.Lock()
	if p.timer != nil {
		p.timer.Reset(p.patience)
	}
	p.mu.Unlock()
	return p.Reader.Read(b)
}

func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
	p.timer = nil
}

// keep stores an object that belongs here, as o says.
func (t *Target) keep(ctx context.Context, n store.Name, o module.PutOptions, body io.Reader) (*store.Object, error) {
	w := store.WriteOptions{Size: o.Record.Size, Conditions: o.Conditions}
	if o.Keep {
		w.Record = o.Record
	} else {
		w.Expect = o.Record.Checksum
		w.ETag, w.Header, w.Custom, w.Tags = o.Record.ETag, o.Record.Header, o.Record.Custom, o.Record.Tags
	}
	if o.IfAbsent {
		w.Conditions.IfNoneMatch = []string{store.AnyTag}
	}
	stored, err := t.verbs.Put(ctx, n, body, w)
	if o.Keep && errors.Is(err, errs.Conflict) {
		return stored, nil // a later write is here already
	}
	return stored, err
}
