package s3

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/store"
)

// maxLifecycle bounds the document of what goes by itself, in bytes: that of as many
// rules as there may be, with ids and prefixes as long as they may be.
const maxLifecycle = 4 << 20

// headerMinSize says from which size on objects change their storage class, which
// they do not here.
const headerMinSize = "X-Amz-Transition-Default-Minimum-Object-Size"

// usualMinSize is what clients are told who have not said otherwise.
const usualMinSize = "all_storage_classes_128K"

func (c *call) getLifecycle() error {
	l := c.bucket.Props.S3.Lifecycle
	if l == nil {
		return refuse("NoSuchLifecycleConfiguration")
	}
	c.w.Header().Set(headerMinSize, minSizeOf(l))
	return lifecycleMarkup(l.Rules).answer(c.w, http.StatusOK)
}

// lifecycleMarkup is the document of rules.
func lifecycleMarkup(rules []wire.S3LifecycleRule) *markup {
	m := newMarkup(1 << 10)
	m.root("LifecycleConfiguration")
	for i := range rules {
		m.lifecycleRule(&rules[i])
	}
	m.close("LifecycleConfiguration")
	return m
}

func minSizeOf(l *wire.S3Lifecycle) string {
	if l.MinSize == "" {
		return usualMinSize
	}
	return l.MinSize
}

func (m *markup) lifecycleRule(r *wire.S3LifecycleRule) {
	m.open("Rule")
	m.text("ID", r.ID)
	if r.Shape == wire.S3LifecycleOld {
		m.text("Prefix", r.Prefix)
	} else {
		m.lifecycleFilter(r)
	}
	status := "Disabled"
	if r.Enabled {
		status = "Enabled"
	}
	m.text("Status", status)
	if r.Days > 0 || r.Date != nil || r.DropMarkers != nil {
		m.lifecycleExpiration(r)
	}
	if r.NoncurrentDays > 0 {
		m.open("NoncurrentVersionExpiration")
		m.number("NoncurrentDays", int64(r.NoncurrentDays))
		if r.NoncurrentKeep != nil {
			m.number("NewerNoncurrentVersions", int64(*r.NoncurrentKeep))
		}
		m.close("NoncurrentVersionExpiration")
	}
	if r.AbortDays > 0 {
		m.open("AbortIncompleteMultipartUpload")
		m.number("DaysAfterInitiation", int64(r.AbortDays))
		m.close("AbortIncompleteMultipartUpload")
	}
	m.close("Rule")
}

func (m *markup) lifecycleFilter(r *wire.S3LifecycleRule) {
	m.open("Filter")
	if r.Shape == wire.S3LifecycleAnd {
		m.open("And")
	}
	if r.Prefix != "" || r.Shape == wire.S3LifecyclePrefix {
		m.text("Prefix", r.Prefix)
	}
	if r.Larger != nil {
		m.number("ObjectSizeGreaterThan", *r.Larger)
	}
	if r.Smaller != nil {
		m.number("ObjectSizeLessThan", *r.Smaller)
	}
	if r.Shape == wire.S3LifecycleAnd {
		m.close("And")
	}
	m.close("Filter")
}

func (m *markup) lifecycleExpiration(r *wire.S3LifecycleRule) {
	m.open("Expiration")
	if r.Days > 0 {
		m.number("Days", int64(r.Days))
	}
	if r.Date != nil {
		m.time("Date", *r.Date)
	}
	if r.DropMarkers != nil {
		m.claim("ExpiredObjectDeleteMarker", *r.DropMarkers)
	}
	m.close("Expiration")
}

func (c *call) putLifecycle() error {
	l := &wire.S3Lifecycle{Changed: time.Now().Unix(), MinSize: c.header(headerMinSize)}
	switch l.MinSize {
	case "", usualMinSize, "varies_by_storage_class":
	default:
		return refuseWith(codeInvalidArgument, strings.ToLower(headerMinSize)+" is "+usualMinSize+" or varies_by_storage_class.")
	}
	text, err := c.text(maxLifecycle)
	if err != nil {
		return err
	}
	if l.Rules, err = parseLifecycle(text, rand.Text); err != nil {
		return err
	}
	if err := c.setProps(&wire.S3PropsToSet{Lifecycle: l}); err != nil {
		return err
	}
	c.w.Header().Set(headerMinSize, minSizeOf(l))
	return nil
}

func (c *call) deleteLifecycle() error {
	if err := c.setProps(&wire.S3PropsToSet{Lifecycle: new(wire.S3Lifecycle)}); err != nil {
		return err
	}
	return c.done()
}

// setExpiry tells when an object goes by itself, if it does. An older version goes
// by other rules, of which clients are not told.
func (c *call) setExpiry(o *store.Object) {
	l := c.bucket.Props.S3.Lifecycle
	if l == nil || o.IsOlder() || o.DeleteMarker {
		return
	}
	if at, by := l.ExpiryOf(c.q.Object, o.Size, o.Modified); by != nil {
		c.w.Header()["X-Amz-Expiration"] = []string{`expiry-date="` + at.Format(http.TimeFormat) + `", rule-id="` + url.QueryEscape(by.ID) + `"`}
	}
}
