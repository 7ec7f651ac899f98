package s3

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aistore/ais/rest"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// putObject stores the content as an object.
func (c *call) putObject() error {
	m, err := c.metadata()
	if err != nil {
		return err
	}
	conditions, err := c.conditions()
	if err != nil {
		return err
	}
	in, err := c.bounded()
	if err != nil {
		return err
	}
	if err := c.expectRefusal(conditions); err != nil {
		return err
	}
	o := store.WriteOptions{
		Size: in.payload.Size, Hash: in.sums.kinds(), Conditions: conditions,
		Header: m.header, Custom: m.custom, Tags: m.tags, Retention: m.retention, Describe: c.describe(in),
	}
	stored, err := c.options.Objects.Put(c.r.Context(), c.name(), in.reader(), o)
	if err != nil {
		return c.conditional(err, conditions)
	}
	h := c.w.Header()
	setTag(h, stored)
	c.setVersion(stored)
	c.setExpiry(stored)
	setSums(h, stored)
	return nil
}

// expectRefusal refuses a write whose condition does not hold now, where the client
// waits with the content until it is wanted. What counts is what is there when the
// write takes effect.
func (c *call) expectRefusal(conditions store.Conditions) error {
	if c.r.Header["Expect"] == nil || len(conditions.IfMatch) == 0 && len(conditions.IfNoneMatch) == 0 {
		return nil
	}
	o, err := c.options.Objects.Head(c.r.Context(), c.name())
	switch {
	case errors.Is(err, errs.NotFound) && len(conditions.IfMatch) > 0:
		return err
	case err != nil:
		return nil // the write will tell
	case len(conditions.IfNoneMatch) > 0:
		return refuse(codePrecondition)
	case !slices.Contains(conditions.IfMatch, store.AnyTag) && !slices.Contains(conditions.IfMatch, o.EntityTag()):
		return refuse(codePrecondition)
	}
	return nil
}

// describe compares the content with what the request says of it, and records its
// sums.
func (c *call) describe(in *input) func(func(checksum.Kind) checksum.Sum, *store.Record) error {
	return func(of func(checksum.Kind) checksum.Sum, r *store.Record) error {
		if err := in.sums.check(of, in.payload.Trailer()); err != nil {
			return err
		}
		return in.record(of, r)
	}
}

// record records the sums of the content. The entity tag is the MD5, which need not
// be said twice.
func (in *input) record(of func(checksum.Kind) checksum.Sum, r *store.Record) error {
	if md5 := of(checksum.MD5); r.Checksum.Kind != checksum.MD5 {
		r.ETag = tagOf(md5)
	}
	if in.sums.algorithm.name != "" {
		r.Sums = []checksum.Sum{of(in.sums.algorithm.kind)}
	}
	return nil
}

// conditions are what is to hold for what is there when a change takes effect. One
// that cannot be read, or is not kept, must not be as if it were not there. Errors:
// Unsupported.
func (c *call) conditions() (store.Conditions, error) {
	conditions := store.Conditions{IfMatch: matchTags(c.r.Header["If-Match"])}
	if none := c.r.Header["If-None-Match"]; none != nil {
		if len(none) > 1 || strings.Trim(none[0], ` "`) != store.AnyTag {
			return conditions, refuseWith(codeNotImplemented, "If-None-Match of a write takes * only.")
		}
		conditions.IfNoneMatch = []string{store.AnyTag}
	}
	for _, name := range []string{"X-Amz-If-Match-Last-Modified-Time", "X-Amz-If-Match-Size", "X-Amz-If-Match-Initiated-Time"} {
		if c.header(name) != "" {
			return conditions, refuseWith(codeNotImplemented, "Of a change If-Match and If-None-Match are the only conditions: leave out "+strings.ToLower(name)+".")
		}
	}
	if len(conditions.IfMatch) > 0 && len(conditions.IfNoneMatch) > 0 {
		return conditions, refuseWith(codeNotImplemented, "If-Match and If-None-Match of a write exclude each other.")
	}
	return conditions, nil
}

// conditional is the error of a change whose condition did not hold: where there
// is no object that could be the one wanted, that is said.
func (c *call) conditional(err error, conditions store.Conditions) error {
	if !errors.Is(err, errs.Precondition) || len(conditions.IfMatch) == 0 {
		return err
	}
	if _, looking := c.options.Objects.Head(c.r.Context(), c.name()); errors.Is(looking, errs.NotFound) {
		return looking
	}
	return err
}

// matchTags are the tags in the lines of If-Match, without quotes: nil if there are
// no lines, and one that nothing has for what is no tag.
func matchTags(lines []string) []string {
	switch {
	case lines == nil:
		return nil
	case strings.Trim(strings.Join(lines, ","), " ,") == "":
		return []string{""}
	}
	return rest.ConditionsOf(http.Header{"If-Match": lines}).MatchTags()
}

// setTag tells the entity tag of an object.
func setTag(h http.Header, o *store.Object) { h["Etag"] = []string{quoted(o)} }

// quoted is the entity tag of an object as answers have it.
func quoted(o *store.Object) string { return strconv.Quote(o.EntityTag()) }

// What Record.Header says of the checksum of an object that came in parts.
const (
	sumAlgorithm = "x-amz-checksum-algorithm"
	sumType      = "x-amz-checksum-type"
	composite    = "COMPOSITE"
	fullObject   = "FULL_OBJECT"
)

// said is a checksum of the API that an object has.
type said struct {
	algorithm algorithm
	text      string // base64; behind a checksum of checksums their number
	kind      string // composite or fullObject
}

// sumsOf returns the checksums of the API that an object has.
func sumsOf(o *store.Object) (all []said) {
	for _, sum := range o.Sums {
		if a, ok := algorithmOf(sum.Kind); ok {
			all = append(all, said{a, base64Of(sum), fullObject})
		}
	}
	for _, a := range algorithms() {
		if text, ok := store.Lookup(o.Header, a.header); ok {
			all = append(all, said{a, text, composite})
		}
	}
	return all
}

// setSums tells the checksums of an object.
func setSums(h http.Header, o *store.Object) {
	for _, s := range sumsOf(o) {
		h.Set(s.algorithm.header, s.text)
		h.Set(sumType, s.kind)
	}
}
