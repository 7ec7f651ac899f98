package rest

import (
	"errors"
	"hash/maphash"
	"net/netip"
	"sync"

	"aistore/errs"
)

// clients counts the requests in flight of each address, where that is bounded.
type clients struct {
	seed   maphash.Seed
	shards [16]clientShard
}

type clientShard struct {
	mu       sync.Mutex
	inFlight map[netip.Addr]int // guarded by mu; no zero values
}

func newClients() *clients {
	c := &clients{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].inFlight = map[netip.Addr]int{}
	}
	return c
}

var errManyOfClient = errors.New("too many requests of this client in flight")

// enter counts a request from remote, "address:port", and returns the address
// to leave with. Where remote is no address, as in memory, nothing is counted
// and the address is not valid. Errors: Throttled.
func (c *clients) enter(remote string, most int) (netip.Addr, error) {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}, nil
	}
	address := from.Addr().Unmap()
	shard := c.shard(address)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.inFlight[address] >= most {
		return netip.Addr{}, errs.E("rest.Router", address.String(), errs.Throttled, errManyOfClient)
	}
	shard.inFlight[address]++
	return address, nil
}

func (c *clients) leave(address netip.Addr) {
	shard := c.shard(address)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.inFlight[address]--; shard.inFlight[address] <= 0 {
		delete(shard.inFlight, address)
	}
}

func (c *clients) shard(address netip.Addr) *clientShard {
	return &c.shards[maphash.Comparable(c.seed, address)%uint64(len(c.shards))]
}
