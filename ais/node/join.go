package node

import (
	"context"
	"errors"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/errs"
)

// Bounds of the wait between two attempts to join.
const (
	minJoinPause = 50 * time.Millisecond
	maxJoinPause = time.Second
)

// Joiner brings a node that does not vote into its cluster, or back into it.
type Joiner struct {
	Core   *Core
	Nodes  []*wire.Node // this process, in each of its roles
	Secret []byte       // join secret; empty for none
}

// Run asks the nodes that may know the cluster, one after the other, until one
// takes this node in; then it marks the node ready and waits for the end of ctx.
// A refusal that no waiting changes ends it with the reason.
func (j *Joiner) Run(ctx context.Context) error {
	pause := minJoinPause
	for {
		err := j.join(ctx)
		if err == nil {
			j.Core.SetReady(true)
			<-ctx.Done()
			return nil
		}
		if refused(err) {
			return err
		}
		if pause == minJoinPause {
			j.Core.Log.Info("waiting for the primary", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, maxJoinPause)
	}
}

// refused reports whether an answer is final.
func refused(err error) bool {
	return errors.Is(err, errs.Forbidden) || errors.Is(err, errs.Conflict) || errors.Is(err, errs.Invalid)
}

// join tries every address once.
func (j *Joiner) join(ctx context.Context) error {
	request := &primary.JoinRequest{
		Nodes:       j.Nodes,
		UUID:        j.Core.Meta.State().Map.UUID(),
		Incarnation: j.Core.Identity.Incarnation,
		Proof:       primary.Proof(j.Secret, j.Nodes),
	}
	var failed error
	for _, url := range j.addresses() {
		reply, err := j.ask(ctx, url, request)
		if err == nil {
			return j.welcome(ctx, reply)
		}
		if refused(err) {
			return err
		}
		failed = errors.Join(failed, err)
	}
	if failed == nil {
		return errs.E("node.join", "", errs.Invalid, errors.New("set proxy.primary_url to the address of a gateway of the cluster"))
	}
	return failed
}

func (j *Joiner) ask(ctx context.Context, url string, r *primary.JoinRequest) (*primary.JoinReply, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(j.Core.Cluster.Get().Timeout.MaxKeepalive))
	defer cancel()
	return j.Core.Peers.Join(ctx, url, r)
}

// addresses are where the primary may be: where it was last, where the
// configuration says, and the other proxies of the last known map.
func (j *Joiner) addresses() []string {
	seen := map[string]bool{"": true}
	var list []string
	add := func(url string) {
		if !seen[url] {
			seen[url] = true
			list = append(list, url)
		}
	}
	m := j.Core.Meta.State().Map
	if p := m.Primary(); p != nil {
		add(p.Control.URL)
	}
	for _, url := range j.Core.known {
		add(url)
	}
	for _, p := range m.Proxies() {
		add(p.Control.URL)
	}
	return list
}

// welcome takes in what the primary sent.
func (j *Joiner) welcome(ctx context.Context, reply *primary.JoinReply) error {
	if err := j.Core.Key.Set(reply.Key); err != nil {
		return err
	}
	_, err := j.Core.Meta.Receive(ctx, &reply.Sync)
	return err
}
