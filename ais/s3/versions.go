package s3

import (
	"net/http"
	"strconv"

	"aistore/api/wire"
	"aistore/jobs/listing"
)

// listVersions answers with the versions of the objects in a bucket: of each there
// is the one that is there, whose id is null.
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
	p, err := c.page(l)
	if err != nil {
		return err
	}
	m := newMarkup(256 + 360*len(p.entries))
	m.root("ListVersionsResult")
	m.text("Name", c.bucket.Name)
	m.text("Prefix", l.name(l.prefix))
	m.text("KeyMarker", l.name(l.after))
	m.text("VersionIdMarker", q.Get("version-id-marker"))
	if p.truncated {
		m.text("NextKeyMarker", l.name(p.last()))
		if !p.entries[len(p.entries)-1].IsDir() {
			m.text("NextVersionIdMarker", nullVersion)
		}
	}
	m.number("MaxKeys", int64(l.max))
	m.some("Delimiter", l.name(l.delimiter))
	if l.escape {
		m.text("EncodingType", "url")
	}
	m.claim("IsTruncated", p.truncated)
	for _, e := range p.entries {
		if !e.IsDir() {
			l.writeVersion(m, e)
		}
	}
	l.writePrefixes(m, p)
	m.close("ListVersionsResult")
	return m.answer(c.w, http.StatusOK)
}

// nullVersion is the id of the version of an object in a bucket that keeps no others.
const nullVersion = "null"

func (l *list) writeVersion(m *markup, e *wire.ListEntry) {
	about := listing.AboutOf(e)
	m.open("Version")
	m.text("Key", l.name(e.Name))
	m.text("VersionId", nullVersion)
	m.claim("IsLatest", true)
	m.time("LastModified", about.Modified)
	m.text("ETag", strconv.Quote(about.ETag))
	m.number("Size", e.Size)
	m.text("StorageClass", standard)
	m.owner("Owner")
	m.close("Version")
}
