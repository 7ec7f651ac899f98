package s3

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
	"aistore/store"
)

// uploadQuery asks a target for the open uploads of a bucket, the first in order.
type uploadQuery struct {
	Prefix    string `json:"prefix"`
	Delimiter string `json:"delimiter"` // of the uploads below a directory the first is wanted
	After     string `json:"after"`     // objects that follow this one, or
	AfterID   string `json:"after_id"`  // uploads of it that follow this one
	Max       int    `json:"max"`       // how many are wanted at most
}

// openUpload is an open upload, in the answer.
type openUpload struct {
	Object  string    `json:"object"`
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Class   string    `json:"class"`
	SumName string    `json:"sum_name,omitempty"`
	SumType string    `json:"sum_type,omitempty"`
}

// uploadsHere answers a query from this target's own store.
func (d *Dialect) uploadsHere(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	return answerOf(b, body, func(q *uploadQuery) ([]openUpload, error) {
		if q.Max < 1 || q.Max > maxKeys+1 {
			return nil, errs.E("s3.uploadsHere", b.String(), errs.Invalid, nil)
		}
		l := &list{prefix: q.Prefix, delimiter: q.Delimiter}
		o := store.UploadsOptions{Prefix: q.Prefix, After: q.After, Max: q.Max, Group: l.directoryOf}
		if q.AfterID != "" {
			id, err := store.ParseUploadID(store.Name{Bucket: b, Object: q.After}, q.AfterID)
			if err != nil {
				return nil, err
			}
			o.AfterID = id
		}
		found, err := d.options.Objects.Uploads(ctx, b, o)
		if err != nil {
			return nil, err
		}
		list := make([]openUpload, 0, len(found))
		for i := range found {
			one := openUpload{Object: found[i].Object, ID: found[i].ID.String(), Created: found[i].Created, Class: classOf(found[i].Header)}
			a, kind := uploadedSum(found[i].Header)
			one.SumName, one.SumType = a.name, kind
			list = append(list, one)
		}
		return list, nil
	})
}

// listUploads answers with a page of the open uploads of a bucket.
func (c *call) listUploads() error {
	l, err := c.listOf("key-marker", "max-uploads")
	if err != nil {
		return err
	}
	marker := ""
	if l.after != "" { // without a name it says nothing
		marker = c.q.Query.Get("upload-id-marker")
	}
	p, err := c.uploadsPage(l, marker)
	if err != nil {
		return err
	}
	return l.writeUploads(c, marker, p)
}

// uploadsPage reads a page: the uploads that follow a name, and those of that name
// that follow the one with the marker for its id, unless it is "". Each target is
// asked once, for as many as the page may have, and one that tells whether there are
// more; a directory counts as one. Errors: Invalid.
func (c *call) uploadsPage(l *list, marker string) (page[openUpload], error) {
	q := &uploadQuery{Prefix: l.prefix, Delimiter: l.delimiter, After: l.after, Max: l.max + 1}
	if marker != "" {
		if _, err := store.ParseUploadID(c.name(), marker); err != nil {
			return page[openUpload]{}, refuseWith(codeInvalidArgument, "Invalid uploadId marker")
		}
		q.AfterID = marker
	}
	if l.isDirectory(l.after) { // a page before has given it
		q.After, q.AfterID = lastIn(l.after), ""
	}
	if l.max == 0 {
		return page[openUpload]{}, nil
	}
	all, err := c.firstUploads(l, q)
	if err != nil {
		return page[openUpload]{}, err
	}
	return page[openUpload]{all[:min(l.max, len(all))], len(all) > l.max}, nil
}

// firstUploads asks all targets, and puts their answers in order. An upload that
// several have, as it is about to move, is one.
func (c *call) firstUploads(l *list, q *uploadQuery) ([]openUpload, error) {
	var mu sync.Mutex
	var all []openUpload
	err := run.Each(c.r.Context(), targetsAtOnce, c.options.State().Map.Targets(), func(ctx context.Context, node *wire.Node) error {
		var found []openUpload
		if err := c.ask(ctx, node, callUploads, q, &found); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b openUpload) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), strings.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(all, func(a, b openUpload) bool {
		if directory := l.directoryOf(a.Object); directory != "" {
			return directory == l.directoryOf(b.Object)
		}
		return a.Object == b.Object && a.ID == b.ID
	}), nil
}

// writeUploads answers with a page.
func (l *list) writeUploads(c *call, marker string, p page[openUpload]) error {
	m := newMarkup(256 + 512*len(p.entries))
	m.root("ListMultipartUploadsResult")
	m.text("Bucket", c.bucket.Name)
	m.text("KeyMarker", l.name(l.after))
	m.text("UploadIdMarker", marker)
	m.text("Prefix", l.name(l.prefix))
	m.some("Delimiter", l.name(l.delimiter))
	m.number("MaxUploads", int64(l.max))
	if l.escape {
		m.text("EncodingType", "url")
	}
	if p.truncated {
		object, id := p.last().Object, p.last().ID
		if directory := l.directoryOf(object); directory != "" {
			object, id = directory, ""
		}
		m.text("NextKeyMarker", l.name(object))
		m.text("NextUploadIdMarker", id)
	}
	m.claim("IsTruncated", p.truncated)
	var directories []string
	for i := range p.entries {
		if directory := l.directoryOf(p.entries[i].Object); directory != "" {
			directories = append(directories, directory)
		} else {
			l.writeUpload(m, &p.entries[i])
		}
	}
	l.writePrefixes(m, directories)
	m.close("ListMultipartUploadsResult")
	return m.answer(c.w, http.StatusOK)
}

func (l *list) writeUpload(m *markup, u *openUpload) {
	m.open("Upload")
	m.text("Key", l.name(u.Object))
	m.text("UploadId", u.ID)
	m.owner("Initiator")
	m.owner("Owner")
	m.text("StorageClass", u.Class)
	m.time("Initiated", u.Created)
	m.some("ChecksumAlgorithm", u.SumName)
	m.some("ChecksumType", u.SumType)
	m.close("Upload")
}
