package s3

import (
	"io"
	"net/http"
	"strconv"

	"aistore/internal/checksum"
	"aistore/store"
)

// partNumber is the number of the part in the query. Errors: Invalid.
func (c *call) partNumber() (int, error) {
	limit := c.options.Config.Get().Limits.UploadParts
	n, err := strconv.Atoi(c.q.Query.Get("partNumber"))
	if err != nil || n < 1 || n > limit {
		return 0, refuseWith(codeInvalidArgument, "Part number must be an integer between 1 and "+strconv.Itoa(limit)+", inclusive")
	}
	return n, nil
}

// uploadPart stores the content as a part of an upload.
func (c *call) uploadPart() error {
	number, err := c.partNumber()
	if err != nil {
		return err
	}
	if err := c.checkUnsupported(); err != nil {
		return err
	}
	u, a, err := c.openUpload()
	if err != nil {
		return err
	}
	in, err := c.bounded()
	if err != nil {
		return err
	}
	if err := in.sums.agree(a); err != nil {
		return err
	}
	part, err := c.options.Objects.WritePart(c.r.Context(), u, number, in.reader(), store.PartOptions{
		Size: in.payload.Size, Hash: in.sums.kinds(),
		Check: func(of func(checksum.Kind) checksum.Sum) error { return in.sums.check(of, in.payload.Trailer()) },
	})
	if err != nil {
		return err
	}
	h := c.w.Header()
	h["Etag"] = []string{`"` + tagOf(part.Sum(checksum.MD5)) + `"`}
	if a := in.sums.algorithm; a.name != "" {
		h.Set(a.header, base64Of(part.Sum(a.kind)))
	}
	return nil
}

// openUpload is the upload that the query names, with the checksum that its parts
// have. Errors: NotFound.
func (c *call) openUpload() (store.Upload, algorithm, error) {
	u, err := c.upload()
	if err != nil {
		return u, algorithm{}, err
	}
	info, err := c.options.Objects.UploadInfo(c.r.Context(), u)
	a, _ := uploadedSum(info.Header)
	return u, a, err
}

// agree makes the checksum of a part that of its upload, if that has one.
func (s *sums) agree(a algorithm) error {
	switch {
	case a.name == "":
		return nil
	case s.algorithm.name == "":
		s.algorithm = a
	case s.algorithm.name != a.name:
		return refuseWith(codeInvalidRequest, "Checksum Type mismatch occurred, expected checksum Type: "+a.name+", actual checksum Type: "+s.algorithm.name)
	}
	return nil
}

// copyPart stores what an object has, or a range of it, as a part of an upload.
func (c *call) copyPart() error {
	number, err := c.partNumber()
	if err != nil {
		return err
	}
	u, a, err := c.openUpload()
	if err != nil {
		return err
	}
	n, _, from, err := c.openSource()
	if err != nil {
		return err
	}
	defer from.Close()
	s, err := copiedSpan(c.header("X-Amz-Copy-Source-Range"), from.Object.Size)
	if err != nil {
		return err
	}
	body, err := from.Section(c.r.Context(), n, s.offset, s.length)
	if err != nil {
		return err
	}
	defer body.Close()
	wanted := sums{algorithm: a}
	content := io.Reader(body)
	if !s.partial {
		content = checksum.NewVerifier(body, from.Object.Checksum)
	}
	part, err := c.options.Objects.WritePart(c.r.Context(), u, number, content, store.PartOptions{Size: s.length, Hash: wanted.kinds()})
	if err != nil {
		return err
	}
	c.setSourceVersion(n, from.Object)
	return c.writeCopy("CopyPartResult", tagOf(part.Sum(checksum.MD5)), part.Modified, sumsOfPart(&part, a))
}

// copiedSpan is the part of an object that a range of a copy names; "" is all.
// Errors: Invalid.
func copiedSpan(header string, size int64) (span, error) {
	if header == "" {
		return span{length: size}, nil
	}
	s, ok := parseExactRange(header)
	switch {
	case !ok:
		return span{}, refuseWith(codeInvalidArgument, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
	case s.offset+s.length > size || s.offset+s.length < s.offset:
		return span{}, refuseWith(codeInvalidArgument, "Range specified is not valid for source object of size: "+strconv.FormatInt(size, 10))
	}
	return s, nil
}

// sumsOfPart are the checksums of a part.
func sumsOfPart(p *store.Part, a algorithm) []said {
	if a.name == "" {
		return nil
	}
	return []said{{a, base64Of(p.Sum(a.kind)), ""}}
}

// listParts answers with the parts of an upload.
func (c *call) listParts() error {
	u, a, err := c.openUpload()
	if err != nil {
		return err
	}
	limit, err := countOf("max-parts", maxKeys, c.q.Query.Lookup)
	if err != nil {
		return err
	}
	after, err := countOf("part-number-marker", 1<<20, func(name string) (string, bool) {
		text := c.q.Query.Get(name)
		if text == "" {
			text = "0"
		}
		return text, true
	})
	if err != nil {
		return err
	}
	parts, more, err := c.options.Objects.UploadParts(c.r.Context(), u, after, limit)
	if err != nil {
		return err
	}
	info, err := c.options.Objects.UploadInfo(c.r.Context(), u)
	if err != nil {
		return err
	}
	m := newMarkup(512 + 256*len(parts))
	m.root("ListPartsResult")
	m.text("Bucket", c.bucket.Name)
	m.text("Key", c.q.Object)
	m.text("UploadId", u.ID.String())
	m.owner("Initiator")
	m.owner("Owner")
	m.text("StorageClass", classOf(info.Header))
	m.number("PartNumberMarker", int64(after))
	if len(parts) > 0 {
		m.number("NextPartNumberMarker", int64(parts[len(parts)-1].Number))
	}
	m.number("MaxParts", int64(limit))
	m.claim("IsTruncated", more)
	if name, kind := a.name, ""; name != "" {
		_, kind = uploadedSum(info.Header)
		m.text("ChecksumAlgorithm", name)
		m.text("ChecksumType", kind)
	}
	for i := range parts {
		m.part(&parts[i], a)
	}
	m.close("ListPartsResult")
	return m.answer(c.w, http.StatusOK)
}

func (m *markup) part(p *store.Part, a algorithm) {
	m.open("Part")
	m.number("PartNumber", int64(p.Number))
	m.time("LastModified", p.Modified)
	m.text("ETag", `"`+tagOf(p.Sum(checksum.MD5))+`"`)
	m.number("Size", p.Size)
	for _, s := range sumsOfPart(p, a) {
		m.text("Checksum"+s.algorithm.name, s.text)
	}
	m.close("Part")
}

// classOf is the storage class that content headers name.
func classOf(header []store.Pair) string {
	if class, ok := store.Lookup(header, storageClass); ok {
		return class
	}
	return standard
}
