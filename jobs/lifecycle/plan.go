package lifecycle

import (
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/store"
)

// Step is one deletion.
type Step struct {
	Version string        // id of the version that goes; "" is the object
	Order   cluster.Order // of the write that made what goes: what was written since stays
	Size    int64         // bytes of what goes
	Marker  bool          // it is a delete marker
}

// Plan says what of a name goes by the rules of its bucket at a time. Versions are
// all there are, the latest first, as store.Store.Versions has them.
func Plan(l *wire.S3Lifecycle, name string, versions []*store.Object, now time.Time) []Step {
	if l == nil || len(versions) == 0 {
		return nil
	}
	var steps []Step
	for i, o := range versions {
		if i > 0 && !o.Retention.Forbids(now, store.BypassNothing) && replacedExpires(l, name, versions, i, now) {
			steps = append(steps, stepOf(o, o.PublicVersion()))
		}
	}
	latest := versions[0]
	switch {
	case !latest.DeleteMarker:
		if at, by := l.ExpiryOf(name, latest.Size, latest.Modified); by != nil && !now.Before(at) {
			steps = append(steps, stepOf(latest, ""))
		}
	case len(versions) == 1 && markerExpires(l, name, latest, now):
		steps = append(steps, stepOf(latest, latest.PublicVersion()))
	}
	return steps
}

func stepOf(o *store.Object, version string) Step {
	return Step{Version: version, Order: o.Order, Size: o.Size, Marker: o.DeleteMarker}
}

// replacedExpires tells whether a version goes that the one before it in the list
// has replaced.
func replacedExpires(l *wire.S3Lifecycle, name string, versions []*store.Object, i int, now time.Time) bool {
	o, since := versions[i], versions[i-1].Modified
	for r := range l.Rules {
		rule := &l.Rules[r]
		newer := i - 1 // of those that were replaced
		switch {
		case rule.NoncurrentDays == 0 || !rule.Selects(name, o.Size):
		case rule.NoncurrentKeep != nil && newer < *rule.NoncurrentKeep:
		case !now.Before(wire.S3MidnightAfter(since, rule.NoncurrentDays)):
			return true
		}
	}
	return false
}

// markerExpires tells whether a delete marker goes behind which there is nothing.
func markerExpires(l *wire.S3Lifecycle, name string, marker *store.Object, now time.Time) bool {
	for i := range l.Rules {
		r := &l.Rules[i]
		if r.SelectsName(name) && r.DropMarkers != nil && *r.DropMarkers {
			return true
		}
	}
	at, by := l.ExpiryOf(name, 0, marker.Modified)
	return by != nil && !now.Before(at)
}

// UploadExpires tells whether an upload in parts is given up that was begun at a
// time.
func UploadExpires(l *wire.S3Lifecycle, name string, begun, now time.Time) bool {
	if l == nil {
		return false
	}
	for i := range l.Rules {
		r := &l.Rules[i]
		if r.AbortDays > 0 && r.SelectsName(name) && !now.Before(wire.S3MidnightAfter(begun, r.AbortDays)) {
			return true
		}
	}
	return false
}

// prefixOf is what all names begin with that enabled rules are about.
func prefixOf(l *wire.S3Lifecycle) string {
	prefix, first := "", true
	for i := range l.Rules {
		r := &l.Rules[i]
		if !r.Enabled {
			continue
		}
		if first {
			prefix, first = r.Prefix, false
		}
		for !strings.HasPrefix(r.Prefix, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}
