package xaction

import (
	"slices"
	"strings"

	"aistore/api/wire"
)

// selected returns those of a list that q selects, newest first.
func (r *Registry) selected(q *wire.JobQuery, list []wire.JobSnapshot) []wire.JobSnapshot {
	list = slices.DeleteFunc(list, func(s wire.JobSnapshot) bool { return !r.matches(q, &s) })
	slices.SortStableFunc(list, func(a, b wire.JobSnapshot) int {
		if c := b.StartTime.Compare(a.StartTime); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

func (r *Registry) matches(q *wire.JobQuery, s *wire.JobSnapshot) bool {
	if q.ID != "" && q.ID != s.ID {
		return false
	}
	if q.Kind != "" && q.Kind != s.Kind {
		if spec, ok := r.options.Specs.Get(s.Kind); !ok || !spec.Names(q.Kind) {
			return false
		}
	}
	if q.OnlyActive != nil && *q.OnlyActive && !s.EndTime.IsZero() {
		return false
	}
	if q.Bucket != nil && q.Bucket.Name != "" && !about(s, *q.Bucket) {
		return false
	}
	return len(q.Buckets) == 0 || slices.ContainsFunc(q.Buckets, func(b wire.Bucket) bool { return about(s, b) })
}

// about tells whether a job works on a bucket.
func about(s *wire.JobSnapshot, b wire.Bucket) bool {
	for _, one := range []wire.Bucket{s.Bucket, s.Source, s.Destination} {
		if one.Name == b.Name && one.IsAIS() == b.IsAIS() && one.Namespace == b.Namespace {
			return true
		}
	}
	return false
}
