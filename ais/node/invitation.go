package node

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/errs"
)

// invitations is where an administrator's word, brought by the primary of a
// cluster, tells a node without one to join. All methods may be called from any
// goroutine.
type invitations struct {
	came chan struct{} // capacity 1: there is a new one

	mu  sync.Mutex
	url string // guarded by mu; control URL of the primary; "" before the first
}

func newInvitations() *invitations { return &invitations{came: make(chan struct{}, 1)} }

func (i *invitations) take(url string) {
	i.mu.Lock()
	i.url = url
	i.mu.Unlock()
	select {
	case i.came <- struct{}{}:
	default:
	}
}

func (i *invitations) last() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.url
}

// AcceptFrom has the node join the cluster whose primary has a control URL, as an
// invitation does.
func (c *Core) AcceptFrom(control string) { c.invited.take(control) }

// invite is the handler of an invitation. A node that has a cluster stays there.
func (m *Membership) invite(w http.ResponseWriter, r *http.Request) error {
	const op = "node.invite"
	i := &primary.Invitation{}
	if err := rest.Decode(w, r, i); err != nil {
		return err
	}
	if _, err := m.knownSecret(op, i); err != nil {
		return err
	}
	if !i.IsFor(m.Nodes) {
		return rest.JSON(w, &primary.InvitationReply{Nodes: m.Nodes}) // whoever invites says that it is not
	}
	switch uuid := m.Core.Meta.State().Map.UUID(); {
	case uuid != "" && uuid != i.UUID && m.Core.Alone():
		m.Core.Log.Warn("an empty cluster of this node alone gives way to another", "uuid", uuid, "to", i.UUID, "at", i.Control)
		m.Core.Dismissal.GiveWay(i.Control)
		return errs.E(op, m.Core.Identity.ID, errs.Unavailable, errors.New("it is giving up a cluster of its own: ask again"))
	case uuid != "" && uuid != i.UUID:
		return errs.E(op, m.Core.Identity.ID, errs.Conflict,
			fmt.Errorf("it belongs to cluster %s: decommission it there first, or empty its confdir", uuid))
	case i.Control == "":
		return errs.E(op, m.Core.Identity.ID, errs.Invalid, errors.New("the invitation does not say who leads the cluster"))
	}
	m.Core.invited.take(i.Control)
	return rest.JSON(w, &primary.InvitationReply{Nodes: m.Nodes})
}

// Alone reports whether this process is alone in a cluster in which there was
// never anything.
func (c *Core) Alone() bool {
	s, own := c.Meta.State(), c.controlInfo().URL
	for _, n := range slices.Concat(s.Map.Proxies(), s.Map.Targets()) {
		if n.Control.URL != own {
			return false
		}
	}
	return s.Buckets.Version() == 0
}

// knownSecret is the join secret, nil if there is none. Errors: Forbidden (whoever
// invites does not know it), Invalid.
func (m *Membership) knownSecret(op string, i *primary.Invitation) ([]byte, error) {
	secret, err := JoinSecret(m.Core.Cluster.Get())
	if err == nil && !i.Knows(secret) {
		e := errs.E(op, m.Core.Identity.ID, errs.Forbidden, nil)
		e.Public = "the node has another join secret than the cluster: set auth.intra_cluster.node_join_secret_path there to the secret of the cluster"
		return nil, e
	}
	return secret, err
}
