package target

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// headers sets single values in a header, which share one array: every small
// request sets several. Names are in canonical form.
type headers struct {
	h      http.Header
	values []string
}

// newHeaders expects up to n values.
func newHeaders(h http.Header, n int) headers { return headers{h: h, values: make([]string, 0, n)} }

func (s *headers) set(name, value string) {
	s.values = append(s.values, value)
	n := len(s.values)
	s.h[name] = s.values[n-1 : n : n]
}

func (s *headers) checksum(o *store.Object) {
	if !o.Checksum.IsZero() {
		s.set(wire.HeaderChecksumType, string(o.Checksum.Kind))
		s.set(wire.HeaderChecksumValue, o.Checksum.Hex())
	}
}

func (s *headers) atime(o *store.Object) {
	s.set(wire.HeaderAtime, strconv.FormatInt(o.Atime().UnixNano(), 10))
}

// describe sets the headers of a GET or PUT answer with a body of length bytes.
func describe(h http.Header, o *store.Object, length int64) {
	s := newHeaders(h, 6)
	s.set("Content-Type", wire.ContentBinary)
	s.set("Content-Length", strconv.FormatInt(length, 10))
	s.checksum(o)
	if o.Version != "" {
		s.set(wire.HeaderVersion, o.Version)
	}
	s.atime(o)
	setCustom(h, o)
}

func setCustom(h http.Header, o *store.Object) {
	for _, p := range o.Custom {
		h.Add(wire.HeaderCustom, p.Key+"="+p.Value)
	}
	if etag := o.ETag; etag != "" {
		h["Etag"] = []string{strconv.Quote(etag)}
	}
}

// selectedProps is what a HEAD in its second form asks for; 0 is the first form.
func selectedProps(q *rest.ObjectRequest) (wire.Props, error) {
	text, found := q.Query.Lookup(wire.QueryProps)
	if !found || text == "" {
		return 0, nil
	}
	props, err := wire.ParseProps(text)
	if err != nil {
		return 0, err
	}
	if props&(wire.PropCached|wire.PropStatus) != 0 {
		return 0, errs.E("target.head", text, errs.Invalid, nil)
	}
	return props | wire.PropName, nil
}

// firstForm is what a HEAD without a list of props answers.
const firstForm = wire.PropName | wire.PropSize | wire.PropChecksum | wire.PropAtime | wire.PropVersion |
	wire.PropCustom | wire.PropLocation | wire.PropCopies

// fitsHeader reports whether a header can carry a value as it is: control
// characters break the answer, and spaces at its ends are lost.
func fitsHeader(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c == 0x7f {
			return false
		}
	}
	return strings.Trim(value, " ") == value
}

// describeProps sets the headers of a HEAD answer.
func (t *Target) describeProps(h http.Header, o *store.Object, n store.Name, selected wire.Props) {
	s := newHeaders(h, 16)
	s.set("Content-Length", strconv.FormatInt(o.Size, 10))
	s.set(wire.HeaderPresent, "true")
	if selected == 0 {
		if fitsHeader(n.Object) {
			s.set(wire.HeaderName, n.Object)
		}
		s.set(wire.HeaderBucketName, n.Bucket.Name)
		s.set(wire.HeaderBucketProvider, n.Bucket.Provider)
		selected = firstForm
	}
	has := func(p wire.Props) bool { return selected&p != 0 }
	if has(wire.PropChecksum) {
		s.checksum(o)
	}
	if has(wire.PropAtime) {
		s.atime(o)
	}
	if has(wire.PropVersion) {
		s.set(wire.HeaderVersion, o.Version)
	}
	if has(wire.PropCustom) {
		setCustom(h, o)
	}
	if has(wire.PropLastModified) {
		s.set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	}
	if has(wire.PropETag) {
		s.set("Etag", strconv.Quote(o.EntityTag()))
	}
	if has(wire.PropLocation) {
		s.set(wire.HeaderLocation, t.place(o).location)
	}
	if pieces, longest := o.Pieces(); has(wire.PropChunked) && pieces > 0 {
		s.set(wire.HeaderChunks, strconv.Itoa(pieces))
		s.set(wire.HeaderMaxChunkSize, strconv.FormatInt(longest, 10))
	}
	if has(wire.PropCopies) {
		s.set(wire.HeaderCopies, "1")
		s.set(wire.HeaderCopyPaths, t.place(o).paths)
	}
}

// place says where an object is, in the forms that HEAD answers with.
type place struct {
	location string // of the object: target and mountpath
	paths    string // of its copies: mountpaths
}

// place returns the place of an object. The text of each mountpath is made once.
func (t *Target) place(o *store.Object) place {
	if known, ok := t.places.Load(o.Mountpath); ok {
		return known.(place)
	}
	p := place{location: "t[" + t.id + "]:mp[" + o.Mountpath + "]", paths: "[" + o.Mountpath + "]"}
	t.places.Store(o.Mountpath, p)
	return p
}

// setOrder tells a peer the write order of an object.
func setOrder(h http.Header, o cluster.Order) { h.Set(headerOrder, hex.EncodeToString(o.Append(nil))) }

// setRecord tells a peer all that is recorded with an object, but for where its
// content is.
func setRecord(h http.Header, o *store.Object) {
	r := o.Portable()
	r.Copies, r.Chunks = nil, nil
	h.Set(headerRecord, base64.StdEncoding.EncodeToString(r.Append(nil)))
}

// validators are what conditional headers are compared with.
func validators(o *store.Object) rest.Validators {
	return rest.Validators{Exists: true, ETag: strconv.Quote(o.EntityTag()), Modified: o.Modified}
}
