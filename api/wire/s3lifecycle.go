package wire

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// S3Lifecycle says what of a bucket goes by itself, and when.
type S3Lifecycle struct {
	Rules   []S3LifecycleRule `json:"rules"`
	Changed int64             `json:"changed,string"`     // unix seconds: when it was said
	MinSize string            `json:"min_size,omitempty"` // what the client said of transitions, which there are none of
}

// S3LifecycleRule says which objects, versions and uploads in parts go by themselves.
// What is nil or zero does not happen.
type S3LifecycleRule struct {
	ID      string `json:"id"`
	Enabled bool   `json:"enabled"`

	// Shape is how the client has said what the rule is about: one of the
	// S3Lifecycle… constants.
	Shape   string `json:"shape,omitempty"`
	Prefix  string `json:"prefix,omitempty"`       // of names; "" is all
	Larger  *int64 `json:"larger_than,omitempty"`  // bytes
	Smaller *int64 `json:"smaller_than,omitempty"` // bytes

	Days        int        `json:"days,omitempty"`         // after which an object goes
	Date        *time.Time `json:"date,omitempty"`         // from which on objects go: a midnight in UTC
	DropMarkers *bool      `json:"drop_markers,omitempty"` // delete markers go behind which there is no version

	NoncurrentDays int  `json:"noncurrent_days,omitempty"` // after which a version goes that another has replaced
	NoncurrentKeep *int `json:"noncurrent_keep,omitempty"` // but for as many of the latest of these
	AbortDays      int  `json:"abort_days,omitempty"`      // after which an upload in parts is given up
}

// Values of [S3LifecycleRule.Shape].
const (
	S3LifecycleAll     = ""        // a filter that asks nothing
	S3LifecyclePrefix  = "prefix"  // a filter with a prefix
	S3LifecycleLarger  = "larger"  // a filter with a size
	S3LifecycleSmaller = "smaller" // a filter with a size
	S3LifecycleAnd     = "and"     // a filter with several of them
	S3LifecycleOld     = "old"     // a prefix without a filter
)

// Bounds of S3Lifecycle.
const (
	MaxS3LifecycleRules = 1000
	MaxS3LifecycleID    = 255     // characters
	MaxS3LifecycleDays  = 1 << 20 // what a date can still be worked out of
	MaxS3LifecycleKeep  = 100     // versions
)

// Validate names what is wrong.
func (l *S3Lifecycle) Validate() error {
	if len(l.Rules) == 0 || len(l.Rules) > MaxS3LifecycleRules {
		return fmt.Errorf("there are %d rules, want 1 to %d", len(l.Rules), MaxS3LifecycleRules)
	}
	seen := make(map[string]bool, len(l.Rules))
	for i := range l.Rules {
		r := &l.Rules[i]
		if err := r.validate(); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
		if seen[r.ID] {
			return fmt.Errorf("rule %d: its id is that of another rule", i+1)
		}
		seen[r.ID] = true
	}
	return nil
}

func (r *S3LifecycleRule) validate() error {
	switch {
	case r.ID == "" || utf8.RuneCountInString(r.ID) > MaxS3LifecycleID:
		return fmt.Errorf("an id has 1 to %d characters", MaxS3LifecycleID)
	case len(r.Prefix) > MaxObjectName:
		return fmt.Errorf("a prefix has at most %d bytes", MaxObjectName)
	case r.Larger != nil && *r.Larger < 0 || r.Smaller != nil && *r.Smaller < 1:
		return errors.New("a size is below what an object can have")
	case r.Larger != nil && r.Smaller != nil && *r.Larger >= *r.Smaller:
		return errors.New("no size is above larger_than and below smaller_than")
	case r.NoncurrentKeep != nil && (*r.NoncurrentKeep < 1 || *r.NoncurrentKeep > MaxS3LifecycleKeep):
		return fmt.Errorf("noncurrent_keep is from 1 to %d", MaxS3LifecycleKeep)
	case r.NoncurrentKeep != nil && r.NoncurrentDays == 0:
		return errors.New("noncurrent_keep is nothing without noncurrent_days")
	case r.Date != nil && !r.Date.Equal(r.Date.UTC().Truncate(24*time.Hour)):
		return errors.New("date is no midnight in UTC")
	case r.Date != nil && (r.Date.UTC().Year() < 1 || r.Date.UTC().Year() > 9999):
		return errors.New("date is of no year from 1 to 9999")
	}
	for _, days := range []int{r.Days, r.NoncurrentDays, r.AbortDays} {
		if days < 0 || days > MaxS3LifecycleDays {
			return fmt.Errorf("days are from 1 to %d", MaxS3LifecycleDays)
		}
	}
	return r.validateActions()
}

func (r *S3LifecycleRule) validateActions() error {
	expirations := 0
	for _, said := range []bool{r.Days > 0, r.Date != nil, r.DropMarkers != nil} {
		if said {
			expirations++
		}
	}
	switch {
	case expirations > 1:
		return errors.New("days, date and drop_markers exclude each other")
	case expirations == 0 && r.NoncurrentDays == 0 && r.AbortDays == 0:
		return errors.New("it does nothing: give days, date, drop_markers, noncurrent_days or abort_days")
	}
	return nil
}

// Selects tells whether the rule is about an object, or a version, of that name
// and size in bytes.
func (r *S3LifecycleRule) Selects(name string, size int64) bool {
	return r.SelectsName(name) && (r.Larger == nil || size > *r.Larger) && (r.Smaller == nil || size < *r.Smaller)
}

// SelectsName tells whether the rule is about a name, whatever the size.
func (r *S3LifecycleRule) SelectsName(name string) bool {
	return r.Enabled && len(name) >= len(r.Prefix) && name[:len(r.Prefix)] == r.Prefix
}

// Expires returns when an object goes that was written at some time; false if the
// rule says nothing of that.
func (r *S3LifecycleRule) Expires(written time.Time) (time.Time, bool) {
	switch {
	case r.Date != nil:
		return r.Date.UTC(), true
	case r.Days > 0:
		return S3MidnightAfter(written, r.Days), true
	}
	return time.Time{}, false
}

// S3MidnightAfter returns the midnight, in UTC, at which or before which something
// has been for that many days.
func S3MidnightAfter(since time.Time, days int) time.Time {
	const day = 24 * time.Hour
	at := since.UTC().AddDate(0, 0, days)
	midnight := at.Truncate(day)
	if midnight.Before(at) {
		midnight = midnight.AddDate(0, 0, 1)
	}
	return midnight
}

// ExpiryOf returns when an object goes, and the rule that says so first; nil if none
// does.
func (l *S3Lifecycle) ExpiryOf(name string, size int64, written time.Time) (time.Time, *S3LifecycleRule) {
	var first time.Time
	var by *S3LifecycleRule
	if l == nil {
		return first, nil
	}
	for i := range l.Rules {
		r := &l.Rules[i]
		if !r.Selects(name, size) {
			continue
		}
		if at, ok := r.Expires(written); ok && (by == nil || at.Before(first)) {
			first, by = at, r
		}
	}
	return first, by
}

// Enabled tells whether there is a rule that counts.
func (l *S3Lifecycle) Enabled() bool {
	if l == nil {
		return false
	}
	for i := range l.Rules {
		if l.Rules[i].Enabled {
			return true
		}
	}
	return false
}
