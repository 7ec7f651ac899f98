package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"aistore/api/wire"
	"aistore/internal/hrw"
)

// owners is a cluster map made ready to be asked for the owner of an object.
// But for the mark that it is stale it does not change.
type owners struct {
	smap       *wire.Smap
	version    string // of the map, as it travels in a header
	candidates []hrw.Candidate
	targets    []address   // at the same places as candidates
	proxies    []address   // the primary first
	stale      atomic.Bool // a target has sent a call elsewhere: fetch a map before the next
}

// newOwners prepares a map. Over a map without targets there are no owners.
func newOwners(m *wire.Smap) *owners {
	o := &owners{smap: m, version: versionText(m.Version)}
	for _, target := range inForce(m) {
		at, err := parseAddress(target.Public.URL)
		if err != nil {
			continue
		}
		digest := target.IDDigest
		if digest == 0 {
			digest = hrw.Digest(target.ID)
		}
		o.candidates = append(o.candidates, hrw.Candidate{Digest: digest})
		o.targets = append(o.targets, at)
	}
	o.proxies = proxiesOf(m)
	return o
}

// inForce returns the targets that objects are spread over now, by id: those
// of the placement that the map says is in force, or all that are in service.
func inForce(m *wire.Smap) []*wire.Node {
	var targets []*wire.Node
	if m.Ext != nil && len(m.Ext.Placements) > 0 {
		for _, id := range m.Ext.Placements[0].Targets {
			if t := m.Targets[id]; t != nil {
				targets = append(targets, t)
			}
		}
	} else {
		for _, t := range m.Targets {
			if !t.InMaintenance() {
				targets = append(targets, t)
			}
		}
	}
	return sortNodes(targets)
}

func proxiesOf(m *wire.Smap) []address {
	var proxies []*wire.Node
	for _, p := range m.Proxies {
		proxies = append(proxies, p)
	}
	sortNodes(proxies)
	if m.Primary != nil {
		proxies = append([]*wire.Node{m.Primary}, proxies...)
	}
	var at []address
	for _, p := range proxies {
		if a, err := parseAddress(p.Public.URL); err == nil && !slices.Contains(at, a) {
			at = append(at, a)
		}
	}
	return at
}

func sortNodes(nodes []*wire.Node) []*wire.Node {
	slices.SortFunc(nodes, func(a, b *wire.Node) int { return strings.Compare(a.ID, b.ID) })
	return nodes
}

// of returns where the owner of an object listens. It is false when there is
// no map, or no target in it.
func (o *owners) of(digest uint64) (address, bool) {
	if o == nil {
		return address{}, false
	}
	i := hrw.Owner(o.candidates, digest)
	if i < 0 {
		return address{}, false
	}
	return o.targets[i], true
}

// newerThan reports whether o should take the place of other: it is of a
// later version, or of another cluster.
func (o *owners) newerThan(other *owners) bool {
	return other == nil || o.smap.UUID != other.smap.UUID ||
		cmp.Compare(o.smap.Version, other.smap.Version) > 0
}

// ownerCache holds the owners in use. One caller at a time fetches a map; the
// others wait for what it gets.
type ownerCache struct {
	current atomic.Pointer[owners]
	turn    chan struct{} // capacity 1: holds a token while nobody fetches
	last    *fetch        // guarded by turn; the last fetch, nil before the first
}

// fetch is one attempt to get a map.
type fetch struct {
	began time.Time
	ended time.Time
	err   error
}

// retryMapAfter is how long calls go by a proxy without asking again, when
// the map could not be had.
const retryMapAfter = time.Second

func newOwnerCache() ownerCache {
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	return ownerCache{turn: turn}
}

// get returns the owners in use, after a fetch if there are none yet, or if
// they have proved stale. It returns nil when no map can be had.
func (c *ownerCache) get(ctx context.Context, load func(context.Context) (*wire.Smap, error)) *owners {
	if current := c.current.Load(); current != nil && !current.stale.Load() {
		return current
	}
	if !c.enter(ctx) {
		return nil
	}
	defer c.leave()
	if current := c.current.Load(); current != nil && !current.stale.Swap(false) {
		return current
	}
	if c.last != nil && c.last.err != nil && time.Since(c.last.ended) < retryMapAfter {
		return c.current.Load()
	}
	_ = c.load(ctx, load) // without a map a proxy redirects
	return c.current.Load()
}

// refresh returns owners that are fresher than stale: made of a map that
// another caller has put in place meanwhile, or of one asked for after this
// call began. On error it returns what there is.
func (c *ownerCache) refresh(ctx context.Context, stale *owners, load func(context.Context) (*wire.Smap, error)) *owners {
	began := time.Now()
	if !c.enter(ctx) {
		return c.current.Load()
	}
	defer c.leave()
	if current := c.current.Load(); current != stale {
		return current
	}
	if c.last == nil || c.last.began.Before(began) {
		_ = c.load(ctx, load) // the caller goes on with the map that it has
	}
	return c.current.Load()
}

// load fetches a map and puts it in use if it is newer. Called with the turn.
func (c *ownerCache) load(ctx context.Context, load func(context.Context) (*wire.Smap, error)) error {
	attempt := &fetch{began: time.Now()}
	m, err := load(ctx)
	if ctx.Err() != nil {
		return err // says nothing to the next caller
	}
	attempt.ended, attempt.err = time.Now(), err
	c.last = attempt
	if err == nil {
		c.offer(m)
	}
	return err
}

// offer puts m in use if it is newer than the map in use.
func (c *ownerCache) offer(m *wire.Smap) {
	fresh := newOwners(m)
	for {
		current := c.current.Load()
		if !fresh.newerThan(current) || c.current.CompareAndSwap(current, fresh) {
			return
		}
	}
}

func (c *ownerCache) enter(ctx context.Context) bool {
	select {
	case <-c.turn:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *ownerCache) leave() { c.turn <- struct{}{} }
