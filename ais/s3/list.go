package s3

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"aistore/api/wire"
	"aistore/jobs/listing"
)

// maxKeys is how many names a page has at most.
const maxKeys = 1000

// list is what a request wants to see of a bucket.
type list struct {
	version           int // of the operation: 1 or 2
	prefix, delimiter string
	after             string // names that follow it
	token             string // as sent
	id                string // of the listing that the token goes on with; "" begins one
	max               int
	escape            bool // names in the answer
	owner             bool // is wanted
}

// listObjects answers with a page of the names in a bucket, in the first or in the
// second version of the operation.
func (c *call) listObjects() error {
	l, err := c.list()
	if err != nil {
		return err
	}
	p, err := readPage(l.max, c.walk(l).next)
	if err != nil {
		return err
	}
	return l.write(c, p)
}

// list reads the query of a listing. Errors: Invalid.
func (c *call) list() (*list, error) {
	l, err := c.listOf("marker", "max-keys")
	if err != nil {
		return nil, err
	}
	q := c.q.Query
	if text, given := q.Lookup("list-type"); given {
		if text != "2" {
			return nil, refuseWith(codeInvalidArgument, "Invalid List Type specified in Request")
		}
		l.version, l.after, l.owner = 2, q.Get("start-after"), q.Bool("fetch-owner")
		if err := l.resume(q.Lookup("continuation-token")); err != nil {
			return nil, err
		}
	}
	if l.id == "" {
		l.id = rand.Text()[:listingIDSize]
	}
	return l, nil
}

// listOf reads what the queries of all listings have, in the parameters of its own
// where it goes on and how many entries it wants. Errors: Invalid.
func (c *call) listOf(marker, count string) (*list, error) {
	q := c.q.Query
	l := &list{version: 1, prefix: q.Get("prefix"), delimiter: q.Get("delimiter"), after: q.Get(marker)}
	var err error
	if l.max, err = countOf(count, maxKeys, q.Lookup); err != nil {
		return nil, err
	}
	l.escape, err = escapes(q.Get("encoding-type"))
	return l, err
}

// A continuation token is the id of the listing and the last name of the page
// before, so that targets go on with the walks that they have open.
const listingIDSize = 12

// resume makes the listing go on where the token says.
func (l *list) resume(token string, given bool) error {
	if !given {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(text) <= listingIDSize {
		return refuseWith(codeInvalidArgument, "The continuation token provided is incorrect")
	}
	l.token, l.id, l.after = token, string(text[:listingIDSize]), string(text[listingIDSize:])
	return nil
}

// next is the token of the page behind one that ends with a name.
func (l *list) next(last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(l.id + last))
}

// countOf reads how many a page may have: at most limit.
func countOf(name string, limit int, lookup func(string) (string, bool)) (int, error) {
	text, given := lookup(name)
	if !given || text == "" {
		return limit, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, refuseWith(codeInvalidArgument, "Argument "+name+" must be an integer between 0 and 2147483647")
	}
	return min(int(n), limit), nil
}

// escapes tells whether names are to be escaped.
func escapes(encoding string) (bool, error) {
	switch encoding {
	case "":
		return false, nil
	case "url":
		return true, nil
	}
	return false, refuseWith(codeInvalidArgument, "Invalid Encoding Method specified in Request")
}

// write answers with a page.
func (l *list) write(c *call, p page[*wire.ListEntry]) error {
	m := newMarkup(256 + 320*len(p.entries))
	m.root("ListBucketResult")
	m.text("Name", c.bucket.Name)
	m.text("Prefix", l.name(l.prefix))
	if l.version == 1 {
		m.text("Marker", l.name(l.after))
		if p.truncated && l.delimiter != "" {
			m.text("NextMarker", l.name(p.last().Name))
		}
	} else {
		l.writeTokens(m, c, p)
	}
	m.number("MaxKeys", int64(l.max))
	m.some("Delimiter", l.name(l.delimiter))
	if l.escape {
		m.text("EncodingType", "url")
	}
	m.claim("IsTruncated", p.truncated)
	var directories []string
	for _, e := range p.entries {
		if e.IsDir() {
			directories = append(directories, e.Name)
		} else {
			l.writeObject(m, e)
		}
	}
	l.writePrefixes(m, directories)
	m.close("ListBucketResult")
	return m.answer(c.w, http.StatusOK)
}

// writePrefixes writes the directories of a page.
func (l *list) writePrefixes(m *markup, directories []string) {
	for _, directory := range directories {
		m.open("CommonPrefixes")
		m.text("Prefix", l.name(directory))
		m.close("CommonPrefixes")
	}
}

// writeTokens writes what only the second version has.
func (l *list) writeTokens(m *markup, c *call, p page[*wire.ListEntry]) {
	m.some("StartAfter", l.name(c.q.Query.Get("start-after")))
	m.some("ContinuationToken", l.token)
	if p.truncated {
		m.text("NextContinuationToken", l.next(p.last().Name))
	}
	m.number("KeyCount", int64(len(p.entries)))
}

func (l *list) writeObject(m *markup, e *wire.ListEntry) {
	about := listing.AboutOf(e)
	m.open("Contents")
	m.text("Key", l.name(e.Name))
	m.time("LastModified", about.Modified)
	m.text("ETag", strconv.Quote(about.ETag))
	m.number("Size", e.Size)
	m.text("StorageClass", standard)
	if l.version == 1 || l.owner {
		m.owner("Owner")
	}
	m.close("Contents")
}

// name is a name as the answer has it: one that no document can hold is escaped
// whether that is wanted or not.
func (l *list) name(name string) string {
	if l.escape || !isText(name) {
		return strings.NewReplacer("%2F", "/", "+", "%20").Replace(url.QueryEscape(name))
	}
	return name
}

// isText tells whether XML can hold a name: not all characters can be in it, in no
// form.
func isText(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	})
}
