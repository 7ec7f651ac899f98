package s3

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"

	"aistore/access"
	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/jobs/listing"
)

// owner is who owns everything: the API wants one.
const owner = "aistore"

// region is where all buckets are, as clients see it: the one without a name.
const region = "us-east-1"

// listBuckets answers with the buckets that are not the cluster's own.
func (c *call) listBuckets() error {
	m := newMarkup(1 << 10)
	m.root("ListAllMyBucketsResult")
	m.owner("Owner")
	m.open("Buckets")
	for _, b := range c.options.State().Buckets.List(wire.Bucket{Provider: wire.ProviderAIS}) {
		if b.IsSystem() || b.Bucket.Namespace != (wire.Namespace{}) {
			continue
		}
		m.open("Bucket")
		m.text("Name", b.Name)
		m.time("CreationDate", b.Props.CreatedAt())
		m.close("Bucket")
	}
	m.close("Buckets")
	m.close("ListAllMyBucketsResult")
	return m.answer(c.w, http.StatusOK)
}

// owner writes who owns something.
func (m *markup) owner(name string) {
	m.open(name)
	m.text("ID", owner)
	m.text("DisplayName", owner)
	m.close(name)
}

// headBucket answers that there is such a bucket.
func (c *call) headBucket() error {
	h := c.w.Header()
	h.Set("X-Amz-Bucket-Region", region)
	h.Set("Content-Type", "application/xml")
	return nil
}

// maxConfiguration bounds the documents that say how something is to be, in bytes.
const maxConfiguration = 64 << 10

// createBucket makes a bucket. Where it is to be, if that is said, does not matter.
func (c *call) createBucket() error {
	public, _, err := c.wantedACL()
	if err == nil && public != 0 {
		err = c.authorize(c.q.Caller, c.q.Bucket, access.SetBucketACL)
	}
	if err != nil {
		return err
	}
	var location struct {
		XMLName xml.Name `xml:"CreateBucketConfiguration"`
		Region  string   `xml:"LocationConstraint"`
	}
	if err := c.document(&location, maxConfiguration, optional); err != nil {
		return err
	}
	set := &wire.BucketPropsToSet{S3: &wire.S3PropsToSet{Public: new(uint64(public))}}
	if strings.EqualFold(c.header("X-Amz-Bucket-Object-Lock-Enabled"), "true") {
		enabled, history := true, wire.HistoryEnabled
		set.Lock, set.Versioning = &wire.LockPropsToSet{Enabled: &enabled}, &wire.VersioningPropsToSet{History: &history}
	}
	if err := c.options.Buckets.CreateBucket(c.r.Context(), c.q.Bucket, set); err != nil {
		return err
	}
	c.w.Header().Set("Location", "/"+c.q.Bucket.Name)
	return nil
}

// deleteBucket removes a bucket that has no objects. One that has is told from a
// listing, so that writes to it go on.
func (c *call) deleteBucket() error {
	empty, err := c.isEmpty()
	switch {
	case err != nil:
		return err
	case !empty:
		return refuse(codeBucketNotEmpty)
	}
	switch err := c.options.Buckets.DestroyEmptyBucket(c.r.Context(), c.q.Bucket); {
	case errs.CodeOf(err) == errs.CodeBucketNotEmpty:
		return refuse(codeBucketNotEmpty)
	case err != nil:
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// isEmpty tells whether a bucket has no objects, and no versions.
func (c *call) isEmpty() (bool, error) {
	if keepsVersions(c.bucket) {
		entries, more, err := c.versionsAt(objects.VersionsQuery{Max: 1})
		return len(entries) == 0 && more == nil, err
	}
	request := &wire.ListRequest{PageSize: 1, Flags: wire.ListNameOnly}
	page, err := listing.Page(c.r.Context(), c.options.State().Map, c.options.Peers, c.bucket, request)
	if err != nil {
		return false, err
	}
	return len(page.Entries) == 0, nil
}

// presence says whether a request must have a body.
type presence bool

const (
	required presence = false
	optional presence = true
)

// document reads the body of a request, which is XML of at most limit bytes.
// Errors: Invalid (it is not the document expected, or not the one that was
// signed).
func (c *call) document(into any, limit int64, p presence) error {
	text, err := c.text(limit)
	switch {
	case err != nil:
		return err
	case len(text) == 0 && p == optional:
		return nil
	}
	return parse(text, into)
}

// text reads the body of a request, checked against what the request says of it.
func (c *call) text(limit int64) ([]byte, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	text, err := read(in.reader(), limit)
	if err != nil {
		return nil, err
	}
	return text, in.sums.checkBytes(text, in.payload.Trailer())
}

// unsummed is text for a request whose headers say what the checksum of an object
// is, not that of the body.
func (c *call) unsummed(limit int64) ([]byte, error) {
	payload, err := c.signed.Payload(c.r)
	if err != nil {
		return nil, err
	}
	return read(payload, limit)
}

// read reads at most limit bytes, and refuses more.
func read(r io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = refuse(codeMalformedXML)
	}
	return text, err
}

// parse reads an XML document.
func parse(text []byte, into any) error {
	if err := xml.Unmarshal(text, into); err != nil {
		e := errs.E("s3.parse", "", errs.Invalid, err)
		e.Code, e.Public = codeMalformedXML, rows()[codeMalformedXML].sentence
		return e
	}
	return nil
}
