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
	Core  *Core
	Nodes []*wire.Node // this process, in each of its roles
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
	secret, err := JoinSecret(j.Core.Cluster.Get())
	if err != nil {
		return err
	}
	request := &primary.JoinRequest{
		Nodes:       j.Nodes,
		UUID:        j.Core.Meta.State().Map.UUID(),
		Incarnation: j.Core.Identity.Incarnation,
		Proof:       primary.Proof(secret, j.Nodes),
	}
	var failed error
	for _, at := range j.addresses() {
		reply, err := j.ask(ctx, at, request)
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

// address is where the primary may be.
type address struct {
	url    string
	public bool // it may be of the public network, where nobody joins
}

func (j *Joiner) ask(ctx context.Context, at address, r *primary.JoinRequest) (*primary.JoinReply, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(j.Core.Cluster.Get().Timeout.MaxKeepalive))
	defer cancel()
	url := at.url
	if at.public {
		var err error
		if url, err = j.control(ctx, url); err != nil {
			return nil, err
		}
	}
	return j.Core.Peers.Join(ctx, url, r)
}

// control is the control URL of the primary that the node at a URL knows. A node
// that may not say is asked itself: the URL may be of its control network.
func (j *Joiner) control(ctx context.Context, url string) (string, error) {
	info, err := j.Core.Peers.Info(ctx, url)
	switch {
	case errors.Is(err, errs.Forbidden): // as a listener of another network does
		return url, nil
	case err != nil:
		return "", err
	}
	if info.Smap.Primary.ControlURL == "" {
		return "", errs.E("node.join", url, errs.Unavailable, errors.New("it knows no primary yet"))
	}
	return info.Smap.Primary.ControlURL, nil
}

// addresses are where the primary may be: where it was last, where the
// configuration says, and the other proxies of the last known map.
func (j *Joiner) addresses() []address {
	seen := map[string]bool{"": true}
	var list []address
	add := func(url string, public bool) {
		if !seen[url] {
			seen[url] = true
			list = append(list, address{url, public})
		}
	}
	m := j.Core.Meta.State().Map
	if p := m.Primary(); p != nil {
		add(p.Control.URL, false)
	}
	for _, url := range j.Core.known {
		add(url, true)
	}
	for _, p := range m.Proxies() {
		add(p.Control.URL, false)
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
