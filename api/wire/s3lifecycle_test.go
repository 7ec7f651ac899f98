package wire_test

import (
	"strings"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/internal/check"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	check.NoError(t, err)
	return when
}

// Days count from the write, and end at a midnight in UTC.
func TestDaysEndAtMidnight(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		since string
		days  int
		want  string
	}{
		{"2014-01-15T10:30:00Z", 3, "2014-01-19T00:00:00Z"},
		{"2014-01-15T00:00:00Z", 1, "2014-01-16T00:00:00Z"},
		{"2014-01-15T00:00:01Z", 1, "2014-01-17T00:00:00Z"},
		{"2024-02-28T23:30:00-02:00", 1, "2024-03-02T00:00:00Z"},
		{"2014-12-31T12:00:00Z", 365, "2016-01-01T00:00:00Z"},
	} {
		check.Equal(t, wire.S3MidnightAfter(at(t, row.since), row.days).Format(time.RFC3339), row.want)
	}
}

func TestTheFirstRuleToExpireCounts(t *testing.T) {
	t.Parallel()
	date, small := at(t, "2014-01-18T00:00:00Z"), int64(100)
	l := &wire.S3Lifecycle{Rules: []wire.S3LifecycleRule{
		{ID: "late", Enabled: true, Days: 30},
		{ID: "logs", Enabled: true, Prefix: "logs/", Days: 5},
		{ID: "off", Prefix: "logs/", Days: 1},
		{ID: "dated", Enabled: true, Prefix: "logs/old", Date: &date},
		{ID: "small", Enabled: true, Prefix: "s", Smaller: &small, Days: 1},
		{ID: "uploads", Enabled: true, AbortDays: 1},
	}}
	check.NoError(t, l.Validate())
	for _, row := range []struct {
		name string
		size int64
		want string
	}{
		{"a", 1, "late"}, {"logs/1", 1, "logs"}, {"logs/old1", 1, "dated"}, {"s", 99, "small"}, {"s", 100, "late"}, {"log", 1, "late"},
	} {
		_, by := l.ExpiryOf(row.name, row.size, at(t, "2014-01-15T10:30:00Z"))
		check.Equal(t, by.ID, row.want)
	}
	_, by := (&wire.S3Lifecycle{Rules: l.Rules[5:]}).ExpiryOf("a", 1, time.Now())
	check.Equal(t, by == nil, true)
	_, by = (*wire.S3Lifecycle)(nil).ExpiryOf("a", 1, time.Now())
	check.Equal(t, by == nil, true)
}

func TestLifecyclesThatCannotBe(t *testing.T) {
	t.Parallel()
	noon, keep, none := at(t, "2014-01-18T12:00:00Z"), 3, int64(0)
	for _, rules := range [][]wire.S3LifecycleRule{
		nil,
		{{ID: "", Days: 1}},
		{{ID: "a", Days: 1}, {ID: "a", Days: 2}},
		{{ID: "a"}},
		{{ID: "a", Days: -1, AbortDays: 1}},
		{{ID: "a", Days: 1 << 21}},
		{{ID: "a", Days: 1, Prefix: strings.Repeat("p", wire.MaxObjectName+1)}},
		{{ID: "a", Date: &noon}},
		{{ID: "a", Days: 1, NoncurrentKeep: &keep}},
		{{ID: "a", Days: 1, Smaller: &none}},
		make([]wire.S3LifecycleRule, wire.MaxS3LifecycleRules+1),
	} {
		if err := (&wire.S3Lifecycle{Rules: rules}).Validate(); err == nil {
			t.Errorf("%+v are taken", rules)
		}
	}
}
