package certificate

import (
	"crypto/x509"
	"time"
)

// State says how good a certificate is now.
type State int

// The states.
const (
	Good        State = iota
	Expiring          // it expires soon, see Soon
	Expired           // or not good yet
	NotReplaced       // good, but what the files hold now cannot be used
)

// String returns a word for people.
func (s State) String() string {
	switch s {
	case Expiring:
		return "expires soon"
	case Expired:
		return "expired"
	case NotReplaced:
		return "the files hold another one, which cannot be used"
	}
	return "good"
}

// mostNotice is the longest time before the end at which a warning is given.
const mostNotice = 14 * 24 * time.Hour

// Soon returns the time from which on a certificate expires soon: two weeks
// before its end, or when two thirds of its life are over, whichever is later.
func Soon(c *x509.Certificate) time.Time {
	notice := min(mostNotice, c.NotAfter.Sub(c.NotBefore)/3)
	return c.NotAfter.Add(-notice)
}

func stateAt(c *x509.Certificate, now time.Time) State {
	switch {
	case checkTime(c, now) != nil:
		return Expired
	case !now.Before(Soon(c)):
		return Expiring
	}
	return Good
}
