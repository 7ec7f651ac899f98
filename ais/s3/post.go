package s3

import (
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"aistore/internal/sigv4"
	"aistore/store"
)

// postObject stores the file of a form as an object.
func (c *call) postObject() error {
	p, _ := c.q.Proof.(*proof)
	if p == nil || p.form == nil {
		return refuseWith(codeInvalidRequest, "What is posted to a bucket is a form, multipart/form-data, which is signed by its fields and not by a header.")
	}
	f, sent := p.form, c.r
	c.r = f.asRequest(sent)
	m, err := c.metadata()
	if err != nil {
		return err
	}
	if err := f.readTags(&m); err != nil {
		return err
	}
	in := &input{payload: &sigv4.Payload{Reader: c.bounds(p), Size: -1}, cut: f.body.Cut}
	if in.sums, err = c.sums(); err != nil {
		return err
	}
	o := store.WriteOptions{
		Size: -1, Hash: in.sums.kinds(), Header: m.header, Custom: m.custom, Tags: m.tags, Retention: m.retention, Describe: c.describe(in),
	}
	stored, err := c.options.Objects.Put(c.r.Context(), c.name(), in.reader(), o)
	if err != nil {
		return err
	}
	setTag(c.w.Header(), stored)
	c.setVersion(stored)
	c.setExpiry(stored)
	setSums(c.w.Header(), stored)
	return c.answerForm(f, sent, stored)
}

// asRequest is the request in which the fields are headers, as of a PUT.
func (f *form) asRequest(sent *http.Request) *http.Request {
	r := sent.WithContext(sent.Context())
	r.Header = http.Header{}
	for name, value := range f.fields {
		switch name {
		case "key", "policy", "file", "success_action_redirect", "redirect", "success_action_status", "tagging":
		case "acl":
			r.Header.Set("X-Amz-Acl", value)
		default:
			r.Header.Set(name, value)
		}
	}
	return r
}

// readTags reads the field that has the tags, as a document.
func (f *form) readTags(m *metadata) (err error) {
	if text := f.fields["tagging"]; text != "" {
		m.tags, err = parseTags([]byte(text), maxTags)
	}
	return err
}

// bounds is the file of a form as it is read: as large as the policy and the
// configuration want it.
func (c *call) bounds(p *proof) io.Reader {
	b := &bounded{inner: p.form.file, max: math.MaxInt64}
	if p.policy != nil {
		b.min, b.max = p.policy.min, p.policy.max
	}
	if limit := int64(c.options.Config.Get().Limits.ObjectSize); limit > 0 {
		b.max = min(b.max, limit)
	}
	return b
}

// bounded is content that must have so many bytes.
type bounded struct {
	inner    io.Reader
	min, max int64
	read     int64
}

// Read reads on. Errors: Invalid (it ends too early), TooLarge.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	b.read += int64(n)
	switch {
	case b.read > b.max:
		return 0, refuse(codeEntityTooLarge)
	case err == io.EOF && b.read < b.min:
		return n, refuse(codeEntityTooSmall)
	}
	return n, err
}

// answerForm answers as the form wants.
func (c *call) answerForm(f *form, sent *http.Request, o *store.Object) error {
	location := c.addressOf(sent)
	c.w.Header().Set("Location", location)
	target := f.fields["success_action_redirect"]
	if target == "" {
		target = f.fields["redirect"]
	}
	if u, err := url.Parse(target); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		query := u.Query()
		query.Set("bucket", c.q.Bucket.Name)
		query.Set("key", c.q.Object)
		query.Set("etag", quoted(o))
		u.RawQuery = query.Encode()
		c.w.Header().Set("Location", u.String())
		c.w.WriteHeader(http.StatusSeeOther)
		return nil
	}
	switch f.fields["success_action_status"] {
	case "200":
		return nil
	case "201":
		m := newMarkup(512)
		m.open("PostResponse")
		m.text("Location", location)
		m.text("Bucket", c.q.Bucket.Name)
		m.text("Key", c.q.Object)
		m.text("ETag", quoted(o))
		m.close("PostResponse")
		return m.answer(c.w, http.StatusCreated)
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// addressOf is where the object of a form is, seen from who has sent it.
func (c *call) addressOf(sent *http.Request) string {
	u := url.URL{Scheme: "http", Host: sent.Host}
	if sent.TLS != nil {
		u.Scheme = "https"
	}
	u.Path = strings.TrimSuffix(sent.URL.Path, "/") + "/" + c.q.Object
	return u.String()
}
