package s3

import (
	"net/http"
	"slices"
	"strings"

	"aistore/store"
)

const (
	metaPrefix      = "X-Amz-Meta-"
	metaPrefixLower = "x-amz-meta-"

	// maxMeta bounds the user metadata of an object, keys and values, in bytes.
	maxMeta = 2 << 10

	storageClass = "x-amz-storage-class" // in Record.Header
	standard     = "STANDARD"
)

// contentHeaders are the headers that an object keeps and gives back.
func contentHeaders() []string {
	return []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires"}
}

// metadata is what a request says of an object, beside its content.
type metadata struct {
	header, custom, tags []store.Pair

	retention store.Retention
}

// metadata reads the headers of a request that makes an object. Errors: Invalid,
// Unsupported.
func (c *call) metadata() (m metadata, err error) {
	if err := c.checkUnsupported(); err != nil {
		return m, err
	}
	for _, name := range contentHeaders() {
		value := c.header(name)
		if name == "Content-Encoding" {
			value = withoutChunked(value)
		}
		if value != "" {
			m.header = append(m.header, store.Pair{Key: name, Value: value})
		}
	}
	if m.retention, err = c.retentionHeaders(); err != nil {
		return m, err
	}
	class := c.header(storageClass)
	switch {
	case class != "" && !slices.Contains(storageClasses(), class):
		return m, refuse(codeInvalidStorageClass)
	case class != "" && class != standard:
		m.header = append(m.header, store.Pair{Key: storageClass, Value: class})
	}
	if m.custom, err = c.userMetadata(); err != nil {
		return m, err
	}
	if text := c.header("X-Amz-Tagging"); text != "" {
		m.tags, err = parseTagging(text)
	}
	return m, err
}

// storageClasses are those that clients may name; all are stored alike.
func storageClasses() []string {
	return []string{
		standard, "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
		"DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE",
	}
}

// checkUnsupported refuses what must not be ignored.
func (c *call) checkUnsupported() error {
	for _, name := range []string{
		"X-Amz-Server-Side-Encryption", "X-Amz-Server-Side-Encryption-Customer-Algorithm",
		"X-Amz-Copy-Source-Server-Side-Encryption-Customer-Algorithm",
	} {
		if c.header(name) != "" {
			return refuseWith(codeNotImplemented, "Server-side encryption is not supported: leave out "+strings.ToLower(name)+".")
		}
	}
	if c.header("X-Amz-Write-Offset-Bytes") != "" {
		return refuseWith(codeNotImplemented, "Appending to objects is not supported.")
	}
	return c.checkACL()
}

// withoutChunked is a content encoding without that of the transfer.
func withoutChunked(encoding string) string {
	var kept []string
	for one := range strings.SplitSeq(encoding, ",") {
		if one = strings.TrimSpace(one); one != "" && !strings.EqualFold(one, "aws-chunked") {
			kept = append(kept, one)
		}
	}
	return strings.Join(kept, ",")
}

// userMetadata are the headers x-amz-meta-…, by what follows that.
func (c *call) userMetadata() ([]store.Pair, error) {
	var pairs []store.Pair
	size := 0
	add := func(name string, values []string) {
		pair := store.Pair{Key: strings.ToLower(name[len(metaPrefix):]), Value: strings.Join(values, ",")}
		size += len(pair.Key) + len(pair.Value)
		pairs = append(pairs, pair)
	}
	for name, values := range c.r.Header {
		if strings.HasPrefix(name, metaPrefix) {
			add(name, values)
		}
	}
	if c.signed.Presigned {
		for name, values := range c.hoisted() {
			if strings.HasPrefix(name, metaPrefixLower) && c.r.Header.Get(name) == "" {
				add(name, values)
			}
		}
	}
	if size > maxMeta {
		return nil, refuse(codeMetadataTooLarge)
	}
	slices.SortFunc(pairs, func(a, b store.Pair) int { return strings.Compare(a.Key, b.Key) })
	return pairs, nil
}

// defaultType is the content type of what has none.
const defaultType = "binary/octet-stream"

// writeMetadata sets the headers that an object has brought.
func writeMetadata(h http.Header, o *store.Object) {
	h["Content-Type"] = []string{defaultType}
	for _, p := range o.Header {
		switch {
		case p.Key == storageClass:
			h["X-Amz-Storage-Class"] = []string{p.Value}
		case slices.Contains(contentHeaders(), p.Key):
			h[p.Key] = []string{p.Value}
		}
	}
	for _, p := range o.Custom {
		if fitsHeader(p) {
			h[metaPrefixLower+p.Key] = []string{p.Value} // clients show it as it comes
		}
	}
}

// lowerMetadata writes the names of user metadata in lower case again, as an answer
// had them that was passed on.
func lowerMetadata(h http.Header) {
	for name, values := range h {
		if strings.HasPrefix(name, metaPrefix) {
			delete(h, name)
			h[strings.ToLower(name)] = values
		}
	}
}

// fitsHeader tells whether a header can carry a pair: what other doors have
// recorded may not.
func fitsHeader(p store.Pair) bool {
	for i := range len(p.Key) {
		if c := p.Key[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	for i := range len(p.Value) {
		if c := p.Value[i]; c < ' ' || c == 0x7f {
			return false
		}
	}
	return p.Key != ""
}
