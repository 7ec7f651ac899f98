package s3

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"aistore/ais/objects"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// copyObject makes an object of another one, of which it keeps what the request
// does not replace.
func (c *call) copyObject() error {
	given, err := c.metadata()
	if err != nil {
		return err
	}
	conditions, err := c.conditions()
	if err != nil {
		return err
	}
	how, err := c.directives()
	if err != nil {
		return err
	}
	for range copyAttempts {
		made, changed, err := c.copyOnce(given, conditions, how)
		if changed {
			continue
		}
		if err != nil {
			return c.conditional(err, conditions)
		}
		return c.writeCopy("CopyObjectResult", made.EntityTag(), made.Modified, sumsOf(made))
	}
	return refuse(codeOperationAborted)
}

// copyAttempts is how often a copy of an object to itself begins again because the
// object has changed meanwhile.
const copyAttempts = 8

// copyOnce makes the object. Changed tells that nothing was made, as what is copied
// to itself is no longer what it was.
func (c *call) copyOnce(given metadata, conditions store.Conditions, how directives) (made *store.Object, changed bool, err error) {
	n, source, from, err := c.openSource()
	if err != nil {
		return nil, false, err
	}
	defer from.Close()
	m := how.apply(given, from.Object)
	itself := n.Bucket.ID() == c.bucket.ID() && n.Object == c.q.Object && source.version == ""
	if itself && how == (directives{}) {
		return nil, false, refuseWith(codeInvalidRequest, "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	if itself && !keepsVersions(c.bucket) {
		made, err = c.rewrite(from, m, conditions)
		changed = errors.Is(err, errs.Precondition) && c.hasChanged(from.Object)
	} else {
		made, err = c.copyFrom(n, from, m, conditions)
	}
	if err != nil {
		return nil, changed, err
	}
	c.setVersion(made)
	c.setExpiry(made)
	c.setSourceVersion(n, from.Object)
	return made, false, nil
}

// hasChanged tells whether the object of the request is another one than it was.
func (c *call) hasChanged(was *store.Object) bool {
	now, err := c.options.Objects.Head(c.r.Context(), c.name())
	return errors.Is(err, errs.NotFound) || err == nil && now.Order != was.Order
}

// directives say what of an object a copy replaces.
type directives struct{ metadata, tags, class bool }

func (c *call) directives() (d directives, err error) {
	replaces := func(name string) (bool, error) {
		switch c.header(name) {
		case "", "COPY":
			return false, nil
		case "REPLACE":
			return true, nil
		}
		return false, refuseWith(codeInvalidArgument, "Unknown metadata directive.")
	}
	if d.metadata, err = replaces("X-Amz-Metadata-Directive"); err != nil {
		return d, err
	}
	d.tags, err = replaces("X-Amz-Tagging-Directive")
	d.class = c.header(storageClass) != ""
	return d, err
}

// apply returns what is recorded with the copy of an object.
func (d directives) apply(given metadata, of *store.Object) metadata {
	m := metadata{custom: of.Custom, tags: of.Tags, retention: given.retention}
	if d.metadata {
		m.custom = given.custom
	}
	if d.tags {
		m.tags = given.tags
	}
	// The storage class is not that of the object that is copied.
	for _, p := range given.header {
		if d.metadata || p.Key == storageClass {
			m.header = append(m.header, p)
		}
	}
	for _, p := range of.Header {
		if !d.metadata && slices.Contains(contentHeaders(), p.Key) {
			m.header = append(m.header, p)
		}
	}
	return m
}

// copyFrom writes the content of an object as another one.
func (c *call) copyFrom(n store.Name, from *objects.Content, m metadata, conditions store.Conditions) (*store.Object, error) {
	o := from.Object
	wanted, err := c.copiedSum(o)
	if err != nil {
		return nil, err
	}
	body, err := from.Section(c.r.Context(), n, 0, o.Size)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	in := &input{}
	in.sums.algorithm = wanted
	write := store.WriteOptions{
		Size: o.Size, Hash: in.sums.kinds(), Conditions: conditions, Header: m.header, Custom: m.custom, Tags: m.tags,
		Retention: m.retention,
		Describe:  func(of func(checksum.Kind) checksum.Sum, r *store.Record) error { return in.record(of, r) },
	}
	return c.options.Objects.Put(c.r.Context(), c.name(), checksum.NewVerifier(body, o.Checksum), write)
}

// copiedSum is the checksum of the copy of an object: the one that the request asks
// for, or else the kind that the object has.
func (c *call) copiedSum(o *store.Object) (algorithm, error) {
	if text := c.header(sumAlgorithm); text != "" {
		a, known := algorithmNamed(text)
		if !known {
			return a, refuseWith(codeInvalidRequest, "Checksum algorithm provided is unsupported.")
		}
		return a, nil
	}
	if all := sumsOf(o); len(all) > 0 {
		return all[0].algorithm, nil
	}
	return algorithm{}, nil
}

// rewrite changes what is recorded with an object that is copied to itself.
func (c *call) rewrite(from *objects.Content, m metadata, conditions store.Conditions) (*store.Object, error) {
	conditions.IfOrder = from.Object.Order
	return c.options.Objects.UpdateVersion(c.r.Context(), c.name(), store.UpdateOptions{Conditions: conditions}, func(r *store.Record) error {
		header := slices.Clone(m.header)
		for _, p := range r.Header {
			if p.Key != storageClass && !slices.Contains(contentHeaders(), p.Key) {
				header = append(header, p) // what is said of the content
			}
		}
		if m.retention != (store.Retention{}) {
			r.Retention = m.retention
		}
		r.Header, r.Custom, r.Tags, r.Modified = header, m.custom, m.tags, time.Now().UTC()
		return nil
	})
}

// writeCopy answers with what has been made.
func (c *call) writeCopy(root, tag string, modified time.Time, all []said) error {
	m := newMarkup(512)
	m.root(root)
	m.time("LastModified", modified)
	m.text("ETag", `"`+tag+`"`)
	for _, s := range all {
		m.text("Checksum"+s.algorithm.name, s.text)
		m.text("ChecksumType", s.kind)
	}
	m.close(root)
	return m.answer(c.w, http.StatusOK)
}
