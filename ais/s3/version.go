package s3

import (
	"errors"
	"net/http"

	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// Headers that tell versions.
const (
	headerVersion       = "X-Amz-Version-Id"
	headerDeleteMarker  = "X-Amz-Delete-Marker"
	headerSourceVersion = "X-Amz-Copy-Source-Version-Id"
)

// keepsVersions tells whether the objects of a bucket have version ids.
func keepsVersions(b *cluster.Bucket) bool { return b.Props.Versioning.History != wire.HistoryNone }

// version is the version that the query names, "" if none. Errors: Invalid.
func (c *call) version() (string, error) {
	id, given := c.q.Query.Lookup("versionId")
	if given && id == "" {
		return "", refuseWith(codeInvalidArgument, "Version id cannot be the empty string")
	}
	if id == nullVersion && !keepsVersions(c.bucket) {
		id = "" // there is no other
	}
	return id, nil
}

// headVersion describes the object, or one of its versions. Errors: NotFound and
// Method, with headers that tell of a delete marker.
func (c *call) headVersion(id string) (*store.Object, error) {
	if id == "" {
		o, err := c.options.Objects.Head(c.r.Context(), c.name())
		return o, c.notThere(err)
	}
	o, err := c.options.Objects.Version(c.r.Context(), c.name(), id)
	if err == nil && o.DeleteMarker {
		c.setMarker(id, o)
		return nil, refuse(codeMethodNotAllowed)
	}
	return o, err
}

// openVersion opens the object, or one of its versions. Errors: those of
// headVersion.
func (c *call) openVersion(n store.Name, id string) (*objects.Content, error) {
	from, err := c.openOf(n, id)
	if id == "" {
		return from, c.notThere(err)
	}
	if errs.CodeOf(err) == errs.CodeDeleteMarker {
		if o, looking := c.options.Objects.Version(c.r.Context(), n, id); looking == nil {
			c.setMarker(id, o)
		}
	}
	return from, err
}

// openOf opens any object, or one of its versions.
func (c *call) openOf(n store.Name, id string) (*objects.Content, error) {
	if id == "" {
		return c.options.Objects.Open(c.r.Context(), n)
	}
	return c.options.Objects.OpenVersion(c.r.Context(), n, id)
}

// notThere returns err. If it is that there is no object, and its latest version is
// a delete marker, headers say so.
func (c *call) notThere(err error) error {
	if !errors.Is(err, errs.NotFound) || !keepsVersions(c.bucket) {
		return err
	}
	if o, looking := c.options.Objects.Version(c.r.Context(), c.name(), ""); looking == nil && o.DeleteMarker {
		h := c.w.Header()
		h.Set(headerDeleteMarker, "true")
		h.Set(headerVersion, o.PublicVersion())
	}
	return err
}

// setMarker tells of a delete marker that was named.
func (c *call) setMarker(id string, o *store.Object) {
	h := c.w.Header()
	h.Set(headerDeleteMarker, "true")
	h.Set(headerVersion, id)
	h.Set("Allow", "DELETE")
	h.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
}

// setVersion tells the version id of an object in a bucket that has such.
func (c *call) setVersion(o *store.Object) {
	if keepsVersions(c.bucket) {
		c.w.Header()[headerVersion] = []string{o.PublicVersion()}
	}
}

// setSourceVersion tells the version id of an object that was copied.
func (c *call) setSourceVersion(n store.Name, o *store.Object) {
	if keepsVersions(n.Bucket) {
		c.w.Header()[headerSourceVersion] = []string{o.PublicVersion()}
	}
}

// update changes what is recorded with the object, or with the version that the
// request names.
func (c *call) update(by store.Bypass, change func(*store.Record) error) error {
	id, err := c.version()
	if err != nil {
		return err
	}
	o, err := c.options.Objects.UpdateVersion(c.r.Context(), c.name(), store.UpdateOptions{Version: id, Bypass: by}, change)
	if err != nil {
		return c.notThere(err)
	}
	c.setVersion(o)
	return nil
}
