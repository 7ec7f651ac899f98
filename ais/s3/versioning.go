package s3

import (
	"encoding/xml"
	"net/http"

	"aistore/api/wire"
)

// versioning is the document that says whether a bucket keeps versions.
type versioning struct {
	XMLName   xml.Name `xml:"VersioningConfiguration"`
	Status    string   `xml:"Status"`
	MFADelete string   `xml:"MfaDelete"`
}

// getVersioning answers whether a bucket keeps versions; nothing where it never did.
func (c *call) getVersioning() error {
	m := newMarkup(256)
	m.root("VersioningConfiguration")
	switch c.bucket.Props.Versioning.History {
	case wire.HistoryEnabled:
		m.text("Status", "Enabled")
	case wire.HistorySuspended:
		m.text("Status", "Suspended")
	}
	m.close("VersioningConfiguration")
	return m.answer(c.w, http.StatusOK)
}

// putVersioning makes a bucket keep versions, or no more of them.
func (c *call) putVersioning() error {
	var v versioning
	if err := c.document(&v, maxConfiguration, required); err != nil {
		return err
	}
	if v.MFADelete == "Enabled" || c.header("X-Amz-Mfa") != "" {
		return refuseWith(codeNotImplemented, "MFA delete is not supported.")
	}
	history, err := v.history()
	if err != nil {
		return err
	}
	if history == wire.HistorySuspended && c.bucket.Props.Lock.Enabled {
		return refuseWith(codeInvalidBucketState, "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
	}
	set := &wire.BucketPropsToSet{Versioning: &wire.VersioningPropsToSet{History: &history}}
	return c.options.Buckets.SetBucketProps(c.r.Context(), c.q.Bucket, set)
}

// history is the property that the document asks for. Errors: Invalid.
func (v *versioning) history() (string, error) {
	switch v.Status {
	case "Enabled":
		return wire.HistoryEnabled, nil
	case "Suspended":
		return wire.HistorySuspended, nil
	}
	return "", refuse(codeMalformedXML)
}
