package s3

import (
	"net/http"
	"strconv"

	"aistore/store"
)

// nullVersion is the id of a version that was written while its bucket gave no ids.
const nullVersion = store.NullVersion

// listVersions answers with the versions of the objects in a bucket.
func (c *call) listVersions() error {
	l, err := c.listOf("key-marker", "max-keys")
	if err != nil {
		return err
	}
	marker, within := c.q.Query.Lookup("version-id-marker")
	if within && l.after == "" {
		return refuseWith(codeInvalidArgument, "A version-id marker cannot be specified without a key marker.")
	}
	if marker == "" || marker == nullVersion { // which is the last one, where it is a marker
		within = false
	}
	p, err := readPage(l.max, c.versionWalk(l, marker, within).next)
	if err != nil {
		return err
	}
	return l.writeVersions(c, p)
}

// writeVersions answers with a page.
func (l *list) writeVersions(c *call, p page[*versionEntry]) error {
	m := newMarkup(256 + 360*len(p.entries))
	m.root("ListVersionsResult")
	m.text("Name", c.bucket.Name)
	m.text("Prefix", l.name(l.prefix))
	m.text("KeyMarker", l.name(l.after))
	m.text("VersionIdMarker", c.q.Query.Get("version-id-marker"))
	if p.truncated {
		last := p.last()
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
	var directories []string
	for _, e := range p.entries {
		if e.Dir {
			directories = append(directories, e.Name)
		} else {
			l.writeVersion(m, e)
		}
	}
	l.writePrefixes(m, directories)
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
