package node

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/errs"
)

// Bounds of the wait between two attempts to join.
const (
	minJoinPause = 50 * time.Millisecond
	maxJoinPause = time.Second
)

// Membership brings a node into its cluster, or back into it, and keeps it there.
type Membership struct {
	Core    *Core
	Nodes   []*wire.Node     // this process, in each of its roles
	Primary *primary.Primary // nil unless this node may lead
	Targets int              // how many targets to wait for when this node leads from the start; 0 waits for none
	Timeout time.Duration    // how long to wait for them
	Invited bool             // it joins only when it is invited
	Claims  bool             // when it has joined, it asks to be made the primary

	last string             // id of the node that got the last keepalive
	rtt  liveness.RoundTrip // to it

	will atomic.Pointer[primary.JoinExchange] // for what this node is about to inherit
}

// Routes declares what a node answers whom a cluster invites.
func (m *Membership) Routes(r *rest.Router) {
	r.ControlOpen("POST "+PathInvite, m.invite)
	r.ControlOpen("POST "+PathBequest, m.inherit)
}

// Run waits until this node leads, or a primary takes it in; then it marks the
// node ready and keeps telling the primary that it lives, until ctx ends. A
// refusal that no waiting changes ends it with the reason.
func (m *Membership) Run(ctx context.Context) error {
	if err := m.enter(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if m.leads() {
		m.awaitTargets(ctx)
	}
	if ctx.Err() == nil {
		m.settle(ctx)
		m.Core.SetReady(true)
		m.claim(ctx)
		m.stay(ctx)
	}
	return nil
}

// settle tells the primary that this node lives, a target until it has its lease, so
// that it takes writes when it is ready. It does not wait for long: reads need none.
func (m *Membership) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		_ = m.tell(ctx) // stay goes on with it
		if !m.Core.Config.IsTarget() || m.Core.MayWrite() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(settlePause):
		}
	}
}

// What settle waits: in all, and between two keepalives.
const (
	settleTime  = time.Second
	settlePause = 20 * time.Millisecond
)

func (m *Membership) leads() bool { return m.Primary != nil && m.Primary.Leads() }

// changed is closed when this node may have begun to lead; nil if it cannot.
func (m *Membership) changed() <-chan struct{} {
	if m.Primary == nil {
		return nil
	}
	return m.Primary.Changed()
}

// enter returns when this node leads or has joined, with the error of ctx, or
// with a refusal.
func (m *Membership) enter(ctx context.Context) error {
	pause := minJoinPause
	for {
		changed := m.changed()
		if m.leads() {
			return nil
		}
		err := m.join(ctx)
		if err == nil || refused(err) {
			return err
		}
		if pause == minJoinPause {
			m.Core.Log.Info("waiting for the primary", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-m.Core.invited.came:
			pause = minJoinPause
			continue
		case <-time.After(pause):
		}
		pause = min(2*pause, maxJoinPause)
	}
}

// awaitTargets waits until as many targets as expected have joined, or the time
// is over.
func (m *Membership) awaitTargets(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	err := m.Primary.AwaitState(ctx, func(s *cluster.State) bool { return len(s.Map.Targets()) >= m.Targets })
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		m.Core.Log.Warn("fewer targets than expected have joined", "expected", m.Targets,
			"joined", len(m.Core.Meta.State().Map.Targets()))
	}
}

// stay tells the primary again and again that this node lives. When the primary
// does not answer, or does not know this node, it joins anew.
func (m *Membership) stay(ctx context.Context) {
	m.followPrimary()
	m.Core.TellPrimary()
	missed := 0
	for {
		k := m.Core.Cluster.Get().Keepalive
		select {
		case <-ctx.Done():
			return
		case <-m.Core.Dismissal.came:
			<-ctx.Done() // who is on its way out does not join again
			return
		case <-time.After(m.pause()):
		case <-m.Core.nudge:
		}
		err := m.tell(ctx)
		if missed++; err == nil {
			missed = 0
		}
		if missed < k.Retries && !errors.Is(err, errs.NotFound) || m.Core.Dismissal.Order() != nil {
			continue
		}
		if err = m.join(ctx); err == nil {
			missed = 0
		} else if missed == k.Retries {
			m.Core.Log.Warn("the primary does not answer, and no other takes this node in", "err", err)
		}
	}
}

// followPrimary has a new primary hear of this node at once.
func (m *Membership) followPrimary() {
	last := ""
	m.Core.Meta.OnApply(func(_ context.Context, s *cluster.State) error {
		if now := s.Map.Primary(); now != nil && now.ID != last {
			last = now.ID
			m.Core.TellPrimary()
		}
		return nil
	})
}

// pause is how long to wait until the next keepalive: not long for a target that
// may not write.
func (m *Membership) pause() time.Duration {
	k := m.Core.Cluster.Get().Keepalive
	interval := time.Duration(k.Target.Interval)
	if m.Core.Config.IsProxy() {
		interval = time.Duration(k.Proxy.Interval)
	}
	if m.Core.Config.IsTarget() && !m.Core.MayWrite() {
		return min(interval, leasePause)
	}
	return interval
}

// leasePause is between two keepalives of a target without a lease.
const leasePause = 200 * time.Millisecond

// tell sends one keepalive to the primary of the map, which may be this node.
func (m *Membership) tell(ctx context.Context) error {
	longest := time.Duration(m.Core.Cluster.Get().Timeout.MaxKeepalive)
	if to := m.Core.Meta.State().Map.Primary(); to != nil && to.ID != m.last {
		m.last, m.rtt = to.ID, liveness.RoundTrip{}
	}
	ctx, cancel := context.WithTimeout(ctx, m.rtt.Timeout(longest))
	defer cancel()
	sent, k := m.Core.Now(), m.keepalive()
	reply, err := m.send(ctx, k)
	if err != nil {
		m.rtt.Miss()
		return err
	}
	m.rtt.Observe(m.Core.Now().Sub(sent))
	if reply.Lease > 0 {
		m.Core.Lease.Extend(sent, time.Duration(reply.Lease), m.Core.Now())
	}
	m.Core.lag.hear(reply.Index, m.Core.Meta.State().Position.Index, time.Now())
	return nil
}

func (m *Membership) send(ctx context.Context, k *primary.Keepalive) (*primary.KeepaliveReply, error) {
	if m.leads() {
		return m.Primary.Hear(ctx, k)
	}
	to := m.Core.Meta.State().Map.Primary()
	if to == nil || m.isSelf(to.Control.URL) {
		return nil, errs.E("node.keepalive", "", errs.Unavailable, errors.New("there is no primary now"))
	}
	return m.Core.Peers.Keepalive(ctx, to.Control.URL, k)
}

func (m *Membership) keepalive() *primary.Keepalive {
	k := &primary.Keepalive{
		Incarnation: m.Core.Identity.Incarnation,
		Log:         m.log(),
		Index:       m.Core.Meta.Log().State().Position.Index,
	}
	if m.Core.Writes != nil {
		k.Map, k.Fenced = m.Core.Writes()
	}
	for _, n := range m.Nodes {
		k.IDs = append(k.IDs, n.ID)
	}
	return k
}

// log names the log of this node.
func (m *Membership) log() primary.Log {
	return primary.Log{ID: m.Core.Meta.Log().RaftID(), Address: m.Core.LogAddress()}
}

func (m *Membership) isSelf(controlURL string) bool { return controlURL == m.Nodes[0].Control.URL }
