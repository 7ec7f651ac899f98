package target

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/errs"
	"aistore/store"
)

// smallObject is the size up to which a GET is read into memory, verified and
// sent in one go.
const smallObject = 64 << 10

// getObject answers GET of an object: 200 with all of it, or 206 with a range.
func (t *Target) getObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	n, err := t.name(q)
	if err != nil {
		return err
	}
	if ofMembers(q.Query) {
		return t.getMembers(w, r, n, q)
	}
	if plain(r) {
		done, err := t.getSmall(w, r, n)
		if done || err != nil {
			return err
		}
	}
	return t.getOpen(w, r, n, q)
}

// plain reports whether a GET asks for the whole object, whatever it is.
func plain(r *http.Request) bool {
	h := r.Header
	return h["Range"] == nil && h["If-Match"] == nil && h["If-None-Match"] == nil &&
		h["If-Modified-Since"] == nil && h["If-Unmodified-Since"] == nil
}

// getSmall answers from memory if the object is here and small enough.
func (t *Target) getSmall(w http.ResponseWriter, r *http.Request, n store.Name) (done bool, err error) {
	buf := t.small.Get(smallObject)
	defer t.small.Put(buf)
	o, ok, err := t.verbs.Small(r.Context(), n, buf)
	if err != nil || !ok {
		return false, err
	}
	describe(w.Header(), o, o.Size)
	_, err = w.Write(buf[:o.Size])
	return true, err
}

// getOpen answers from an open file, or from the earlier owner that still has
// the object.
func (t *Target) getOpen(w http.ResponseWriter, r *http.Request, n store.Name, q *rest.ObjectRequest) error {
	c, err := t.open(r, n, q)
	if err != nil {
		return err
	}
	defer c.Close()
	o := c.Object
	if err := checkConditions(r, o); err != nil {
		return unchanged(w, o, err)
	}
	if n.Bucket.Props.Checksum.ValidateWarmGet && c.Local != nil {
		if err := c.Local.Verify(r.Context()); err != nil {
			return err
		}
	}
	offset, length, partial, err := t.section(r, o)
	if err != nil {
		return err
	}
	var body io.ReadCloser // of an object that is away
	if c.Local == nil {
		if body, err = c.Section(r.Context(), n, offset, length); err != nil {
			return err
		}
		defer body.Close()
	}
	describe(w.Header(), o, length)
	if partial {
		rest.SetContentRange(w.Header(), offset, length, o.Size)
		w.WriteHeader(http.StatusPartialContent)
	}
	if body != nil {
		return send(w, c, body, length)
	}
	return sendLocal(w, c.Local, n, offset, length)
}

func (t *Target) open(r *http.Request, n store.Name, q *rest.ObjectRequest) (*objects.Content, error) {
	if id, given := q.Query.Lookup(queryVersion); given && local(q) {
		return t.verbs.OpenVersionLocal(r.Context(), n, id)
	}
	if local(q) {
		return t.verbs.OpenLocal(r.Context(), n)
	}
	return t.verbs.Open(r.Context(), n)
}

// checkConditions evaluates the conditional headers of a read.
func checkConditions(r *http.Request, o *store.Object) error {
	c := rest.ConditionsOf(r.Header)
	if c.IsZero() {
		return nil
	}
	return c.Check(r.Method, validators(o))
}

// unchanged gives an answer that says only that the object has not changed the
// entity tag by which caches know it. It returns err.
func unchanged(w http.ResponseWriter, o *store.Object, err error) error {
	if errs.KindOf(err) == errs.NotModified {
		w.Header()["Etag"] = []string{strconv.Quote(o.EntityTag())}
	}
	return err
}

// section is the part of the object that the request wants.
func (t *Target) section(r *http.Request, o *store.Object) (offset, length int64, partial bool, err error) {
	header := strings.Join(r.Header["Range"], ",")
	if header == "" || !rest.ConditionsOf(r.Header).RangeHolds(validators(o)) {
		return 0, o.Size, false, nil
	}
	return rest.ParseRange(header, o.Size)
}

// sendLocal sends a part of an object that is here: from file to socket inside
// the kernel where both allow it.
func sendLocal(w http.ResponseWriter, from *store.Reader, n store.Name, offset, length int64) error {
	sent, err := from.WriteSection(w, offset, length)
	if err == nil && sent < length {
		return errs.E("target.get", n.String(), errs.Corrupt, io.ErrUnexpectedEOF)
	}
	return err
}

// send copies length bytes to the client: from file to socket inside the kernel
// where both allow it.
func send(w http.ResponseWriter, c *objects.Content, body io.Reader, length int64) error {
	if c.Local != nil {
		if file, ok := c.Local.OSFile(); ok {
			body = &io.LimitedReader{R: file, N: length}
		}
	}
	n, err := io.Copy(w, body)
	if err == nil && n < length {
		return errs.E("target.get", "", errs.Corrupt, io.ErrUnexpectedEOF)
	}
	return err
}

// headObject answers HEAD of an object, in its first form or, with a list of
// props, in its second.
func (t *Target) headObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	n, err := t.name(q)
	if err != nil {
		return err
	}
	if ofMembers(q.Query) {
		return t.headMember(w, r, n, q)
	}
	selected, err := selectedProps(q)
	if err != nil {
		return err
	}
	o, err := t.head(r, n, q)
	if err != nil {
		return err
	}
	h := w.Header()
	if o.DeleteMarker { // only a peer sees it
		h.Set(headerDeleted, "true")
		setOrder(h, o.Order)
		return nil
	}
	if err := checkConditions(r, o); err != nil {
		return unchanged(w, o, err)
	}
	t.describeProps(h, o, n, selected)
	if local(q) {
		setOrder(h, o.Order)
		setRecord(h, o)
	}
	return nil
}

func (t *Target) head(r *http.Request, n store.Name, q *rest.ObjectRequest) (*store.Object, error) {
	if id, given := q.Query.Lookup(queryVersion); given && local(q) {
		return t.verbs.VersionLocal(r.Context(), n, id)
	}
	if local(q) {
		return t.verbs.HeadLocal(r.Context(), n)
	}
	return t.verbs.Head(r.Context(), n)
}
