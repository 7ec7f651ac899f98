package s3

import (
	"net/http"
	"strconv"
	"strings"

	"aistore/store"
)

// nullVersion is the id of a version that was written while its bucket gave no ids.
const nullVersion = store.NullVersion

// versionsPage is one page of a listing of versions.
type versionsPage struct {
	entries   []*versionEntry
	truncated bool
}

// listVersions answers with the versions of the objects in a bucket.
func (c *call) listVersions() error {
	q := c.q.Query
	l := &list{version: 1, prefix: q.Get("prefix"), delimiter: q.Get("delimiter"), after: q.Get("key-marker")}
	var err error
	if l.max, err = countOf("max-keys", maxKeys, q.Lookup); err != nil {
		return err
	}
	if l.escape, err = escapes(q.Get("encoding-type")); err != nil {
		return err
	}
	marker, within := q.Lookup("version-id-marker")
	if within && l.after == "" {
		return refuseWith(codeInvalidArgument, "A version-id marker cannot be specified without a key marker.")
	}
	if marker == "" || marker == nullVersion { // which is the last one, where it is a marker
		within = false
	}
	p, err := c.versionsPage(l, marker, within)
	if err != nil {
		return err
	}
	return l.writeVersions(c, p)
}

// versionsPage reads a page.
func (c *call) versionsPage(l *list, marker string, within bool) (*versionsPage, error) {
	p := &versionsPage{}
	if l.max == 0 {
		return p, nil
	}
	w := c.versionWalk(l, marker, within)
	for {
		e, err := w.next(l.max + 1 - len(p.entries))
		switch {
		case err != nil:
			return nil, err
		case e == nil:
			return p, nil
		case len(p.entries) == l.max:
			p.truncated = true
			return p, nil
		}
		p.entries = append(p.entries, e)
	}
}

// writeVersions answers with a page.
func (l *list) writeVersions(c *call, p *versionsPage) error {
	m := newMarkup(256 + 360*len(p.entries))
	m.root("ListVersionsResult")
	m.text("Name", c.bucket.Name)
	m.text("Prefix", l.name(l.prefix))
	m.text("KeyMarker", l.name(l.after))
	m.text("VersionIdMarker", c.q.Query.Get("version-id-marker"))
	if p.truncated {
		last := p.entries[len(p.entries)-1]
		m.text("NextKeyMarker", l.name(last.Name))
		if !last.Dir {
			m.text("NextVersionIdMarker", markerOf(last))
		}
	}
	m.number("MaxKeys", int64(l.max))
	m.some("Delimiter", l.name(l.delimiter))
	if l.escape {
		m.text("EncodingType", "url")
	}
	m.claim("IsTruncated", p.truncated)
	for _, e := range p.entries {
		if !e.Dir {
			l.writeVersion(m, e)
		}
	}
	for _, e := range p.entries {
		if e.Dir {
			m.open("CommonPrefixes")
			m.text("Prefix", l.name(e.Name))
			m.close("CommonPrefixes")
		}
	}
	m.close("ListVersionsResult")
	return m.answer(c.w, http.StatusOK)
}

// markerOf is the marker of the page behind a version: its key, which says where it
// is among others, also when it has gone.
func markerOf(e *versionEntry) string {
	if e.Key == "" {
		return nullVersion
	}
	return e.Key
}

func (l *list) writeVersion(m *markup, e *versionEntry) {
	element := "Version"
	if e.Marker {
		element = "DeleteMarker"
	}
	m.open(element)
	m.text("Key", l.name(e.Name))
	m.text("VersionId", e.ID)
	m.claim("IsLatest", e.Latest)
	m.time("LastModified", e.Modified)
	if !e.Marker {
		m.text("ETag", strconv.Quote(e.ETag))
		m.number("Size", e.Size)
		m.text("StorageClass", e.Class)
	}
	m.owner("Owner")
	m.close(element)
}

// directoryOf is a name up to its first delimiter behind the prefix, "" if it has
// none.
func (l *list) directoryOf(name string) string {
	if l.delimiter == "" || !strings.HasPrefix(name, l.prefix) {
		return ""
	}
	at := strings.Index(name[len(l.prefix):], l.delimiter)
	if at < 0 {
		return ""
	}
	return name[:len(l.prefix)+at+len(l.delimiter)]
}
