package s3

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"aistore/cluster"
	"aistore/internal/run"
	"aistore/store"
)

// uploadQuery asks a target for the open uploads of a bucket.
type uploadQuery struct {
	Prefix  string `json:"prefix"`
	After   string `json:"after"`    // objects that follow this one, or
	AfterID string `json:"after_id"` // uploads of it that follow this one
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

// uploadsHere returns the open uploads on this target.
func (d *Dialect) uploadsHere(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	return answerOf(b, body, func(q *uploadQuery) ([]openUpload, error) {
		o := store.UploadsOptions{Prefix: q.Prefix, After: q.After}
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

// listUploads answers with the open uploads of a bucket.
func (c *call) listUploads() error {
	q := c.q.Query
	l := &list{prefix: q.Get("prefix"), delimiter: q.Get("delimiter"), after: q.Get("key-marker")}
	id := q.Get("upload-id-marker")
	var err error
	if l.max, err = countOf("max-uploads", maxKeys, q.Lookup); err != nil {
		return err
	}
	if l.escape, err = escapes(q.Get("encoding-type")); err != nil {
		return err
	}
	query := &uploadQuery{Prefix: l.prefix, After: l.after}
	if l.after != "" {
		query.AfterID = id
	}
	all, err := c.everyUpload(query)
	if err != nil {
		return err
	}
	m := newMarkup(1 << 10)
	m.root("ListMultipartUploadsResult")
	m.text("Bucket", c.bucket.Name)
	m.text("KeyMarker", l.name(l.after))
	m.text("UploadIdMarker", id)
	m.text("Prefix", l.name(l.prefix))
	m.some("Delimiter", l.name(l.delimiter))
	m.number("MaxUploads", int64(l.max))
	if l.escape {
		m.text("EncodingType", "url")
	}
	l.writeUploads(m, all)
	m.close("ListMultipartUploadsResult")
	return m.answer(c.w, http.StatusOK)
}

// everyUpload asks all targets, and puts their answers in order.
func (c *call) everyUpload(q *uploadQuery) ([]openUpload, error) {
	targets := c.options.State().Map.Targets()
	answers := make([][]openUpload, len(targets))
	indices := make([]int, len(targets))
	for i := range indices {
		indices[i] = i
	}
	err := run.Each(c.r.Context(), len(targets), indices, func(ctx context.Context, i int) error {
		return c.ask(ctx, targets[i], callUploads, q, &answers[i])
	})
	if err != nil {
		return nil, err
	}
	all := slices.Concat(answers...)
	slices.SortFunc(all, func(a, b openUpload) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// writeUploads writes a page of uploads; those below a delimiter become one prefix.
func (l *list) writeUploads(m *markup, all []openUpload) {
	grouping := &walk{list: l, within: l.after}
	var prefixes []string
	var last openUpload
	count, truncated := 0, false
	for _, one := range all {
		directory := grouping.directoryOf(one.Object)
		if directory != "" && directory == grouping.within {
			continue
		}
		if count == l.max {
			truncated = l.max > 0
			break
		}
		count++
		last = one
		if directory != "" {
			grouping.within, last = directory, openUpload{Object: directory}
			prefixes = append(prefixes, directory)
			continue
		}
		l.writeUpload(m, &one)
	}
	for _, prefix := range prefixes {
		m.open("CommonPrefixes")
		m.text("Prefix", l.name(prefix))
		m.close("CommonPrefixes")
	}
	if truncated {
		m.text("NextKeyMarker", l.name(last.Object))
		m.text("NextUploadIdMarker", last.ID)
	}
	m.claim("IsTruncated", truncated)
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
