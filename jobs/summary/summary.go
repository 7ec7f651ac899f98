// Package summary counts the objects of a bucket, or of all, and their sizes.
//
// Each target counts what it holds; the node that was asked puts the counts
// together with [Merge].
package summary

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"

	"aistore/access"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/module"
	"aistore/xaction"
)

// Name is the name of the module.
const Name = "summary"

// Summary is the module.
type Summary struct{ host module.Host }

// Maker describes the module.
func Maker() module.Maker {
	return module.Maker{
		Name: Name,
		Make: func(h module.Host) (module.Module, error) { return &Summary{host: h}, nil },
		Specs: []xaction.Spec{{
			Kind: wire.ActionSummary, Display: "summary", Need: access.ListObjects, Scope: xaction.OfCluster,
			Args: func() any { return new(wire.SummaryRequest) }, NeedsAll: true,
		}},
	}
}

// Name is the name of the module.
func (*Summary) Name() string { return Name }

// Jobs are the kinds of jobs that the module does.
func (s *Summary) Jobs() map[string]xaction.Work {
	return map[string]xaction.Work{wire.ActionSummary: {Run: s.run}}
}

// Count is what one target has counted in one bucket.
type Count struct {
	Bucket  wire.Bucket `json:"bucket"`
	Objects int64       `json:"objects,string"`
	Bytes   int64       `json:"bytes,string"`
	Min     int64       `json:"min,string"` // bytes of the smallest object; 0 without objects
	Max     int64       `json:"max,string"`
	Disks   int64       `json:"disks,string"` // bytes that its disks have in all
}

func (s *Summary) run(ctx context.Context, j *xaction.Job) error {
	var request wire.SummaryRequest
	if err := j.Decode(&request); err != nil {
		return err
	}
	j.Restart() // what was counted before a restart of the node is lost
	buckets, err := s.buckets(j)
	if err != nil {
		return err
	}
	counts := make([]Count, 0, len(buckets))
	for _, b := range buckets {
		c, err := s.count(ctx, j, b, request.Prefix)
		if err != nil {
			return err
		}
		counts = append(counts, c)
	}
	return j.SetResult(counts)
}

// buckets are those that the job is about.
func (s *Summary) buckets(j *xaction.Job) ([]*cluster.Bucket, error) {
	if j.Bucket != nil {
		b, err := s.host.Source(j)
		return []*cluster.Bucket{b}, err
	}
	var list []*cluster.Bucket
	for b := range s.host.State().Buckets.All() {
		if !b.IsSystem() {
			list = append(list, b)
		}
	}
	return list, nil
}

// count counts the objects of one bucket.
func (s *Summary) count(ctx context.Context, j *xaction.Job, b *cluster.Bucket, prefix string) (Count, error) {
	var mu sync.Mutex // guards c
	c := Count{Bucket: b.Bucket, Min: math.MaxInt64}
	err := s.host.EachObject(ctx, j, b, prefix, 0, func(_ context.Context, i module.Item) error {
		j.Did(i.Object.Size)
		mu.Lock()
		defer mu.Unlock()
		c.Objects++
		c.Bytes += i.Object.Size
		c.Min, c.Max = min(c.Min, i.Object.Size), max(c.Max, i.Object.Size)
		return nil
	})
	j.Forget() // the next bucket is walked from its beginning
	if c.Objects == 0 {
		c.Min = 0
	}
	for _, mount := range s.host.Mounts() {
		c.Disks += mount.Usage().Total
	}
	return c, err
}

// Merge puts together what targets have counted, bucket by bucket in order. It
// is false as long as a target has not ended. Errors: Internal (what a target
// has sent is no count).
func Merge(shares []wire.JobSnapshot) ([]wire.BucketSummary, bool, error) {
	sums := map[wire.Bucket]*wire.BucketSummary{}
	for i := range shares {
		if !shares[i].Idle {
			return nil, false, nil
		}
		counts, err := countsOf(&shares[i])
		if err != nil {
			return nil, false, errs.E("summary.Merge", shares[i].ID, errs.Internal, err)
		}
		for _, c := range counts {
			sum := sums[c.Bucket]
			if sum == nil {
				sum = &wire.BucketSummary{Bucket: c.Bucket, IsPresent: true}
				sums[c.Bucket] = sum
			}
			addCount(sum, &c)
		}
	}
	list := make([]wire.BucketSummary, 0, len(sums))
	for _, sum := range sums {
		complete(sum)
		list = append(list, *sum)
	}
	slices.SortFunc(list, func(a, b wire.BucketSummary) int { return strings.Compare(a.Uname(""), b.Uname("")) })
	return list, true, nil
}

// countsOf reads the result of a share, none if it has failed.
func countsOf(s *wire.JobSnapshot) ([]Count, error) {
	if len(s.Ext) == 0 {
		return nil, nil
	}
	var extra xaction.Extra
	if err := jsonx.Unmarshal(s.Ext, &extra); err != nil || len(extra.Result) == 0 {
		return nil, err
	}
	var counts []Count
	return counts, jsonx.Unmarshal(extra.Result, &counts)
}

func addCount(sum *wire.BucketSummary, c *Count) {
	if c.Objects > 0 && (sum.Count.Present == 0 || c.Min < sum.Size.Min) {
		sum.Size.Min = c.Min
	}
	sum.Size.Max = max(sum.Size.Max, c.Max)
	sum.Count.Present += c.Objects
	sum.Total.Present += c.Bytes
	sum.Total.Disks += c.Disks
}

// complete works out what follows from the sums.
func complete(sum *wire.BucketSummary) {
	sum.Total.OnDisk = sum.Total.Present
	if sum.Count.Present > 0 {
		sum.Size.Average = sum.Total.Present / sum.Count.Present
	}
	if sum.Total.Disks > 0 {
		sum.UsedPercent = sum.Total.OnDisk * 100 / sum.Total.Disks
	}
}
