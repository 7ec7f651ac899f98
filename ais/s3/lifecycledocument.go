package s3

import (
	"encoding/xml"
	"strconv"
	"time"
	"unicode/utf8"

	"aistore/api/wire"
)

// lifecycleDocument is the document of what of a bucket goes by itself. What may
// be there once is a list too, to see whether it is.
type lifecycleDocument struct {
	XMLName xml.Name            `xml:"LifecycleConfiguration"`
	Rules   []lifecycleRule     `xml:"Rule"`
	Others  []documentedElement `xml:",any"`
}

type lifecycleRule struct {
	ID          []string              `xml:"ID"`
	Status      []string              `xml:"Status"`
	Prefix      []string              `xml:"Prefix"`
	Filter      []lifecycleFilter     `xml:"Filter"`
	Expiration  []lifecycleExpiration `xml:"Expiration"`
	Noncurrent  []lifecycleNoncurrent `xml:"NoncurrentVersionExpiration"`
	Abort       []lifecycleAbort      `xml:"AbortIncompleteMultipartUpload"`
	Transitions []documentedElement   `xml:"Transition"`
	OfVersions  []documentedElement   `xml:"NoncurrentVersionTransition"`
	Others      []documentedElement   `xml:",any"`
}

// lifecycleFilter is what a rule is about, or, within And, several conditions.
type lifecycleFilter struct {
	Prefix  []string            `xml:"Prefix"`
	Larger  []int64             `xml:"ObjectSizeGreaterThan"`
	Smaller []int64             `xml:"ObjectSizeLessThan"`
	Tags    []documentedElement `xml:"Tag"`
	And     []lifecycleFilter   `xml:"And"`
	Others  []documentedElement `xml:",any"`
}

type lifecycleExpiration struct {
	Days    []int               `xml:"Days"`
	Date    []string            `xml:"Date"`
	Markers []bool              `xml:"ExpiredObjectDeleteMarker"`
	Others  []documentedElement `xml:",any"`
}

type lifecycleNoncurrent struct {
	Days   []int               `xml:"NoncurrentDays"`
	Keep   []int               `xml:"NewerNoncurrentVersions"`
	Others []documentedElement `xml:",any"`
}

type lifecycleAbort struct {
	Days   []int               `xml:"DaysAfterInitiation"`
	Others []documentedElement `xml:",any"`
}

// documentedElement is an element of which nothing but its presence counts.
type documentedElement struct {
	XMLName xml.Name
}

// parseLifecycle reads what of a bucket is to go by itself. Rules without an id get
// one from newID. Errors: Invalid, Unsupported.
func parseLifecycle(text []byte, newID func() string) ([]wire.S3LifecycleRule, error) {
	var document lifecycleDocument
	if err := parse(text, &document); err != nil {
		return nil, err
	}
	if n := len(document.Rules); n == 0 || n > wire.MaxS3LifecycleRules || len(document.Others) > 0 {
		return nil, refuse(codeMalformedXML)
	}
	rules := make([]wire.S3LifecycleRule, 0, len(document.Rules))
	seen := map[string]bool{}
	for i := range document.Rules {
		r, err := document.Rules[i].rule()
		if err != nil {
			return nil, err
		}
		if r.ID == "" {
			r.ID = newID()
		}
		if seen[r.ID] {
			return nil, refuseWith(codeInvalidArgument, "Rule ID must be unique. Found same ID for more than one rule")
		}
		seen[r.ID] = true
		rules = append(rules, r)
	}
	if err := (&wire.S3Lifecycle{Rules: rules}).Validate(); err != nil {
		return nil, refuseWith(codeInvalidRequest, err.Error())
	}
	return rules, nil
}

// rule reads one rule.
func (l *lifecycleRule) rule() (r wire.S3LifecycleRule, err error) {
	switch {
	case len(l.Transitions) > 0:
		return r, lacking("Transition")
	case len(l.OfVersions) > 0:
		return r, lacking("NoncurrentVersionTransition")
	case len(l.ID) > 1, len(l.Status) != 1, len(l.Prefix)+len(l.Filter) != 1, len(l.Others) > 0,
		len(l.Expiration) > 1, len(l.Noncurrent) > 1, len(l.Abort) > 1:
		return r, refuse(codeMalformedXML)
	}
	switch l.Status[0] {
	case "Enabled":
		r.Enabled = true
	case "Disabled":
	default:
		return r, refuse(codeMalformedXML)
	}
	if len(l.ID) == 1 {
		r.ID = l.ID[0]
	}
	if utf8.RuneCountInString(r.ID) > wire.MaxS3LifecycleID {
		return r, refuseWith(codeInvalidArgument, "ID length should not exceed allowed limit of "+strconv.Itoa(wire.MaxS3LifecycleID))
	}
	if err := l.readSelection(&r); err != nil {
		return r, err
	}
	return r, l.readActions(&r)
}

// readSelection reads what the rule is about.
func (l *lifecycleRule) readSelection(r *wire.S3LifecycleRule) error {
	if len(l.Prefix) == 1 {
		r.Shape, r.Prefix = wire.S3LifecycleOld, l.Prefix[0]
		return nil
	}
	f := &l.Filter[0]
	said := len(f.Prefix) + len(f.Larger) + len(f.Smaller) + len(f.Tags) + len(f.And)
	switch {
	case len(f.Others) > 0 || said > 1:
		return refuse(codeMalformedXML)
	case len(f.Tags) > 0:
		return lacking("a filter by tags")
	case len(f.And) == 1:
		return f.And[0].readAnd(r)
	case len(f.Prefix) == 1:
		r.Shape = wire.S3LifecyclePrefix
	case len(f.Larger) == 1:
		r.Shape = wire.S3LifecycleLarger
	case len(f.Smaller) == 1:
		r.Shape = wire.S3LifecycleSmaller
	}
	return f.readConditions(r)
}

// readAnd reads several conditions.
func (f *lifecycleFilter) readAnd(r *wire.S3LifecycleRule) error {
	switch {
	case len(f.Tags) > 0:
		return lacking("a filter by tags")
	case len(f.And)+len(f.Others) > 0, len(f.Prefix)+len(f.Larger)+len(f.Smaller) == 0:
		return refuse(codeMalformedXML)
	}
	r.Shape = wire.S3LifecycleAnd
	return f.readConditions(r)
}

func (f *lifecycleFilter) readConditions(r *wire.S3LifecycleRule) error {
	if len(f.Prefix) > 1 || len(f.Larger) > 1 || len(f.Smaller) > 1 {
		return refuse(codeMalformedXML)
	}
	if len(f.Prefix) == 1 {
		r.Prefix = f.Prefix[0]
	}
	if len(f.Larger) == 1 {
		r.Larger = &f.Larger[0]
	}
	if len(f.Smaller) == 1 {
		r.Smaller = &f.Smaller[0]
	}
	return nil
}

// readActions reads what happens.
func (l *lifecycleRule) readActions(r *wire.S3LifecycleRule) error {
	if len(l.Expiration)+len(l.Noncurrent)+len(l.Abort) == 0 {
		return refuseWith(codeInvalidRequest, "At least one action needs to be specified in a rule.")
	}
	for i := range l.Expiration {
		if err := l.Expiration[i].read(r); err != nil {
			return err
		}
	}
	for _, n := range l.Noncurrent {
		if len(n.Days) != 1 || len(n.Keep) > 1 || len(n.Others) > 0 {
			return refuse(codeMalformedXML)
		}
		if len(n.Keep) == 1 {
			r.NoncurrentKeep = &n.Keep[0]
		}
		if r.NoncurrentDays = n.Days[0]; !isDays(r.NoncurrentDays) {
			return refuseWith(codeInvalidArgument, "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")
		}
	}
	for _, a := range l.Abort {
		if len(a.Days) != 1 || len(a.Others) > 0 {
			return refuse(codeMalformedXML)
		}
		if r.AbortDays = a.Days[0]; !isDays(r.AbortDays) {
			return refuseWith(codeInvalidArgument, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")
		}
		if r.Larger != nil || r.Smaller != nil {
			return refuseWith(codeInvalidRequest, "AbortIncompleteMultipartUpload cannot be specified with Object Size.")
		}
	}
	return nil
}

func (e *lifecycleExpiration) read(r *wire.S3LifecycleRule) error {
	if len(e.Days)+len(e.Date)+len(e.Markers) != 1 || len(e.Others) > 0 {
		return refuse(codeMalformedXML)
	}
	switch {
	case len(e.Markers) == 1:
		r.DropMarkers = &e.Markers[0]
	case len(e.Days) == 1:
		if r.Days = e.Days[0]; !isDays(r.Days) {
			return refuseWith(codeInvalidArgument, "'Days' for Expiration action must be a positive integer")
		}
	default:
		date, err := parseDate(e.Date[0])
		if err != nil {
			return refuse(codeMalformedXML)
		}
		if !date.Equal(date.Truncate(24 * time.Hour)) {
			return refuseWith(codeInvalidArgument, "'Date' must be at midnight GMT")
		}
		r.Date = &date
	}
	return nil
}

// isDays tells whether a rule may have that number of days.
func isDays(n int) bool { return n > 0 && n <= wire.MaxS3LifecycleDays }

// parseDate reads a date, or a time, in UTC if it does not say where.
func parseDate(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	for _, layout := range []string{"2006-01-02T15:04:05", time.DateOnly} {
		if err != nil {
			at, err = time.Parse(layout, text)
		}
	}
	return at.UTC(), err
}

// lacking refuses a rule for what it says and there is not.
func lacking(what string) error {
	return refuseWith(codeNotImplemented, "A lifecycle rule with "+what+" is not supported: objects have one storage class, and rules select them by prefix and size.")
}
