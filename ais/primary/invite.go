package primary

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// Invite makes the node at a URL, public or of its control network, join this
// cluster, and returns its ids once it has. Wanted is what the node is expected
// to be: its ID or its Type may be "". Errors: Conflict (it is another node than
// expected, or belongs to another cluster), Forbidden (it knows another join
// secret), Unavailable (it does not answer, or has not joined in time).
func (p *Primary) Invite(ctx context.Context, url string, wanted *wire.Node) ([]string, error) {
	const op = "primary.Invite"
	if _, err := p.leading(); err != nil {
		return nil, err
	}
	i, err := p.invitation()
	if err != nil {
		return nil, errs.E(op, url, errs.Internal, err)
	}
	i.ID, i.Type = wanted.ID, wanted.Type
	inviting, cancel := context.WithTimeout(ctx, departureTimeout)
	reply, err := p.o.Usher.Invite(inviting, url, i)
	cancel()
	if err != nil {
		return nil, errs.E(op, url, "", err)
	}
	ids, err := i.expected(reply.Nodes)
	if err != nil {
		return nil, errs.E(op, url, errs.Conflict, err)
	}
	ctx, cancel = context.WithTimeout(ctx, inviteTimeout)
	defer cancel()
	err = p.AwaitState(ctx, func(s *cluster.State) bool { return hasAll(s, ids) })
	if err == nil {
		err = p.settled(ctx, reply.Nodes[0], i.UUID)
	}
	if err != nil {
		return nil, errs.E(op, url, errs.Unavailable, fmt.Errorf("it was asked to join and has not yet: %w", err))
	}
	return ids, nil
}

// invitation is one to this cluster.
func (p *Primary) invitation() (*Invitation, error) {
	state := p.log.State()
	secret, err := p.joinSecret(state)
	if err != nil {
		return nil, err
	}
	i := &Invitation{UUID: state.Map.UUID(), Control: p.o.Nodes[0].Control.URL}
	i.Prove(secret)
	return i, nil
}

// summon asks a node of the map to join that takes this one for a stranger: it
// has lost what it knew, and has perhaps founded a cluster of its own, which gives
// way as long as it is empty.
func (p *Primary) summon(ctx context.Context, n *wire.Node) {
	i, err := p.invitation()
	if err != nil || p.o.Usher == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	if _, err := p.o.Usher.Invite(ctx, n.Control.URL, i); err != nil && ctx.Err() == nil {
		p.o.Logger.Debug("a node that is a stranger now does not come back yet", "node", n.ID, "err", err)
	}
}

// inviteTimeout is for a node to join that was asked to.
const inviteTimeout = 20 * time.Second

func (p *Primary) joinSecret(s *cluster.State) ([]byte, error) {
	if p.o.JoinSecret == nil {
		return nil, nil
	}
	return p.o.JoinSecret(s.Config)
}

// settled returns when a node that is in the map knows that it has joined.
func (p *Primary) settled(ctx context.Context, n *wire.Node, uuid string) error {
	for {
		err := p.o.Usher.Leave(ctx, n, &LeaveOrder{UUID: uuid, Asks: true})
		if err == nil {
			return nil
		}
		if !sleep(ctx, minBackoff) {
			return err
		}
	}
}

// IsFor reports whether what is invited is among nodes, which are one process.
func (i *Invitation) IsFor(nodes []*wire.Node) bool {
	_, err := i.expected(nodes)
	return err == nil
}

// expected returns the ids of nodes, if what is invited is among them.
func (i *Invitation) expected(nodes []*wire.Node) ([]string, error) {
	ids := make([]string, len(nodes))
	found := false
	for k, n := range nodes {
		ids[k] = n.ID
		found = found || (i.ID == "" || i.ID == n.ID) && (i.Type == "" || i.Type == n.Type)
	}
	if !found {
		return nil, fmt.Errorf("it is %v, not %s", nodes, cmp.Or(i.ID, "a "+i.Type))
	}
	return ids, nil
}

func hasAll(s *cluster.State, ids []string) bool {
	for _, id := range ids {
		if _, there := s.Map.Node(id); !there {
			return false
		}
	}
	return true
}

// Knows reports whether the invitation comes from somebody who knows the secret;
// everybody knows an empty one.
func (i *Invitation) Knows(secret []byte) bool {
	return len(secret) == 0 || hmac.Equal([]byte(i.Proof), []byte(i.proof(secret)))
}

// Prove adds the proof that whoever invites knows the secret, nil for none.
func (i *Invitation) Prove(secret []byte) { i.Proof = i.proof(secret) }

func (i *Invitation) proof(secret []byte) string {
	if len(secret) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, secret)
	for _, part := range []string{"invitation", i.UUID, i.Control} {
		io.WriteString(mac, part)
		mac.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
