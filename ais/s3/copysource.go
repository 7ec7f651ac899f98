package s3

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"aistore/access"
	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/store"
)

// copySource is what the header x-amz-copy-source names.
type copySource struct {
	bucket, object string
	version        string // "" is the object
}

// parseCopySource reads "bucket/key" or "/bucket/key", escaped, maybe with a version
// behind it. Errors: Invalid.
func parseCopySource(text string) (copySource, error) {
	invalid := refuseWith(codeInvalidArgument, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	path, query, versioned := strings.Cut(text, "?")
	version, ok := strings.CutPrefix(query, "versionId=")
	if versioned && (!ok || version == "") {
		return copySource{}, invalid
	}
	path, err := url.PathUnescape(path)
	if err != nil {
		return copySource{}, invalid
	}
	bucket, object, found := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !found || (wire.Bucket{Name: bucket}).Validate() != nil || bucket == "" || wire.ValidateObjectName(object) != nil {
		return copySource{}, invalid
	}
	return copySource{bucket, object, version}, nil
}

// source finds the object that a request copies, which the caller must be allowed
// to read. Errors: Invalid, Forbidden, NotFound.
func (c *call) source() (n store.Name, s copySource, err error) {
	if s, err = parseCopySource(c.header("X-Amz-Copy-Source")); err != nil {
		return n, s, err
	}
	b := wire.Bucket{Name: s.bucket, Provider: wire.ProviderAIS}
	if b.IsSystem() {
		return n, s, errs.BucketNotFound("s3", b.String())
	}
	if err := c.authorize(c.q.Caller, b, access.GetObject); err != nil {
		return n, s, err
	}
	found, err := c.options.Objects.Bucket(b)
	return store.Name{Bucket: found, Object: s.object}, s, err
}

// openSource opens the object that a request copies, wherever it is, if it is as the
// request wants. The caller closes it.
func (c *call) openSource() (store.Name, copySource, *objects.Content, error) {
	n, s, err := c.source()
	if err != nil {
		return n, s, nil, err
	}
	from, err := c.openOf(n, s.version)
	if errs.CodeOf(err) == errs.CodeDeleteMarker {
		err = refuseWith(codeInvalidRequest, "The source of a copy request may not specifically refer to a delete marker by version id.")
	}
	if err != nil {
		return n, s, nil, err
	}
	if err := c.checkSource(from.Object); err != nil {
		return n, s, nil, errors.Join(err, from.Close())
	}
	return n, s, from, nil
}

// checkSource checks what must hold for the object that is copied.
func (c *call) checkSource(o *store.Object) error {
	conditions := rest.Conditions{
		IfMatch:           c.header("X-Amz-Copy-Source-If-Match"),
		IfNoneMatch:       c.header("X-Amz-Copy-Source-If-None-Match"),
		IfModifiedSince:   c.header("X-Amz-Copy-Source-If-Modified-Since"),
		IfUnmodifiedSince: c.header("X-Amz-Copy-Source-If-Unmodified-Since"),
	}
	err := conditions.Check(http.MethodGet, rest.Validators{Exists: true, ETag: quoted(o), Modified: o.Modified})
	if errs.KindOf(err) == errs.NotModified {
		return refuse(codePrecondition)
	}
	return err
}
