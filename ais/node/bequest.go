package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/errs"
	"aistore/internal/jsonfile"
	"aistore/internal/jsonx"
)

// PathBequest is where a gateway without a cluster is made the primary of one that
// has lost all of its own.
const PathBequest = "/v1/membership/bequest"

// Bequest makes a gateway without a cluster the heir of one that has lost all its
// gateways. It comes three times: without more, which the heir answers with what
// the rest is sealed for; with what it inherits; and with the word to begin.
type Bequest struct {
	primary.Invitation
	Sealed primary.SealedKey `json:"sealed,omitzero"` // an inheritance
	Begins bool              `json:"begins,omitempty"`
}

// inheritance is what the heir gets, sealed: it is not for those who listen.
type inheritance struct {
	Key   []byte `json:"key"`   // of the cluster
	State []byte `json:"state"` // as cluster.State.Encode writes it
}

// Bequeath has a gateway without a cluster, which is at a URL, go on as the primary
// of this cluster, which has lost all its gateways for good, with the newest metadata
// that any node has which answers. All those nodes forget their logs and start anew,
// so that they cannot go on by themselves. Errors: Conflict (a gateway is left, or
// the other one has a cluster or cannot lead), Forbidden (it knows another join
// secret), Unavailable.
func (c *Core) Bequeath(ctx context.Context, url string) (*wire.Recovery, error) {
	const op = "node.Bequeath"
	found, report, state, err := c.salvage(ctx, op, url)
	if err != nil {
		return nil, err
	}
	heir, err := c.handOver(ctx, url, state)
	if err != nil {
		return nil, errs.E(op, url, "", err)
	}
	if err := found.abandon(ctx, c); err != nil {
		return nil, errs.E(op, "", "", err)
	}
	if err := heir.send(ctx, &Bequest{Begins: true}, nil); err != nil {
		return nil, errs.E(op, url, "", fmt.Errorf("it has all it needs, restart it: %w", err))
	}
	c.Log.Error("recovering: another node goes on as the primary, without the gateways that were lost", "at", url, "from", report.Newest)
	report.Restarts = true
	return report, c.abandonLog(found.uuid)
}

// heir is a gateway that is to inherit a cluster.
type heir struct {
	peers      *Peers
	url        string // of its control network
	invitation primary.Invitation
}

func (h *heir) send(ctx context.Context, b *Bequest, reply any) error {
	b.Invitation = h.invitation
	if reply == nil {
		reply = &struct{}{}
	}
	return h.peers.exchange(ctx, http.MethodPost, h.url+PathBequest, b, reply)
}

// handOver gives the heir at a URL what it needs, and does not let it begin yet.
func (c *Core) handOver(ctx context.Context, url string, s *cluster.State) (*heir, error) {
	secret, err := JoinSecret(s.Config)
	if err != nil {
		return nil, err
	}
	h := &heir{peers: c.Peers, url: url, invitation: primary.Invitation{UUID: s.Map.UUID(), Control: c.Nodes[0].Control.URL}}
	h.invitation.Prove(secret)
	if h.url, err = c.Peers.controlOf(ctx, url); err != nil {
		return nil, err
	}
	wanted := &primary.JoinRequest{}
	if err := h.send(ctx, &Bequest{}, wanted); err != nil {
		return nil, err
	}
	text := inheritance{Key: c.Key.Bytes()}
	if text.State, err = s.Encode(); err != nil {
		return nil, err
	}
	plain, err := jsonx.Marshal(text)
	if err != nil {
		return nil, err
	}
	b := &Bequest{}
	if b.Sealed, err = wanted.Seal(plain, secret); err != nil {
		return nil, err
	}
	return h, h.send(ctx, b, nil)
}

// abandon has all nodes that answer forget their logs, but for this one.
func (s *survey) abandon(ctx context.Context, c *Core) error {
	var failed error
	for _, n := range s.nodes[1:] {
		if n.remains != nil {
			failed = errors.Join(failed, c.Peers.exchange(ctx, http.MethodDelete, n.node.Control.URL+PathRemains, &primary.LeaveOrder{UUID: s.uuid}, &struct{}{}))
		}
	}
	return failed
}

// inherit is the handler of a bequest.
func (m *Membership) inherit(w http.ResponseWriter, r *http.Request) error {
	const op = "node.inherit"
	b := &Bequest{}
	if err := rest.Decode(w, r, b); err != nil {
		return err
	}
	secret, err := m.knownSecret(op, &b.Invitation)
	if err != nil {
		return err
	}
	id := m.Core.Identity.ID
	switch {
	case m.Core.Meta.State().Initialized():
		return problem(op, id, "that gateway has a cluster: start one with an empty confdir, and with -standby")
	case !m.Core.electable:
		return problem(op, id, "that node cannot lead: start a gateway, not with proxy.non_electable")
	case b.Begins:
		m.Core.Dismissal.Restart()
		return rest.JSON(w, struct{}{})
	case len(b.Sealed.Text) > 0:
		if err := m.Core.take(m.will.Swap(nil), b); err != nil {
			return err
		}
		return rest.JSON(w, struct{}{})
	}
	wanted := &primary.JoinRequest{Nodes: m.Nodes, Incarnation: m.Core.Identity.Incarnation, Log: m.log()}
	exchange, err := wanted.Exchange(m.Core.signingKey, secret)
	if err != nil {
		return err
	}
	m.will.Store(exchange)
	return rest.JSON(w, wanted)
}

// take keeps what is inherited until the next start.
func (c *Core) take(exchange *primary.JoinExchange, b *Bequest) error {
	const op = "node.inherit"
	if exchange == nil {
		return errs.E(op, c.Identity.ID, errs.Unavailable, errors.New("it was not asked before, or has been started anew since: begin again"))
	}
	plain, err := exchange.Open(b.Sealed)
	if err != nil {
		return err
	}
	var text inheritance
	if err := jsonx.Unmarshal(plain, &text); err != nil {
		return errs.E(op, c.Identity.ID, errs.Invalid, err)
	}
	state, err := cluster.DecodeState(text.State)
	if err == nil && state.Map.UUID() != b.UUID {
		err = errs.E(op, b.UUID, errs.Invalid, errors.New("the metadata are of another cluster"))
	}
	if err == nil {
		err = c.Key.Set(text.Key)
	}
	if err != nil {
		return err
	}
	return c.saveRecovery(state)
}

// forgetLog is the handler of the wish that this node forgets its log, and starts
// anew.
func (c *Core) forgetLog(w http.ResponseWriter, r *http.Request) error {
	order := &primary.LeaveOrder{}
	if err := rest.Decode(w, r, order); err != nil {
		return err
	}
	if err := c.abandonLog(order.UUID); err != nil {
		return err
	}
	return rest.JSON(w, struct{}{})
}

// abandonment is the file that says that the log is to be forgotten at the next
// start.
func (c *Core) abandonment() string { return filepath.Join(c.Config.ConfDir, "log.abandoned") }

// abandonLog has the node start anew without its log. What it has of the metadata
// stays.
func (c *Core) abandonLog(uuid string) error {
	const op = "node.abandonLog"
	if mine := c.Meta.State().Map.UUID(); mine != uuid {
		return problem(op, c.Identity.ID, "this node belongs to another cluster, "+mine)
	}
	if c.electable {
		return problem(op, c.Identity.ID, "this gateway can lead: let it go on")
	}
	if err := jsonfile.Save(jsonfile.OS{}, c.abandonment(), recoveryFormat, struct{}{}); err != nil {
		return errs.E(op, c.Identity.ID, "", err)
	}
	c.Log.Warn("the log of metadata is given up: another gateway goes on with what is in it")
	c.Dismissal.Restart()
	return nil
}

// finishAbandonment removes the log of a node that was told to forget it.
func (c *Core) finishAbandonment(o quorum.Options) error {
	if _, err := os.Stat(c.abandonment()); err != nil {
		return nil
	}
	err := quorum.Remove(o)
	if err == nil {
		err = os.Remove(c.abandonment())
	}
	if err == nil {
		err = (jsonfile.OS{}).SyncDir(c.Config.ConfDir)
	}
	if err != nil {
		return errs.E("node.finishAbandonment", c.abandonment(), errs.Internal, err)
	}
	return nil
}

func problem(op, subject, text string) error {
	e := errs.E(op, subject, errs.Conflict, nil)
	e.Public = text
	return e
}
