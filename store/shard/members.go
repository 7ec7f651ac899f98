package shard

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"aistore/archive"
	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// MembersOptions selects members by name.
type MembersOptions struct {
	Prefix string
	After  string // names up to and including this one are left out; "" leaves out none
	Limit  int    // members at most, the first by name; 0 is 1,000
}

// Members are some members of an archive, in order of their names, each name
// once.
type Members struct {
	Members []archive.Member
	More    bool          // there are others after them
	Order   cluster.Order // of the generation of the archive that they are in
}

// Members returns the members of an archive that o selects. It reads the whole
// index, and keeps no more than twice the limit in memory.
// Errors: those of store.Open and of Shards.Open.
func (s *Shards) Members(ctx context.Context, n store.Name, o MembersOptions) (some Members, err error) {
	reader, err := s.store.Open(ctx, n)
	if err != nil {
		return some, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	opened, err := s.Open(ctx, Source{Name: n, Object: reader.Object, Content: reader})
	if err != nil {
		return some, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	some.Order = reader.Object.Order
	some.Members, some.More, err = opened.first(ctx, o)
	return some, err
}

// first returns the first members by name that o selects.
func (s *Shard) first(ctx context.Context, o MembersOptions) (members []archive.Member, more bool, err error) {
	limit := cmp.Or(o.Limit, 1000)
	seen := 0
	for m, err := range s.Index.Members() {
		if err != nil {
			return nil, false, err
		}
		if seen++; seen%1024 == 0 && ctx.Err() != nil {
			return nil, false, errs.E("shard.Members", s.name.String(), "", context.Cause(ctx))
		}
		if !strings.HasPrefix(m.Name, o.Prefix) || o.After != "" && m.Name <= o.After {
			continue
		}
		if counts, err := s.Index.Counts(m); err != nil || !counts {
			if err != nil {
				return nil, false, err
			}
			continue
		}
		if members = append(members, m); len(members) >= 2*limit+2 {
			members, more = least(members, limit), true
		}
	}
	if len(members) > limit {
		more = true
	}
	return least(members, limit), more, nil
}

// least sorts members and keeps the first limit of them.
func least(members []archive.Member, limit int) []archive.Member {
	slices.SortFunc(members, func(a, b archive.Member) int { return strings.Compare(a.Name, b.Name) })
	return members[:min(limit, len(members))]
}
