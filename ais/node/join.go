package node

import (
	"context"
	"errors"
	"time"

	"aistore/ais/primary"
	"aistore/errs"
)

// refused reports whether an answer is final.
func refused(err error) bool {
	return errors.Is(err, errs.Forbidden) || errors.Is(err, errs.Conflict) || errors.Is(err, errs.Invalid)
}

// join asks the nodes that may know the cluster, one after the other, until one
// takes this node in.
func (m *Membership) join(ctx context.Context) error {
	secret, err := JoinSecret(m.Core.Cluster.Get())
	if err != nil {
		return err
	}
	request := &primary.JoinRequest{
		Nodes:       m.Nodes,
		UUID:        m.Core.Meta.State().Map.UUID(),
		Incarnation: m.Core.Identity.Incarnation,
		Log:         m.log(),
	}
	exchange, err := request.Exchange(m.Core.signingKey, secret)
	if err != nil {
		return err
	}
	failed := m.alone()
	for _, at := range m.addresses() {
		reply, err := m.ask(ctx, at, request)
		if err == nil {
			return m.welcome(ctx, reply, exchange)
		}
		if err = m.strayed(ctx, at, err); refused(err) {
			return err
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// alone is what is wrong when nobody can be asked: Invalid for a node that has
// never been in a cluster and does not wait for an invitation.
func (m *Membership) alone() error {
	if len(m.addresses()) > 0 {
		return nil
	}
	if m.Invited {
		return errs.E("node.join", "", errs.Unavailable, errors.New("the node waits until an administrator joins it to a cluster (ais cluster add-remove-nodes join)"))
	}
	if empty, err := m.Core.Meta.Log().Empty(); err != nil || !empty {
		return errs.E("node.join", "", errs.Unavailable, errors.Join(err, errors.New("there is no other gateway")))
	}
	return errs.E("node.join", "", errs.Invalid, errors.New("set proxy.primary_url to the address of a gateway of the cluster, or start with -standby to be joined by an administrator"))
}

// address is where the primary may be.
type address struct {
	url    string
	public bool // it may be of the public network, where nobody joins
}

func (m *Membership) ask(ctx context.Context, at address, r *primary.JoinRequest) (*primary.JoinReply, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(m.Core.Cluster.Get().Timeout.MaxKeepalive))
	defer cancel()
	url := at.url
	if at.public {
		var err error
		if url, err = m.control(ctx, url); err != nil {
			return nil, err
		}
	}
	return m.Core.Peers.Join(ctx, url, r)
}

// control is the control URL of the primary that the node at a URL knows. A node
// that may not say is asked itself: the URL may be of its control network.
func (m *Membership) control(ctx context.Context, url string) (string, error) {
	info, err := m.Core.Peers.Info(ctx, url)
	switch {
	case errors.Is(err, errs.Forbidden): // as a listener of another network does
		return url, nil
	case err != nil:
		return "", err
	}
	if at := info.Smap.Primary.ControlURL; at != "" && !m.isSelf(at) {
		return at, nil
	}
	return "", errs.E("node.join", url, errs.Unavailable, errors.New("it knows no primary yet"))
}

// addresses are where the primary may be: where an invitation came from, where it
// was last, where the configuration says, and the other proxies of the last known
// map.
func (m *Membership) addresses() []address {
	seen := map[string]bool{"": true}
	for _, n := range m.Nodes {
		seen[n.Public.URL], seen[n.Control.URL], seen[n.Data.URL] = true, true, true
	}
	var list []address
	add := func(url string, public bool) {
		if !seen[url] {
			seen[url] = true
			list = append(list, address{url, public})
		}
	}
	add(m.Core.invited.last(), false)
	if m.Invited {
		return list
	}
	known := m.Core.Meta.State().Map
	if p := known.Primary(); p != nil {
		add(p.Control.URL, false)
	}
	for _, url := range m.Core.known {
		add(url, true)
	}
	for _, p := range known.Proxies() {
		add(p.Control.URL, false)
	}
	return list
}

// welcome takes in what the primary sent.
func (m *Membership) welcome(ctx context.Context, reply *primary.JoinReply, exchange *primary.JoinExchange) error {
	key, err := exchange.Open(reply.Key)
	switch {
	case err == nil:
		err = m.Core.Key.Set(key)
	case m.Core.Meta.State().Initialized() && len(m.Core.Key.Bytes()) > 0:
		// The cluster may have another join secret by now, or none. A node that
		// comes back has the key.
		m.Core.Log.Warn("the cluster key was not received again", "err", err)
		err = nil
	}
	if err != nil {
		return err
	}
	_, err = m.Core.Meta.Receive(ctx, &reply.Sync)
	return err
}
