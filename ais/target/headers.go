package target

import (
	"encoding/hex"
	"net/http"
	"strconv"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// describe sets the headers of a GET or PUT answer with a body of length bytes.
// It is on the path of every small request: the values share one array.
func describe(h http.Header, o *store.Object, length int64) {
	values := make([]string, 0, 6)
	set := func(name, value string) {
		values = append(values, value)
		n := len(values)
		h[name] = values[n-1 : n : n]
	}
	set("Content-Type", wire.ContentBinary)
	set("Content-Length", strconv.FormatInt(length, 10))
	if !o.Checksum.IsZero() {
		set(wire.HeaderChecksumType, string(o.Checksum.Kind))
		set(wire.HeaderChecksumValue, o.Checksum.Hex())
	}
	if o.Version != "" {
		set(wire.HeaderVersion, o.Version)
	}
	set(wire.HeaderAtime, strconv.FormatInt(o.Atime().UnixNano(), 10))
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

// describeProps sets the headers of a HEAD answer.
func (t *Target) describeProps(h http.Header, o *store.Object, n store.Name, selected wire.Props) {
	if selected == 0 {
		h.Set(wire.HeaderName, n.Object)
		h.Set(wire.HeaderBucketName, n.Bucket.Name)
		h.Set(wire.HeaderBucketProvider, n.Bucket.Provider)
		selected = firstForm
	}
	has := func(p wire.Props) bool { return selected&p != 0 }
	if has(wire.PropChecksum) && !o.Checksum.IsZero() {
		h.Set(wire.HeaderChecksumType, string(o.Checksum.Kind))
		h.Set(wire.HeaderChecksumValue, o.Checksum.Hex())
	}
	if has(wire.PropAtime) {
		h.Set(wire.HeaderAtime, strconv.FormatInt(o.Atime().UnixNano(), 10))
	}
	if has(wire.PropVersion) {
		h.Set(wire.HeaderVersion, o.Version)
	}
	if has(wire.PropCustom) {
		setCustom(h, o)
	}
	if has(wire.PropLastModified) {
		h.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	}
	if has(wire.PropETag) {
		h.Set("Etag", strconv.Quote(o.EntityTag()))
	}
	if has(wire.PropLocation) {
		h.Set(wire.HeaderLocation, "t["+t.id+"]:mp["+o.Mountpath+"]")
	}
	if has(wire.PropCopies) {
		h.Set(wire.HeaderCopies, "1")
		h.Set(wire.HeaderCopyPaths, "["+o.Mountpath+"]")
	}
}

// setOrder tells a peer the write order of an object.
func setOrder(h http.Header, o cluster.Order) { h.Set(headerOrder, hex.EncodeToString(o.Append(nil))) }

// validators are what conditional headers are compared with.
func validators(o *store.Object) rest.Validators {
	return rest.Validators{Exists: true, ETag: strconv.Quote(o.EntityTag()), Modified: o.Modified}
}
