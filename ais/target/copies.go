package target

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aistore/access"
	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/module"
	"aistore/store"
)

// copyObject copies the object to the uname in the query.
func (t *Target) copyObject(_ http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	from, err := t.name(q)
	if err != nil {
		return err
	}
	bucket, object, err := wire.ParseUname(q.Query.Get(wire.QueryObjectTo))
	if err == nil {
		err = wire.ValidateNewObjectName(object)
	}
	if err != nil {
		return err
	}
	b, err := t.verbs.Bucket(bucket)
	if err != nil {
		return err
	}
	if err := mayPut(q, b); err != nil {
		return err
	}
	_, err = t.verbs.Copy(r.Context(), from, store.Name{Bucket: b, Object: object}, objects.CopyOptions{Conditions: conditions(r)})
	return err
}

// mayPut returns an error unless the caller may write into a bucket that is not
// the one of the request. A gateway that has checked it says so.
func mayPut(q *rest.ObjectRequest, b *cluster.Bucket) error {
	if q.Caller.Granted.Has(access.PutObject) {
		return nil
	}
	allowed := access.OfBucket(b.Bucket, b.Props)
	return access.Allowed(q.Caller.Identity, &allowed, access.PutObject)
}

// renameObject gives the object another name in its bucket.
func (t *Target) renameObject(_ http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, a *wire.Action) error {
	from, err := t.name(q)
	if err != nil {
		return err
	}
	if err := wire.ValidateNewObjectName(a.Name); err != nil {
		return err
	}
	return t.verbs.Rename(r.Context(), from, store.Name{Bucket: from.Bucket, Object: a.Name})
}

// patchObject changes the user metadata: the value of the action is a JSON
// object of texts.
func (t *Target) patchObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	n, err := t.name(q)
	if err != nil {
		return err
	}
	a, err := rest.DecodeAction(w, r)
	if err != nil {
		return err
	}
	var custom map[string]string
	if err := a.Decode(&custom); err != nil {
		return err
	}
	pairs := make([]store.Pair, 0, len(custom))
	for key, value := range custom {
		if !fitsHeader(key) || !fitsHeader(value) || key == "" || strings.Contains(key, "=") {
			e := errs.E("target.patch", n.String(), errs.Invalid, nil)
			e.Public = "user metadata " + strconv.Quote(key) + ": keys have no =, and neither they nor values have control characters or spaces at an end"
			return e
		}
		pairs = append(pairs, store.Pair{Key: key, Value: value})
	}
	slices.SortFunc(pairs, func(a, b store.Pair) int { return strings.Compare(a.Key, b.Key) })
	replace := objects.Merge
	if q.Query.Bool(wire.QuerySetNewCustom) {
		replace = objects.ReplaceAll
	}
	_, err = t.verbs.SetCustom(r.Context(), n, pairs, replace, int64(t.core.Cluster.Get().Limits.CustomMetadata))
	return err
}

// checkLock answers whether the object is being looked up or changed: 200, 202
// or 423.
func (t *Target) checkLock(w http.ResponseWriter, _ *http.Request, q *rest.ObjectRequest, _ *wire.Action) error {
	n, err := t.name(q)
	if err != nil {
		return err
	}
	switch t.verbs.LockState(n) {
	case store.WriteLocked:
		return errs.E("target.checkLock", n.String(), errs.Locked, nil)
	case store.ReadLocked:
		w.WriteHeader(http.StatusAccepted)
	}
	return nil
}

// writers adds to the reads of peers the writes, which are those of jobs.
type writers struct {
	*peers
	target *Target
}

// Write puts an object at a peer.
func (p writers) Write(ctx context.Context, n *wire.Node, name store.Name, body io.Reader, o store.WriteOptions) error {
	if o.Size < 0 || !o.Conditions.IfOrder.IsZero() {
		return errs.E("target.peers.Write", name.String(), errs.Unsupported,
			errors.New("an object on another target is written with its size, and not over one certain write"))
	}
	absent := slices.Contains(o.Conditions.IfNoneMatch, store.AnyTag)
	record := &store.Record{Size: o.Size, Checksum: o.Expect, ETag: o.ETag, Header: o.Header, Custom: o.Custom, Tags: o.Tags}
	return jobVerbs{p.target}.send(ctx, n, name, module.PutOptions{Record: record, IfAbsent: absent, Conditions: o.Conditions}, body)
}
