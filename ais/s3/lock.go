package s3

import (
	"encoding/xml"
	"net/http"
	"strings"

	"aistore/api/wire"
)

// lockConfiguration is the document that says how versions of a bucket are locked.
type lockConfiguration struct {
	XMLName xml.Name `xml:"ObjectLockConfiguration"`
	Enabled string   `xml:"ObjectLockEnabled"`
	Rule    *struct {
		Default *struct {
			Mode  string `xml:"Mode"`
			Days  int64  `xml:"Days"`
			Years int64  `xml:"Years"`
		} `xml:"DefaultRetention"`
	} `xml:"Rule"`
}

// getLockConfiguration answers how versions of a bucket are locked.
func (c *call) getLockConfiguration() error {
	lock := &c.bucket.Props.Lock
	if !lock.Enabled {
		return refuse("ObjectLockConfigurationNotFoundError")
	}
	m := newMarkup(512)
	m.root("ObjectLockConfiguration")
	m.text("ObjectLockEnabled", "Enabled")
	if lock.Mode != "" {
		m.open("Rule")
		m.open("DefaultRetention")
		m.text("Mode", strings.ToUpper(lock.Mode))
		if lock.Days > 0 {
			m.number("Days", lock.Days)
		} else {
			m.number("Years", lock.Years)
		}
		m.close("DefaultRetention")
		m.close("Rule")
	}
	m.close("ObjectLockConfiguration")
	return m.answer(c.w, http.StatusOK)
}

// putLockConfiguration lets versions of a bucket be locked, and says how new ones are.
func (c *call) putLockConfiguration() error {
	var l lockConfiguration
	if err := c.document(&l, maxConfiguration, required); err != nil {
		return err
	}
	set, err := l.props()
	if err != nil {
		return err
	}
	if c.bucket.Props.Versioning.History != wire.HistoryEnabled {
		return refuseWith(codeInvalidBucketState, "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
	}
	return c.options.Buckets.SetBucketProps(c.r.Context(), c.q.Bucket, &wire.BucketPropsToSet{Lock: set})
}

// props are the properties that the document asks for. Errors: Invalid.
func (l *lockConfiguration) props() (*wire.LockPropsToSet, error) {
	if l.Enabled != "Enabled" {
		return nil, refuse(codeMalformedXML)
	}
	lock := wire.LockProps{Enabled: true}
	if l.Rule != nil {
		if l.Rule.Default == nil {
			return nil, refuse(codeMalformedXML)
		}
		lock.Days, lock.Years = l.Rule.Default.Days, l.Rule.Default.Years
		switch l.Rule.Default.Mode {
		case modeGovernance:
			lock.Mode = wire.LockGovernance
		case modeCompliance:
			lock.Mode = wire.LockCompliance
		default:
			return nil, refuse(codeMalformedXML)
		}
		if lock.Days != 0 && lock.Years != 0 {
			return nil, refuse(codeMalformedXML)
		}
		if err := lock.Validate(); err != nil {
			return nil, refuseWith(codeInvalidArgument, "Default retention period must be a positive integer value.")
		}
	}
	return &wire.LockPropsToSet{Enabled: &lock.Enabled, Mode: &lock.Mode, Days: &lock.Days, Years: &lock.Years}, nil
}
