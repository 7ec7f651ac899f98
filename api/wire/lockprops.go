package wire

import (
	"errors"
	"fmt"
	"time"
)

// Values of [LockProps.Mode].
const (
	LockGovernance = "governance" // who may bypass it can delete what is locked
	LockCompliance = "compliance" // nobody can
)

// maxLockDays bounds how long new versions are locked: a hundred years.
const maxLockDays = 36500

// LockProps say whether versions of objects can be locked, and how those are
// that come without a word on it. A bucket with locks keeps its history, and
// keeps its locks.
type LockProps struct {
	Enabled bool   `json:"enabled"`
	Mode    string `json:"mode,omitempty"`  // of new versions; "" locks none
	Days    int64  `json:"days,omitempty"`  // how long, from when they are written
	Years   int64  `json:"years,omitempty"` // or this long; one of both
}

// Until returns the end of the lock of a version written at a time; the zero time
// if it has none.
func (l *LockProps) Until(written time.Time) time.Time {
	if !l.Enabled || l.Mode == "" {
		return time.Time{}
	}
	return written.AddDate(int(l.Years), 0, int(l.Days))
}

// Validate names what is wrong. Errors: plain, for the caller to wrap.
func (l LockProps) Validate() error {
	switch l.Mode {
	case "":
		if l.Days != 0 || l.Years != 0 {
			return errors.New("object_lock.days and object_lock.years need object_lock.mode")
		}
		return nil
	case LockGovernance, LockCompliance:
	default:
		return fmt.Errorf("object_lock.mode: %.32q is neither %q nor %q", l.Mode, LockGovernance, LockCompliance)
	}
	switch {
	case !l.Enabled:
		return errors.New("object_lock.mode needs object_lock.enabled")
	case (l.Days > 0) == (l.Years > 0) || l.Days < 0 || l.Years < 0:
		return errors.New("object_lock: one of days and years is to be above 0")
	case l.Days > maxLockDays || l.Years > maxLockDays/365:
		return errors.New("object_lock: the time is longer than 100 years")
	}
	return nil
}

// LockPropsToSet changes [LockProps]; nil members leave things as they are.
type LockPropsToSet struct {
	Enabled *bool   `json:"enabled,omitempty"`
	Mode    *string `json:"mode,omitempty"`
	Days    *int64  `json:"days,omitempty"`
	Years   *int64  `json:"years,omitempty"`
}

func (s *LockPropsToSet) apply(to *LockProps) {
	if s == nil {
		return
	}
	set(&to.Enabled, s.Enabled)
	set(&to.Mode, s.Mode)
	set(&to.Days, s.Days)
	set(&to.Years, s.Years)
}
