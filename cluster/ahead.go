package cluster

import "slices"

// Ahead returns s as the state that a cluster begins anew with which has lost what
// came after s: position and all versions are gap higher. So nobody takes a version
// of the lost past, which a node may still have, for one of the new time: who has
// such a map writes nothing before it knows the new one, no new write comes before
// a lost one in the order, and no new bucket gets the id of a lost one. What is
// pending is so under its new version, and has to be acknowledged anew.
func (s *State) Ahead(gap uint64) *State {
	ahead := *s
	ahead.Position.Term += gap
	ahead.Position.Index += gap
	ahead.Map = s.Map.ahead(int64(gap))
	ahead.Buckets = &Buckets{version: s.Buckets.version + int64(gap), uuid: s.Buckets.uuid, count: s.Buckets.count, shards: s.Buckets.shards}
	config := *s.Config
	config.Version += int64(gap)
	ahead.Config = &config
	return &ahead
}

func (m *Map) ahead(gap int64) *Map {
	ahead := *m
	ahead.version += gap
	ahead.placements = slices.Clone(m.placements)
	if len(ahead.placements) > 0 {
		ahead.placements[0].version = ahead.version
	}
	if m.pending != nil {
		pending := *m.pending
		pending.version = ahead.version
		ahead.pending = &pending
	}
	return &ahead
}
