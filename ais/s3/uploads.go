package s3

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// createUpload begins to upload an object in parts.
func (c *call) createUpload() error {
	m, err := c.metadata()
	if err != nil {
		return err
	}
	a, kind, err := c.uploadSum()
	if err != nil {
		return err
	}
	if a.name != "" {
		m.header = append(m.header, store.Pair{Key: sumAlgorithm, Value: a.name}, store.Pair{Key: sumType, Value: kind})
		c.w.Header().Set(sumAlgorithm, a.name)
		c.w.Header().Set(sumType, kind)
	}
	u, err := c.options.Objects.CreateUpload(c.r.Context(), c.name(), store.UploadOptions{Header: m.header, Custom: m.custom, Tags: m.tags, Retention: m.retention})
	if err != nil {
		return err
	}
	out := newMarkup(512)
	out.root("InitiateMultipartUploadResult")
	out.text("Bucket", c.bucket.Name)
	out.text("Key", c.q.Object)
	out.text("UploadId", u.ID.String())
	out.close("InitiateMultipartUploadResult")
	return out.answer(c.w, http.StatusOK)
}

// uploadSum is which checksum the object is to have, and how it is made of those of
// its parts. Errors: Invalid.
func (c *call) uploadSum() (a algorithm, kind string, err error) {
	name, kind := c.header(sumAlgorithm), strings.ToUpper(c.header(sumType))
	if name == "" {
		if kind != "" {
			return a, "", refuseWith(codeInvalidRequest, "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
		}
		return a, "", nil
	}
	a, known := algorithmNamed(name)
	if !known {
		return a, "", refuseWith(codeInvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
	}
	switch kind {
	case "":
		if kind = composite; a.kind == checksum.CRC64NVME {
			kind = fullObject
		}
	case composite, fullObject:
	default:
		return a, "", refuseWith(codeInvalidRequest, "Value for x-amz-checksum-type header is invalid.")
	}
	if kind == fullObject && !checksum.Joinable(a.kind) || kind == composite && a.kind == checksum.CRC64NVME {
		return a, "", refuseWith(codeInvalidRequest, "The "+kind+" checksum type cannot be used with the "+strings.ToLower(a.name)+" checksum algorithm.")
	}
	return a, kind, nil
}

// upload is the upload that the query names. Errors: NotFound.
func (c *call) upload() (store.Upload, error) {
	return c.options.Objects.Upload(c.name(), c.q.Query.Get("uploadId"))
}

// uploadedSum is what the record of an upload says of its checksum.
func uploadedSum(header []store.Pair) (a algorithm, kind string) {
	name, _ := store.Lookup(header, sumAlgorithm)
	a, _ = algorithmNamed(name)
	kind, _ = store.Lookup(header, sumType)
	return a, kind
}

// abortUpload gives an upload up.
func (c *call) abortUpload() error {
	u, err := c.upload()
	if err != nil {
		return err
	}
	if err := c.options.Objects.AbortUpload(c.r.Context(), u); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// maxCompletion bounds the document that completes an upload, in bytes.
const maxCompletion = 8 << 20

// completion is the document that completes an upload.
type completion struct {
	XMLName xml.Name    `xml:"CompleteMultipartUpload"`
	Parts   []completed `xml:"Part"`
}

// completed is a part as the client has it.
type completed struct {
	Number    int    `xml:"PartNumber"`
	ETag      string `xml:"ETag"`
	CRC32     string `xml:"ChecksumCRC32"`
	CRC32C    string `xml:"ChecksumCRC32C"`
	CRC64NVME string `xml:"ChecksumCRC64NVME"`
	SHA1      string `xml:"ChecksumSHA1"`
	SHA256    string `xml:"ChecksumSHA256"`
}

// parseCompletion reads the parts that make an object. Errors: Invalid.
func parseCompletion(text []byte) ([]store.Piece, error) {
	var document completion
	if err := parse(text, &document); err != nil {
		return nil, err
	}
	if len(document.Parts) == 0 {
		return nil, refuse(codeMalformedXML)
	}
	pieces := make([]store.Piece, 0, len(document.Parts))
	for i := range document.Parts {
		piece, err := document.Parts[i].piece()
		if err != nil {
			return nil, err
		}
		if i > 0 && piece.Number <= pieces[i-1].Number {
			return nil, refuse(codeInvalidPartOrder)
		}
		pieces = append(pieces, piece)
	}
	return pieces, nil
}

// piece is the part as the store looks for it.
func (p *completed) piece() (store.Piece, error) {
	piece := store.Piece{Number: p.Number}
	tag := strings.Trim(strings.TrimSpace(p.ETag), `"`)
	if tag == "" {
		return piece, refuse(codeMalformedXML)
	}
	md5, err := checksum.ParseSum(checksum.MD5, tag)
	if err != nil {
		return piece, refuse(codeInvalidPart)
	}
	piece.Expect = append(piece.Expect, md5)
	texts := [5]string{p.CRC32, p.CRC32C, p.CRC64NVME, p.SHA1, p.SHA256}
	for i, a := range algorithms() {
		if texts[i] == "" {
			continue
		}
		sum, err := a.parse(texts[i])
		if err != nil {
			return piece, err
		}
		piece.Expect = append(piece.Expect, sum)
	}
	return piece, nil
}

// completeUpload makes the object.
func (c *call) completeUpload() error {
	u, err := c.upload()
	if err != nil {
		return err
	}
	conditions, err := c.conditions()
	if err != nil {
		return err
	}
	text, err := c.unsummed(maxCompletion)
	if err != nil {
		return err
	}
	pieces, err := parseCompletion(text)
	if err != nil {
		return err
	}
	o := store.CompleteOptions{
		Conditions: conditions, MinPart: int64(c.options.Config.Get().Limits.MinPart),
		MaxSize: int64(c.options.Config.Get().Limits.ObjectSize),
	}
	info, err := c.options.Objects.UploadInfo(c.r.Context(), u)
	if err != nil && !errors.Is(err, errs.NotFound) { // it may be complete already
		return err
	}
	if o.Describe, err = c.describeParts(info.Header); err != nil {
		return err
	}
	made, err := c.options.Objects.CompleteUpload(c.r.Context(), u, pieces, o)
	if err != nil {
		return c.conditional(err, conditions)
	}
	c.setVersion(made)
	c.setExpiry(made)
	return c.writeCompleted(made)
}

// describeParts records the checksum of an object that came in parts, and compares
// it and the size with what the request says.
func (c *call) describeParts(header []store.Pair) (func([]store.Part, *store.Record) error, error) {
	a, kind := uploadedSum(header)
	want := ""
	if a.name != "" {
		want = c.header(a.header)
	}
	size := c.header("X-Amz-Mp-Object-Size")
	return func(parts []store.Part, r *store.Record) error {
		if err := checkSize(parts, size); err != nil {
			return err
		}
		if a.name == "" {
			return nil
		}
		r.Header = without(r.Header, sumAlgorithm, sumType)
		got := ""
		if kind == fullObject {
			sum := joinedSum(parts, a.kind)
			r.Sums, got = []checksum.Sum{sum}, base64Of(sum)
		} else {
			got = compositeSum(parts, a.kind)
			r.Header = append(r.Header, store.Pair{Key: a.header, Value: got})
		}
		if want != "" && want != got && (kind == fullObject || want != strings.Split(got, "-")[0]) {
			return refuseWith(codeBadDigest, "The "+a.name+" you specified did not match the calculated checksum.")
		}
		return nil
	}, nil
}

// checkSize compares the size of the parts with the one that the request says, ""
// if none.
func checkSize(parts []store.Part, said string) error {
	if said == "" {
		return nil
	}
	want, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		return refuseWith(codeInvalidRequest, "Value for x-amz-mp-object-size header is invalid.")
	}
	for i := range parts {
		want -= parts[i].Size
	}
	if want != 0 {
		return refuseWith(codeInvalidRequest, "The provided 'x-amz-mp-object-size' header value does not match what was computed.")
	}
	return nil
}

// joinedSum is the checksum of the whole content, made of those of its parts.
func joinedSum(parts []store.Part, kind checksum.Kind) checksum.Sum {
	var j checksum.Joiner
	for i := range parts {
		j.Add(parts[i].Sum(kind), parts[i].Size)
	}
	return j.Sum()
}

// compositeSum is the checksum of the checksums of the parts, and their number.
func compositeSum(parts []store.Part, kind checksum.Kind) string {
	var all []byte
	for i := range parts {
		all = parts[i].Sum(kind).Append(all)
	}
	sum := checksum.Of(kind, all)
	return base64.StdEncoding.EncodeToString(sum.Bytes()) + "-" + strconv.Itoa(len(parts))
}

// without returns pairs but for some keys.
func without(pairs []store.Pair, keys ...string) []store.Pair {
	var kept []store.Pair
next:
	for _, p := range pairs {
		for _, key := range keys {
			if p.Key == key {
				continue next
			}
		}
		kept = append(kept, p)
	}
	return kept
}

func (c *call) writeCompleted(made *store.Object) error {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	m := newMarkup(1 << 10)
	m.root("CompleteMultipartUploadResult")
	m.text("Location", scheme+"://"+c.r.Host+c.r.URL.EscapedPath())
	m.text("Bucket", c.bucket.Name)
	m.text("Key", c.q.Object)
	m.text("ETag", quoted(made))
	for _, s := range sumsOf(made) {
		m.text("Checksum"+s.algorithm.name, s.text)
		m.text("ChecksumType", s.kind)
	}
	m.close("CompleteMultipartUploadResult")
	return m.answer(c.w, http.StatusOK)
}
