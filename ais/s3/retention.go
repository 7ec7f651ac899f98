package s3

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"aistore/access"
	"aistore/store"
)

// The modes of a retention, as documents and headers have them.
const (
	modeGovernance = "GOVERNANCE"
	modeCompliance = "COMPLIANCE"
)

// noLockEnabled refuses locks in a bucket that has none.
func noLockEnabled() error {
	return refuseWith(codeInvalidRequest, "Bucket is missing Object Lock Configuration")
}

// retentionHeaders is what the headers of a request say of the lock of the version
// that it makes. Who says it must be allowed to lock one that is there: nobody may
// ever delete it. Errors: Invalid, Forbidden.
func (c *call) retentionHeaders() (store.Retention, error) {
	mode, until, hold := c.header("X-Amz-Object-Lock-Mode"), c.header("X-Amz-Object-Lock-Retain-Until-Date"), c.header("X-Amz-Object-Lock-Legal-Hold")
	if mode == "" && until == "" && hold == "" {
		return store.Retention{}, nil
	}
	if !c.bucket.Props.Lock.Enabled {
		return store.Retention{}, noLockEnabled()
	}
	if err := c.authorize(c.q.Caller, c.q.Bucket, access.UpdateObject); err != nil {
		return store.Retention{}, err
	}
	var r store.Retention
	if mode != "" || until != "" {
		if mode == "" || until == "" {
			return r, refuseWith(codeInvalidArgument, "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
		}
		var err error
		if r, err = retentionOf(mode, until); err != nil {
			return r, err
		}
	}
	switch hold {
	case "", "OFF":
	case "ON":
		r.Hold = true
	default:
		return r, refuseWith(codeInvalidArgument, "Legal hold must be either of 'ON' or 'OFF'")
	}
	return r, nil
}

// retentionOf reads a mode and a time. Errors: Invalid.
func retentionOf(mode, until string) (store.Retention, error) {
	r := store.Retention{Mode: store.RetentionModeOf(strings.ToLower(mode))}
	if mode != modeGovernance && mode != modeCompliance {
		return r, refuseWith(codeInvalidArgument, "Unknown wormMode directive.")
	}
	at, err := time.Parse(time.RFC3339, until)
	switch {
	case err != nil:
		return r, refuseWith(codeInvalidArgument, "The retain until date must be provided in ISO 8601 format")
	case !at.After(time.Now()):
		return r, refuseWith(codeInvalidArgument, "The retain until date must be in the future!")
	case at.Year() > 2200:
		return r, refuseWith(codeInvalidArgument, "The retain until date is too far away.")
	}
	r.Until = at.UTC()
	return r, nil
}

// setLock tells the lock of a version.
func (c *call) setLock(o *store.Object) {
	h, r := c.w.Header(), o.Retention
	if r.Mode != store.RetentionNone {
		h["X-Amz-Object-Lock-Mode"] = []string{strings.ToUpper(r.Mode.String())}
		h["X-Amz-Object-Lock-Retain-Until-Date"] = []string{untilText(r)}
	}
	if r.Hold {
		h["X-Amz-Object-Lock-Legal-Hold"] = []string{"ON"}
	}
}

func untilText(r store.Retention) string { return r.Until.UTC().Format("2006-01-02T15:04:05.000Z") }

// bypass tells whether the request may go against a retention by governance: it says
// that it wants to, and may change the bucket. Errors: Forbidden.
func (c *call) bypass() (store.Bypass, error) {
	if !strings.EqualFold(c.header("X-Amz-Bypass-Governance-Retention"), "true") {
		return store.BypassNothing, nil
	}
	if err := c.authorize(c.q.Caller, c.q.Bucket, access.PatchBucket); err != nil {
		return store.BypassNothing, err
	}
	return store.BypassGovernance, nil
}

// lockOf is the version whose lock is asked for.
func (c *call) lockOf() (*store.Object, error) {
	if !c.bucket.Props.Lock.Enabled {
		return nil, noLockEnabled()
	}
	return c.described()
}

// getRetention answers until when a version is locked.
func (c *call) getRetention() error {
	o, err := c.lockOf()
	if err != nil {
		return err
	}
	if o.Retention.Mode == store.RetentionNone {
		return refuse("NoSuchObjectLockConfiguration")
	}
	m := newMarkup(256)
	m.root("Retention")
	m.text("Mode", strings.ToUpper(o.Retention.Mode.String()))
	m.text("RetainUntilDate", untilText(o.Retention))
	m.close("Retention")
	return m.answer(c.w, http.StatusOK)
}

// retention is the document that says until when a version is locked.
type retention struct {
	XMLName xml.Name `xml:"Retention"`
	Mode    string   `xml:"Mode"`
	Until   string   `xml:"RetainUntilDate"`
}

// putRetention locks a version until a time. One that is locked stays so until then,
// at least, but for who may bypass governance.
func (c *call) putRetention() error {
	if !c.bucket.Props.Lock.Enabled {
		return noLockEnabled()
	}
	var document retention
	if err := c.document(&document, maxConfiguration, required); err != nil {
		return err
	}
	by, err := c.bypass()
	if err != nil {
		return err
	}
	var next store.Retention
	if document.Mode != "" || document.Until != "" { // else the retention is to go
		if document.Mode != modeGovernance && document.Mode != modeCompliance || document.Until == "" {
			return refuse(codeMalformedXML)
		}
		if next, err = retentionOf(document.Mode, document.Until); err != nil {
			return err
		}
	}
	return c.update(by, func(r *store.Record) error {
		r.Retention.Mode, r.Retention.Until = next.Mode, next.Until
		return nil
	})
}

// legalHold is the document that says whether a version is locked until somebody
// lifts that.
type legalHold struct {
	XMLName xml.Name `xml:"LegalHold"`
	Status  string   `xml:"Status"`
}

// getLegalHold answers whether a version is held.
func (c *call) getLegalHold() error {
	o, err := c.lockOf()
	if err != nil {
		return err
	}
	status := "OFF"
	if o.Retention.Hold {
		status = "ON"
	}
	m := newMarkup(256)
	m.root("LegalHold")
	m.text("Status", status)
	m.close("LegalHold")
	return m.answer(c.w, http.StatusOK)
}

// putLegalHold holds a version, or lifts that.
func (c *call) putLegalHold() error {
	if !c.bucket.Props.Lock.Enabled {
		return noLockEnabled()
	}
	var document legalHold
	if err := c.document(&document, maxConfiguration, required); err != nil {
		return err
	}
	if document.Status != "ON" && document.Status != "OFF" {
		return refuse(codeMalformedXML)
	}
	return c.update(store.BypassNothing, func(r *store.Record) error {
		r.Retention.Hold = document.Status == "ON"
		return nil
	})
}
