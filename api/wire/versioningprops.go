package wire

import (
	"errors"
	"fmt"
)

// Values of [VersioningProps.History].
const (
	HistoryNone      = ""          // an object that is replaced or deleted is gone
	HistoryEnabled   = "enabled"   // it stays as an older version, with an id of its own
	HistorySuspended = "suspended" // those that there are stay; new ones have the id "null"
)

// VersioningProps say whether object versions are counted, compared and kept.
type VersioningProps struct {
	Enabled         bool `json:"enabled"`           // count the versions of objects
	ValidateWarmGet bool `json:"validate_warm_get"` // ask the remote for its version on each GET
	Synchronize     bool `json:"synchronize"`       // as validate_warm_get, and delete what the remote deleted

	History string `json:"history,omitempty"` // "enabled": objects that are replaced or deleted stay as older versions; "suspended": no more of them; never taken back
}

// DefaultVersioning returns versioning that is on and never asks the remote.
func DefaultVersioning() VersioningProps { return VersioningProps{Enabled: true} }

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (v VersioningProps) Validate() error {
	if v.ValidateWarmGet && !v.Enabled {
		return errors.New("versioning.validate_warm_get needs versioning.enabled")
	}
	switch v.History {
	case HistoryNone, HistoryEnabled, HistorySuspended:
	default:
		return fmt.Errorf("versioning.history: %.32q is neither %q nor %q", v.History, HistoryEnabled, HistorySuspended)
	}
	return nil
}

// VersioningPropsToSet changes [VersioningProps]; nil members leave things as they are.
type VersioningPropsToSet struct {
	Enabled         *bool `json:"enabled,omitempty"`
	ValidateWarmGet *bool `json:"validate_warm_get,omitempty"`
	Synchronize     *bool `json:"synchronize,omitempty"`

	History *string `json:"history,omitempty"`
}

func (s *VersioningPropsToSet) apply(to *VersioningProps) {
	if s == nil {
		return
	}
	set(&to.Enabled, s.Enabled)
	set(&to.ValidateWarmGet, s.ValidateWarmGet)
	set(&to.Synchronize, s.Synchronize)
	set(&to.History, s.History)
}
