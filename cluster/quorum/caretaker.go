package quorum

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/run"
)

// caretaker has a log that must not lead do so after all when nobody else can: a
// primary may have died after this log and no other had its last entry, and then
// no proxy gets this node's vote. It stands when there has been no leader for
// several elections, brings a proxy up to date, and hands the lead on to it. It
// proposes nothing.
type caretaker struct {
	log       *Log
	transport interface{ stand(may bool) }
	patience  time.Duration // without a leader, until it stands
	quiet     time.Time     // since when there has been no leader; zero while there is one
	standing  bool
	handing   atomic.Bool // it is trying to hand the lead on
	turn      int         // whose turn it is to get the lead; of whoever has set handing
	group     run.Group
}

// elections is how many elections go by until a caretaker stands. A proxy that
// can lead does after one or two.
const elections = 3

// newCaretaker returns the caretaker of a log, nil for one that may lead.
func newCaretaker(l *Log) *caretaker {
	transport, is := l.o.Transport.(*follower)
	if !is {
		return nil
	}
	return &caretaker{log: l, transport: transport, patience: elections * time.Duration(l.o.Config.Election)}
}

// run looks after the log until ctx ends.
func (c *caretaker) run(ctx context.Context, r *raft.Raft) {
	defer c.group.Wait()
	ticker := time.NewTicker(time.Duration(c.log.o.Config.Heartbeat) / 2)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.look(ctx, r)
		}
	}
}

func (c *caretaker) look(ctx context.Context, r *raft.Raft) {
	_, leader := r.LeaderWithID()
	switch {
	case r.State() == raft.Leader:
		if c.handing.CompareAndSwap(false, true) {
			c.group.Go(func() {
				defer c.handing.Store(false)
				c.handOn(ctx)
			})
		}
	case leader != "":
		c.quiet = time.Time{}
		c.allow(false)
	case c.quiet.IsZero():
		c.quiet = time.Now()
	case time.Since(c.quiet) >= c.patience:
		c.allow(true)
	}
}

func (c *caretaker) allow(may bool) {
	if may && !c.standing {
		c.log.o.Log.Warn("nobody leads the metadata log: standing until a proxy can", "node", c.log.o.ID)
	}
	c.standing = may
	c.transport.stand(may)
}

// handOn offers the lead to one proxy, and the next time to the next.
func (c *caretaker) handOn(ctx context.Context) {
	members, err := c.log.Members()
	if err != nil {
		return // it is asked for again soon
	}
	m := c.log.State().Map
	members = slices.DeleteFunc(members, func(one Member) bool { return !one.Votes || !leads(m, one.Node) })
	if len(members) == 0 {
		return
	}
	heir := members[c.turn%len(members)]
	err = c.log.TransferTo(ctx, heir)
	if errors.Is(err, raft.ErrLeadershipTransferInProgress) {
		return // that to the one before is being given up
	}
	c.turn++
	if err != nil {
		c.log.o.Log.Info("the lead is not handed on yet", "to", heir.Node, "err", err)
		return
	}
	c.log.o.Log.Info("the lead is handed on", "to", heir.Node)
}

// leads tells whether the process of that id may lead.
func leads(m *cluster.Map, id string) bool {
	for _, p := range m.Proxies() {
		both := strings.HasPrefix(p.ID, wire.NodeProxy[:1]) && p.ID[1:] == id
		if (p.ID == id || both) && !p.Has(wire.NodeNonElectable) {
			return true
		}
	}
	return false
}
