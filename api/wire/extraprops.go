package wire

import (
	"aistore/internal/units"
)

// ExtraProps are properties of one backend.
type ExtraProps struct {
	AWS    AWSProps          `json:"aws"`
	GCP    GCPProps          `json:"gcp"`
	OCI    OCIProps          `json:"oci"`
	Custom map[string]string `json:"custom,omitempty"`
}

// AWSProps are properties of a bucket in S3 or in a store like it.
type AWSProps struct {
	Region        string     `json:"cloud_region,omitempty"`
	Endpoint      string     `json:"endpoint,omitempty"`
	Profile       string     `json:"profile,omitempty"`
	MaxPageSize   int64      `json:"max_pagesize,omitempty"`
	MultipartSize units.Size `json:"multipart_size,omitempty"`
}

// GCPProps are properties of a bucket in Google Cloud Storage.
type GCPProps struct {
	Credentials string `json:"application_creds,omitempty"`
}

// OCIProps are properties of a bucket in Oracle Cloud.
type OCIProps struct {
	Region string `json:"region,omitempty"`
}

// ExtraPropsToSet changes [ExtraProps]; nil members leave things as they are.
type ExtraPropsToSet struct {
	AWS    *AWSPropsToSet     `json:"aws,omitempty"`
	GCP    *GCPPropsToSet     `json:"gcp,omitempty"`
	OCI    *OCIPropsToSet     `json:"oci,omitempty"`
	Custom *map[string]string `json:"custom,omitempty"` // replaces all of Custom
}

func (s *ExtraPropsToSet) apply(to *ExtraProps) {
	if s == nil {
		return
	}
	s.AWS.apply(&to.AWS)
	s.GCP.apply(&to.GCP)
	s.OCI.apply(&to.OCI)
	set(&to.Custom, s.Custom)
}

// AWSPropsToSet changes [AWSProps]; nil members leave things as they are.
type AWSPropsToSet struct {
	Region        *string     `json:"cloud_region,omitempty"`
	Endpoint      *string     `json:"endpoint,omitempty"`
	Profile       *string     `json:"profile,omitempty"`
	MaxPageSize   *int64      `json:"max_pagesize,omitempty"`
	MultipartSize *units.Size `json:"multipart_size,omitempty"`
}

func (s *AWSPropsToSet) apply(to *AWSProps) {
	if s == nil {
		return
	}
	set(&to.Region, s.Region)
	set(&to.Endpoint, s.Endpoint)
	set(&to.Profile, s.Profile)
	set(&to.MaxPageSize, s.MaxPageSize)
	set(&to.MultipartSize, s.MultipartSize)
}

// GCPPropsToSet changes [GCPProps]; nil members leave things as they are.
type GCPPropsToSet struct {
	Credentials *string `json:"application_creds,omitempty"`
}

func (s *GCPPropsToSet) apply(to *GCPProps) {
	if s == nil {
		return
	}
	set(&to.Credentials, s.Credentials)
}

// OCIPropsToSet changes [OCIProps]; nil members leave things as they are.
type OCIPropsToSet struct {
	Region *string `json:"region,omitempty"`
}

func (s *OCIPropsToSet) apply(to *OCIProps) {
	if s == nil {
		return
	}
	set(&to.Region, s.Region)
}
