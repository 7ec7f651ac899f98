package rest

import (
	"net/http"
	"strings"
	"time"

	"aistore/errs"
)

// Conditions are the conditional headers of a request, as sent.
// The zero value has none.
type Conditions struct {
	IfMatch           string
	IfNoneMatch       string
	IfModifiedSince   string
	IfUnmodifiedSince string
	IfRange           string
}

// ConditionsOf returns the conditions in h. Lines of one header are joined.
func ConditionsOf(h http.Header) Conditions {
	return Conditions{
		IfMatch:           joined(h["If-Match"]),
		IfNoneMatch:       joined(h["If-None-Match"]),
		IfModifiedSince:   joined(h["If-Modified-Since"]),
		IfUnmodifiedSince: joined(h["If-Unmodified-Since"]),
		IfRange:           joined(h["If-Range"]),
	}
}

func joined(lines []string) string {
	if len(lines) == 1 {
		return lines[0]
	}
	return strings.Join(lines, ", ")
}

// IsZero tells whether there is no condition.
func (c Conditions) IsZero() bool { return c == Conditions{} }

// Validators are what conditions are compared with.
type Validators struct {
	Exists   bool      // false: there is no such object, and the rest is ignored
	ETag     string    // quoted, maybe with W/ in front; "" when there is none
	Modified time.Time // zero when unknown
}

// Check evaluates the conditions in the order of RFC 9110, 13.2.2, but for
// If-Range. A date that cannot be read is ignored, as is one where the time is
// unknown. Errors: Precondition, and for GET and HEAD NotModified.
func (c Conditions) Check(method string, v Validators) error {
	reading := method == http.MethodGet || method == http.MethodHead
	switch {
	case c.IfMatch != "":
		if !v.Exists || !matches(c.IfMatch, v.ETag, strongEqual) {
			return failed("If-Match", errs.Precondition)
		}
	case c.IfUnmodifiedSince != "":
		if since, ok := date(c.IfUnmodifiedSince); ok && v.modifiedAfter(since) {
			return failed("If-Unmodified-Since", errs.Precondition)
		}
	}
	switch {
	case c.IfNoneMatch != "":
		if !v.Exists || !matches(c.IfNoneMatch, v.ETag, weakEqual) {
			return nil
		}
		if reading {
			return failed("If-None-Match", errs.NotModified)
		}
		return failed("If-None-Match", errs.Precondition)
	case reading && c.IfModifiedSince != "":
		since, ok := date(c.IfModifiedSince)
		if ok && v.Exists && !v.Modified.IsZero() && !v.modifiedAfter(since) {
			return failed("If-Modified-Since", errs.NotModified)
		}
	}
	return nil
}

// RangeHolds tells whether If-Range, if any, lets a Range header count.
func (c Conditions) RangeHolds(v Validators) bool {
	if c.IfRange == "" {
		return true
	}
	if strings.HasPrefix(c.IfRange, `"`) || strings.HasPrefix(c.IfRange, "W/") {
		return strongEqual(c.IfRange, v.ETag)
	}
	since, ok := date(c.IfRange)
	return ok && !v.Modified.IsZero() && v.Modified.Truncate(time.Second).Equal(since)
}

// modifiedAfter compares in whole seconds, all that a header can say.
func (v Validators) modifiedAfter(t time.Time) bool {
	return v.Exists && !v.Modified.IsZero() && v.Modified.Truncate(time.Second).After(t)
}

func failed(header string, kind errs.Kind) error {
	return errs.E("rest.Conditions.Check", header, kind, nil)
}

func date(text string) (time.Time, bool) {
	t, err := http.ParseTime(text)
	return t, err == nil
}

// matches tells whether list is "*" or has an entity tag equal to etag.
func matches(list, etag string, equal func(a, b string) bool) bool {
	list = strings.Trim(list, " \t,")
	if list == "*" {
		return true
	}
	for list != "" {
		tag, rest := nextTag(list)
		if tag == "" {
			return false
		}
		if equal(tag, etag) {
			return true
		}
		list = strings.TrimLeft(rest, " \t,")
	}
	return false
}

// MatchTags returns the entity tags of If-Match, without quotes, nil without the
// header. One that nothing has, as it is weak or cannot be read, is "".
func (c Conditions) MatchTags() (tags []string) {
	if strings.Trim(c.IfMatch, " \t,") == "*" {
		return []string{"*"}
	}
	eachTag(c.IfMatch, func(tag string) {
		if tag = strings.Trim(tag, `"`); tag == "*" || strings.HasPrefix(tag, "W/") {
			tag = ""
		}
		tags = append(tags, tag)
	})
	if tags == nil && c.IfMatch != "" {
		return []string{""}
	}
	return tags
}

// NoneMatchTags returns the entity tags of If-None-Match, weak ones too, without
// quotes, nil without the header.
func (c Conditions) NoneMatchTags() (tags []string) {
	eachTag(c.IfNoneMatch, func(tag string) {
		if tag = strings.Trim(strings.TrimPrefix(tag, "W/"), `"`); tag != "" {
			tags = append(tags, tag)
		}
	})
	return tags
}

// UnmodifiedSince returns the date of If-Unmodified-Since, zero if there is none
// that can be read.
func (c Conditions) UnmodifiedSince() time.Time {
	since, _ := date(c.IfUnmodifiedSince)
	return since
}

// eachTag calls do for each entity tag of a list, and "" for one that cannot be
// read, which ends it.
func eachTag(list string, do func(tag string)) {
	list = strings.Trim(list, " \t,")
	for list != "" {
		tag, rest := nextTag(list)
		do(tag)
		if tag == "" {
			return
		}
		list = strings.TrimLeft(rest, " \t,")
	}
}

// nextTag returns the entity tag with which list begins, or "" and what is left.
// A tag without quotes is taken up to the next comma: S3 clients send such.
func nextTag(list string) (tag, rest string) {
	start := 0
	if strings.HasPrefix(list, "W/") {
		start = len("W/")
	}
	if !strings.HasPrefix(list[start:], `"`) {
		tag, rest, _ = strings.Cut(list, ",")
		return strings.TrimRight(tag, " \t"), rest
	}
	end := strings.IndexByte(list[start+1:], '"')
	if end < 0 {
		return "", ""
	}
	end += start + 2
	return list[:end], list[end:]
}

// strongEqual compares tags of which neither is weak.
func strongEqual(a, b string) bool {
	return !strings.HasPrefix(a, "W/") && !strings.HasPrefix(b, "W/") && weakEqual(a, b)
}

// weakEqual compares tags without the mark of weakness and without quotes.
func weakEqual(a, b string) bool {
	a, b = strings.Trim(strings.TrimPrefix(a, "W/"), `"`), strings.Trim(strings.TrimPrefix(b, "W/"), `"`)
	return a == b && a != ""
}
