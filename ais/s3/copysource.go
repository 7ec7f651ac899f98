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
type copySource struct{ bucket, object string }

// parseCopySource reads "bucket/key" or "/bucket/key", escaped, maybe with a version
// behind it. Errors: Invalid, NotFound (a version).
func parseCopySource(text string) (copySource, error) {
	invalid := refuseWith(codeInvalidArgument, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	path, query, versioned := strings.Cut(text, "?")
	if id, ok := strings.CutPrefix(query, "versionId="); versioned && !ok {
		return copySource{}, invalid
	} else if versioned && id != "null" {
		return copySource{}, refuse(codeNoSuchVersion)
	}
	path, err := url.PathUnescape(path)
	if err != nil {
		return copySource{}, invalid
	}
	bucket, object, found := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !found || (wire.Bucket{Name: bucket}).Validate() != nil || bucket == "" || wire.ValidateObjectName(object) != nil {
		return copySource{}, invalid
	}
	return copySource{bucket, object}, nil
}

// source finds the object that a request copies, which the caller must be allowed
// to read. Errors: Invalid, Forbidden, NotFound.
func (c *call) source() (store.Name, error) {
	s, err := parseCopySource(c.header("X-Amz-Copy-Source"))
	if err != nil {
		return store.Name{}, err
	}
	b := wire.Bucket{Name: s.bucket, Provider: wire.ProviderAIS}
	if err := c.authorize(c.q.Caller, b, access.GetObject); err != nil {
		return store.Name{}, err
	}
	found, err := c.options.Objects.Bucket(b)
	return store.Name{Bucket: found, Object: s.object}, err
}

// openSource opens the object that a request copies, wherever it is, if it is as the
// request wants. The caller closes it.
func (c *call) openSource() (store.Name, *objects.Content, error) {
	n, err := c.source()
	if err != nil {
		return n, nil, err
	}
	from, err := c.options.Objects.Open(c.r.Context(), n)
	if err != nil {
		return n, nil, err
	}
	if err := c.checkSource(from.Object); err != nil {
		return n, nil, errors.Join(err, from.Close())
	}
	return n, from, nil
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
