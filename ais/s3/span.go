package s3

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"aistore/ais/rest"
	"aistore/store"
)

// span is the part of an object that an answer has.
type span struct {
	offset, length int64
	partial        bool
	parts          int // of the object, where one was asked for
}

func (s span) status() int {
	if s.partial {
		return http.StatusPartialContent
	}
	return http.StatusOK
}

// span checks the conditions of a read and returns the part of the object that it
// wants. Errors: Precondition, NotModified, Range, Invalid.
func (c *call) span(o *store.Object) (span, error) {
	conditions := rest.ConditionsOf(c.r.Header)
	validators := rest.Validators{Exists: true, ETag: quoted(o), Modified: o.Modified}
	if err := conditions.Check(c.r.Method, validators); err != nil {
		return span{}, c.withValidators(err, o)
	}
	header := c.r.Header.Get("Range")
	if text, given := c.q.Query.Lookup("partNumber"); given {
		if header != "" {
			return span{}, refuseWith(codeInvalidRequest, "Cannot specify both Range header and partNumber query parameter")
		}
		return partOf(o, text)
	}
	if header == "" || !isRange(header) || !conditions.RangeHolds(validators) {
		return span{length: o.Size}, nil
	}
	offset, length, partial, err := rest.ParseRange(header, o.Size)
	return span{offset: offset, length: length, partial: partial}, err
}

// withValidators tells a client that has what is there already, what it has.
func (c *call) withValidators(err error, o *store.Object) error {
	c.w.Header()["Etag"] = []string{quoted(o)}
	c.w.Header()["Last-Modified"] = []string{o.Modified.UTC().Format(http.TimeFormat)}
	return err
}

// isRange tells whether a Range header is one range, well written: any other is as
// if it were not there.
func isRange(header string) bool {
	spec, ok := strings.CutPrefix(header, "bytes=")
	from, to, found := strings.Cut(strings.Trim(spec, " \t"), "-")
	if !ok || !found || from == "" && to == "" || !areDigits(from) || !areDigits(to) {
		return false
	}
	first, err := strconv.ParseInt(from, 10, 64)
	last, failed := strconv.ParseInt(to, 10, 64)
	return err != nil || failed != nil || first <= last
}

// parseExactRange reads "bytes=first-last".
func parseExactRange(header string) (span, bool) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	from, to, found := strings.Cut(spec, "-")
	if !ok || !found || from == "" || to == "" || !areDigits(from) || !areDigits(to) {
		return span{}, false
	}
	first, err := strconv.ParseInt(from, 10, 64)
	last, failed := strconv.ParseInt(to, 10, 64)
	if err != nil || failed != nil || last < first || last == math.MaxInt64 {
		return span{}, false
	}
	return span{offset: first, length: last - first + 1, partial: true}, true
}

func areDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// partOf is the part of an object that was uploaded as that number. An object that
// came whole has one. Errors: Invalid, Range.
func partOf(o *store.Object, text string) (span, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		return span{}, refuseWith(codeInvalidArgument, "Part number must be an integer between 1 and 10000, inclusive")
	}
	if len(o.PartSizes) == 0 {
		if number > 1 {
			return span{}, refuse(codeInvalidPartNumber)
		}
		return span{length: o.Size, partial: o.Size > 0}, nil
	}
	if number > len(o.PartSizes) {
		return span{}, refuse(codeInvalidPartNumber)
	}
	s := span{length: o.PartSizes[number-1], parts: len(o.PartSizes)}
	for _, size := range o.PartSizes[:number-1] {
		s.offset += size
	}
	s.partial = s.length > 0 // there is no range of nothing
	return s, nil
}
