package s3

import (
	"net/http"
	"strconv"
	"strings"

	"aistore/store"
)

// getAttributes answers with those attributes of an object that are asked for.
func (c *call) getAttributes() error {
	wanted := map[string]bool{}
	for _, line := range c.r.Header["X-Amz-Object-Attributes"] {
		for name := range strings.SplitSeq(line, ",") {
			wanted[strings.TrimSpace(name)] = true
		}
	}
	if len(wanted) == 0 {
		return refuseWith(codeInvalidArgument, "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	o, err := c.described()
	if err != nil {
		return err
	}
	c.setVersion(o)
	if _, err := c.span(o); err != nil {
		return err
	}
	c.w.Header()["Last-Modified"] = []string{o.Modified.UTC().Format(http.TimeFormat)}
	m := newMarkup(1 << 10)
	m.root("GetObjectAttributesResponse")
	if wanted["ETag"] {
		m.text("ETag", o.EntityTag())
	}
	if all := sumsOf(o); wanted["Checksum"] && len(all) > 0 {
		m.open("Checksum")
		for _, s := range all {
			m.text("Checksum"+s.algorithm.name, s.text)
		}
		m.text("ChecksumType", all[0].kind)
		m.close("Checksum")
	}
	if wanted["ObjectParts"] && len(o.PartSizes) > 0 {
		if err := c.writeParts(m, o); err != nil {
			return err
		}
	}
	if wanted["StorageClass"] {
		m.text("StorageClass", classOf(o.Header))
	}
	if wanted["ObjectSize"] {
		m.number("ObjectSize", o.Size)
	}
	m.close("GetObjectAttributesResponse")
	return m.answer(c.w, http.StatusOK)
}

// writeParts writes a page of the parts that an object came in.
func (c *call) writeParts(m *markup, o *store.Object) error {
	limit, err := countOf("x-amz-max-parts", maxKeys, c.lookupHeader)
	if err != nil {
		return err
	}
	after, err := countOf("x-amz-part-number-marker", len(o.PartSizes), c.lookupHeader)
	if err != nil {
		return err
	}
	if c.header("X-Amz-Part-Number-Marker") == "" {
		after = 0
	}
	end := min(len(o.PartSizes), after+limit)
	m.open("ObjectParts")
	m.number("PartsCount", int64(len(o.PartSizes)))
	m.number("PartNumberMarker", int64(after))
	m.number("NextPartNumberMarker", int64(end))
	m.number("MaxParts", int64(limit))
	m.claim("IsTruncated", end < len(o.PartSizes))
	for i := after; i < end; i++ {
		m.open("Part")
		m.text("PartNumber", strconv.Itoa(i+1))
		m.number("Size", o.PartSizes[i])
		m.close("Part")
	}
	m.close("ObjectParts")
	return nil
}

func (c *call) lookupHeader(name string) (string, bool) {
	value := c.header(name)
	return value, value != ""
}
