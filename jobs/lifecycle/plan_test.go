package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
	"aistore/jobs/lifecycle"
	"aistore/store"
)

// day is noon of a day of January 2030.
func day(n int) time.Time { return time.Date(2030, 1, n, 12, 0, 0, 0, time.UTC) }

// versionsOf makes versions, the latest first, of words: the day of the write, behind
// it d for a delete marker, l for a lock until the 20th, h for a legal hold.
func versionsOf(t *testing.T, words string) []*store.Object {
	t.Helper()
	var list []*store.Object
	fields := strings.Fields(words)
	for i, word := range fields {
		var n int
		_, err := fmt.Sscanf(word, "%d", &n)
		check.NoError(t, err)
		o := &store.Object{Record: store.Record{Size: 10, Modified: day(n), Order: cluster.Order{Counter: uint64(len(fields) - i)}}}
		o.DeleteMarker = strings.HasSuffix(word, "d")
		if o.DeleteMarker {
			o.Size = 0
		}
		switch {
		case strings.HasSuffix(word, "l"):
			o.Retention = store.Retention{Mode: store.RetentionGovernance, Until: day(20)}
		case strings.HasSuffix(word, "h"):
			o.Retention.Hold = true
		}
		list = append(list, o)
	}
	return list
}

// said are the steps in words: which of the versions goes, the latest by "object"
// where it is deleted as clients do.
func said(versions []*store.Object, steps []lifecycle.Step) string {
	var words []string
	for _, s := range steps {
		for _, o := range versions {
			if o.Order == s.Order && s.Version == "" {
				words = append(words, "object")
			} else if o.Order == s.Order {
				words = append(words, fmt.Sprint(o.Modified.Day()))
			}
		}
	}
	return strings.Join(words, " ")
}

func TestWhatGoes(t *testing.T) {
	t.Parallel()
	yes, no, two, date, five := true, false, 2, time.Date(2030, 1, 10, 0, 0, 0, 0, time.UTC), int64(5)
	type rule = wire.S3LifecycleRule
	for _, row := range []struct {
		what     string
		rules    []rule
		versions string
		now      int
		want     string
	}{
		{"an object of its age", []rule{{Days: 3}}, "1", 5, "object"},
		{"an object that is younger", []rule{{Days: 3}}, "1", 4, ""},
		{"an object at a date", []rule{{Date: &date}}, "9", 10, "object"},
		{"an object before the date", []rule{{Date: &date}}, "1", 9, ""},
		{"of another name", []rule{{Days: 3, Prefix: "other"}}, "1", 9, ""},
		{"a larger one", []rule{{Days: 3, Smaller: &five}}, "1", 9, ""},
		{"nothing", []rule{{Days: 3}}, "", 9, ""},
		{"not what was deleted", []rule{{Days: 3}}, "2d 1", 9, ""},
		{"the latest, not what it replaced", []rule{{Days: 3}}, "2 1", 9, "object"},
		{"a lock does not keep a delete marker from coming", []rule{{Days: 3}}, "1l", 9, "object"},
		{"what was replaced, by when", []rule{{NoncurrentDays: 3}}, "7 3 1", 8, "1"},
		{"all that was replaced", []rule{{NoncurrentDays: 3}}, "7 3 1", 11, "3 1"},
		{"but for two", []rule{{NoncurrentDays: 3, NoncurrentKeep: &two}}, "7 4 3 2 1", 30, "2 1"},
		{"by either rule", []rule{{NoncurrentDays: 3, NoncurrentKeep: &two}, {NoncurrentDays: 20}}, "7 4 3 2 1", 28, "4 3 2 1"},
		{"not what is locked", []rule{{NoncurrentDays: 3}}, "7 4l 3h 2 1", 19, "2 1"},
		{"when the lock has ended", []rule{{NoncurrentDays: 3}}, "7 4l 3h 2 1", 21, "4 2 1"},
		{"also markers", []rule{{NoncurrentDays: 3}}, "7 4d 3", 19, "4 3"},
		{"a marker alone", []rule{{DropMarkers: &yes}}, "7d", 7, "7"},
		{"not one that hides something", []rule{{DropMarkers: &yes}}, "7d 1", 19, ""},
		{"not when told not to", []rule{{DropMarkers: &no}}, "7d", 19, ""},
		{"a marker alone of its age", []rule{{Days: 3}}, "7d", 11, "7"},
		{"a marker alone that is younger", []rule{{Days: 3}}, "7d", 10, ""},
		{"both", []rule{{Days: 3, NoncurrentDays: 1}}, "2 1", 9, "1 object"},
	} {
		for i := range row.rules {
			row.rules[i].Enabled = true
		}
		versions := versionsOf(t, row.versions)
		got := said(versions, lifecycle.Plan(&wire.S3Lifecycle{Rules: row.rules}, "name", versions, day(row.now)))
		if got != row.want {
			t.Errorf("%s: %q goes, want %q", row.what, got, row.want)
		}
		for i := range row.rules {
			row.rules[i].Enabled = false
		}
		check.Equal(t, len(lifecycle.Plan(&wire.S3Lifecycle{Rules: row.rules}, "name", versions, day(row.now))), 0)
	}
	check.Equal(t, len(lifecycle.Plan(nil, "name", versionsOf(t, "1"), day(9))), 0)
}

func TestUploadsThatNobodyCompletes(t *testing.T) {
	t.Parallel()
	l := &wire.S3Lifecycle{Rules: []wire.S3LifecycleRule{{Enabled: true, Prefix: "a", AbortDays: 2}, {Prefix: "b", AbortDays: 1}}}
	check.Equal(t, lifecycle.UploadExpires(l, "a1", day(1), day(3)), false)
	check.Equal(t, lifecycle.UploadExpires(l, "a1", day(1), day(4)), true)
	check.Equal(t, lifecycle.UploadExpires(l, "b1", day(1), day(4)), false)
	check.Equal(t, lifecycle.UploadExpires(nil, "a1", day(1), day(4)), false)
}
