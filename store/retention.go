package store

import (
	"errors"
	"time"

	"aistore/errs"
)

// Bypass says whether a change may go against what governance forbids.
type Bypass uint8

// Who asks.
const (
	BypassNothing    Bypass = iota
	BypassGovernance        // somebody with the permission to, who says so
)

// Forbids tells whether r forbids, at a time, to delete the version.
func (r Retention) Forbids(now time.Time, by Bypass) bool {
	if r.Hold {
		return true
	}
	return now.Before(r.Until) && r.binds(by)
}

// binds tells whether r, while it lasts, binds who asks.
func (r Retention) binds(by Bypass) bool {
	return r.Mode == RetentionCompliance || r.Mode == RetentionGovernance && by != BypassGovernance
}

// allows tells whether r may become next: what still binds may only last longer,
// in its mode. A legal hold binds the version, not who sets it.
func (r Retention) allows(next Retention, now time.Time, by Bypass) bool {
	if !r.binds(by) || !now.Before(r.Until) {
		return true
	}
	return next.Mode == r.Mode && !next.Until.Before(r.Until)
}

// CheckRetention returns Forbidden if the retention of a version of n may not
// become next: what Update refuses.
func CheckRetention(n Name, r, next Retention, by Bypass) error {
	if r.allows(next, time.Now(), by) {
		return nil
	}
	return locked("store.Update", n, "the retention may not be weakened, nor its mode be changed")
}

// locked says that a version is locked.
func locked(op string, n Name, what string) error {
	e := errs.E(op, n.String(), errs.Forbidden, errors.New(what))
	e.Code, e.Public = errs.CodeLocked, "Access Denied because object protected by object lock."
	return e
}

// checkLock refuses to delete a version that is locked; nil is none.
func checkLock(op string, n Name, o *Object, by Bypass) error {
	if o == nil || !o.Retention.Forbids(time.Now(), by) {
		return nil
	}
	return locked(op, n, "the version is locked")
}

// lockNew gives a new version the retention that its bucket has for those that
// bring none. A legal hold is none.
func (w *Writer) lockNew() {
	lock := &w.target.Bucket.Props.Lock
	r := &w.record.Retention
	if r.Mode != RetentionNone || !lock.Enabled || lock.Mode == "" {
		return
	}
	r.Mode, r.Until = RetentionModeOf(lock.Mode), lock.Until(time.Now()).UTC()
}
