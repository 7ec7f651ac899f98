package s3

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/errs"
	"aistore/store"
)

// smallObject is the size up to which an object is read into memory, verified and
// sent in one go.
const smallObject = 64 << 10

// getObject answers with an object, or a part of it.
func (c *call) getObject() error {
	id, err := c.checkRead()
	if err != nil {
		return err
	}
	if id == "" && c.plain() {
		done, err := c.getSmall()
		if done || err != nil {
			return err
		}
	}
	return c.getOpen(id)
}

// checkRead returns the version that is wanted, "" for the object, and marks an
// answer that may be out of date.
func (c *call) checkRead() (id string, err error) {
	if id, err = c.version(); err != nil {
		return "", err
	}
	if c.isPublic() && c.overrides() {
		return "", refuseWith(codeInvalidRequest, "Request specific response headers cannot be used for anonymous GET requests.")
	}
	if c.header("X-Amz-Server-Side-Encryption-Customer-Algorithm") != "" {
		return "", refuseWith(codeNotImplemented, "Server-side encryption is not supported.")
	}
	if c.options.Stale == nil {
		return id, nil
	}
	conditional := !rest.ConditionsOf(c.r.Header).IsZero() || c.r.Header["If-Range"] != nil
	return id, c.options.Stale(c.w.Header(), conditional)
}

// plain reports whether a GET asks for the whole object, whatever it is.
func (c *call) plain() bool {
	h := c.r.Header
	return h["Range"] == nil && h["If-Match"] == nil && h["If-None-Match"] == nil && h["If-Modified-Since"] == nil &&
		h["If-Unmodified-Since"] == nil && !c.q.Query.Has("partNumber")
}

// getSmall answers from memory if the object is here and small enough.
func (c *call) getSmall() (done bool, err error) {
	buf := c.options.Pool.Get(smallObject)
	defer c.options.Pool.Put(buf)
	o, ok, err := c.options.Objects.Small(c.r.Context(), c.name(), buf)
	if err != nil || !ok {
		return false, err
	}
	c.describeObject(o, span{length: o.Size})
	_, err = c.w.Write(buf[:o.Size])
	return true, err
}

// getOpen answers from an open file, or from the earlier owner that still has the
// object.
func (c *call) getOpen(id string) error {
	from, err := c.openVersion(c.name(), id)
	if err != nil {
		return err
	}
	defer from.Close()
	o := from.Object
	s, err := c.span(o)
	if err != nil {
		return err
	}
	if c.bucket.Props.Checksum.ValidateWarmGet && from.Local != nil {
		if err := from.Local.Verify(c.r.Context()); err != nil {
			return err
		}
	}
	if from.Local == nil {
		return c.sendAway(from, s)
	}
	c.describeObject(o, s)
	c.w.WriteHeader(s.status())
	sent, err := from.Local.WriteSection(c.w, s.offset, s.length)
	if err == nil && sent < s.length {
		return errs.E("s3.get", c.name().String(), errs.Corrupt, io.ErrUnexpectedEOF)
	}
	return err
}

// sendAway sends what another target has.
func (c *call) sendAway(from *objects.Content, s span) error {
	body, err := from.Section(c.r.Context(), c.name(), s.offset, s.length)
	if err != nil {
		return err
	}
	defer body.Close()
	c.describeObject(from.Object, s)
	c.w.WriteHeader(s.status())
	sent, err := io.Copy(c.w, body)
	if err == nil && sent < s.length {
		return errs.E("s3.get", c.name().String(), errs.Unavailable, io.ErrUnexpectedEOF)
	}
	return err
}

// described is the object that a request asks about, or the version. Errors: those of
// checkRead and headVersion.
func (c *call) described() (*store.Object, error) {
	id, err := c.checkRead()
	if err != nil {
		return nil, err
	}
	return c.headVersion(id)
}

// headObject describes an object.
func (c *call) headObject() error {
	o, err := c.described()
	if err != nil {
		return err
	}
	s, err := c.span(o)
	if err != nil {
		return err
	}
	c.describeObject(o, s)
	c.w.WriteHeader(s.status())
	return nil
}

// describeObject sets the headers of an answer with a part of an object.
func (c *call) describeObject(o *store.Object, s span) {
	h := c.w.Header()
	writeMetadata(h, o)
	setTag(h, o)
	c.setVersion(o)
	c.setLock(o)
	c.setExpiry(o)
	h["Content-Length"] = []string{strconv.FormatInt(s.length, 10)}
	h["Last-Modified"] = []string{o.Modified.UTC().Format(http.TimeFormat)}
	h["Accept-Ranges"] = []string{"bytes"}
	if s.partial {
		rest.SetContentRange(h, s.offset, s.length, o.Size)
	}
	if s.parts > 0 {
		h["X-Amz-Mp-Parts-Count"] = []string{strconv.Itoa(s.parts)}
	}
	if len(o.Tags) > 0 {
		h["X-Amz-Tagging-Count"] = []string{strconv.Itoa(len(o.Tags))}
	}
	if strings.EqualFold(c.header("X-Amz-Checksum-Mode"), "ENABLED") && s.length == o.Size {
		setSums(h, o)
	}
	c.overrideHeaders(h)
}

// overrideHeaders sets the headers that the query says the answer is to have.
func (c *call) overrideHeaders(h http.Header) {
	if c.r.URL.RawQuery == "" {
		return
	}
	for _, name := range contentHeaders() {
		value, found := c.q.Query.Lookup("response-" + strings.ToLower(name))
		if found && value != "" && !slices.ContainsFunc([]byte(value), isControl) {
			h[name] = []string{value}
		}
	}
}

// overrides tells whether the query says what headers the answer is to have.
func (c *call) overrides() bool {
	if c.r.URL.RawQuery == "" {
		return false
	}
	return slices.ContainsFunc(contentHeaders(), func(name string) bool { return c.q.Query.Has("response-" + strings.ToLower(name)) })
}

func isControl(c byte) bool { return c < ' ' || c == 0x7f }
