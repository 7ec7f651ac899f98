package node

import (
	"strconv"
	"sync"
	"time"

	"aistore/access"
	"aistore/api/wire"
	"aistore/errs"
)

// counted are the permissions whose requests a bucket's rate_limit.frontend
// counts: those to objects and listings.
const counted = access.GetObject | access.HeadObject | access.PutObject | access.AppendObject |
	access.DeleteObject | access.MoveObject | access.UpdateObject | access.ListObjects

// maxRates bounds the buckets whose requests are counted. Beyond it those that
// have rested longest begin anew.
const maxRates = 4096

// rates count the requests to buckets that have a limit. The zero value is ready.
type rates struct {
	mu      sync.Mutex
	buckets map[uint64]*tokens // guarded by mu; by bucket id
}

// tokens are what requests to one bucket take, one each. They come back with
// time, up to a burst.
type tokens struct {
	left float64
	at   time.Time // when left was right
}

// throttle returns how a request to a bucket takes its turn, nil where there is
// no limit.
func (c *Core) throttle(name wire.Bucket, need access.Bits) func() error {
	if need&counted == 0 {
		return nil
	}
	b, found := c.Meta.State().Buckets.Get(name)
	if !found || !b.Props.RateLimit.Frontend.Enabled {
		return nil
	}
	return func() error {
		wait := c.rates.take(b.ID(), &b.Props.RateLimit.Frontend, time.Now())
		if wait == 0 {
			return nil
		}
		e := errs.E("node.throttle", b.String(), errs.Throttled, nil)
		e.Public = "bucket " + strconv.Quote(b.String()) + " takes no more than " + strconv.Itoa(b.Props.RateLimit.Frontend.MaxTokens) +
			" requests in " + b.Props.RateLimit.Frontend.Interval.String() + " at each node (rate_limit.frontend)"
		e.RetryAfter = wait
		return e
	}
}

// take takes a token, or returns how long to wait for one.
func (r *rates) take(id uint64, limit *wire.FrontendRate, now time.Time) time.Duration {
	burst := float64(max(limit.Burst, 1))
	each := float64(limit.Interval) / float64(limit.MaxTokens) // nanoseconds
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.buckets[id]
	if t == nil {
		t = &tokens{left: burst, at: now}
		r.add(id, t)
	}
	t.left = min(burst, t.left+float64(now.Sub(t.at))/each)
	t.at = now
	if t.left < 1 {
		return max(time.Duration((1-t.left)*each), time.Millisecond)
	}
	t.left--
	return 0
}

// add begins to count for a bucket. The caller holds mu.
func (r *rates) add(id uint64, t *tokens) {
	if r.buckets == nil {
		r.buckets = map[uint64]*tokens{}
	}
	if len(r.buckets) >= maxRates {
		oldest, at := uint64(0), t.at
		for other, o := range r.buckets {
			if !o.at.After(at) {
				oldest, at = other, o.at
			}
		}
		delete(r.buckets, oldest)
	}
	r.buckets[id] = t
}
