package wire

import (
	"errors"
)

// VersioningProps say whether object versions are counted and compared.
type VersioningProps struct {
	Enabled         bool `json:"enabled"`           // count the versions of objects
	ValidateWarmGet bool `json:"validate_warm_get"` // ask the remote for its version on each GET
	Synchronize     bool `json:"synchronize"`       // as validate_warm_get, and delete what the remote deleted
}

// DefaultVersioning returns versioning that is on and never asks the remote.
func DefaultVersioning() VersioningProps { return VersioningProps{Enabled: true} }

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (v VersioningProps) Validate() error {
	if v.ValidateWarmGet && !v.Enabled {
		return errors.New("versioning.validate_warm_get needs versioning.enabled")
	}
	return nil
}

// VersioningPropsToSet changes [VersioningProps]; nil members leave things as they are.
type VersioningPropsToSet struct {
	Enabled         *bool `json:"enabled,omitempty"`
	ValidateWarmGet *bool `json:"validate_warm_get,omitempty"`
	Synchronize     *bool `json:"synchronize,omitempty"`
}

func (s *VersioningPropsToSet) apply(to *VersioningProps) {
	if s == nil {
		return
	}
	set(&to.Enabled, s.Enabled)
	set(&to.ValidateWarmGet, s.ValidateWarmGet)
	set(&to.Synchronize, s.Synchronize)
}
