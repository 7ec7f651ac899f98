package cluster

// BucketChange is a bucket that is not the same in two versions of the Buckets.
type BucketChange struct {
	Old *Bucket // nil if it was created
	New *Bucket // nil if it was destroyed
}

// DiffBuckets returns what changed from old to next. Parts that both share cost
// nothing, so two versions that follow each other compare as fast with ten
// thousand buckets as with ten. A bucket that was destroyed and created again
// is one change, with two ids.
func DiffBuckets(old, next *Buckets) []BucketChange {
	var changes []BucketChange
	for i := range old.shards {
		if old.shards[i] != next.shards[i] {
			changes = diffShards(changes, old.shards[i].list(), next.shards[i].list())
		}
	}
	return changes
}

// list returns the entries of a shard, none of a nil one.
func (s *shard) list() []shardEntry {
	if s == nil {
		return nil
	}
	return s.entries
}

func diffShards(changes []BucketChange, old, next []shardEntry) []BucketChange {
	before := make(map[string]*Bucket, len(old))
	for _, e := range old {
		before[e.bucket.Uname("")] = e.bucket
	}
	for _, e := range next {
		name := e.bucket.Uname("")
		if was := before[name]; was != e.bucket {
			changes = append(changes, BucketChange{Old: was, New: e.bucket})
		}
		delete(before, name)
	}
	for _, e := range old {
		if _, gone := before[e.bucket.Uname("")]; gone {
			changes = append(changes, BucketChange{Old: e.bucket})
		}
	}
	return changes
}
