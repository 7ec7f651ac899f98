package proxy

import (
	"cmp"
	"net/http"

	"aistore/access"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
)

// memberActions are the actions on the cluster resource that change who is in the
// cluster.
func (p *Proxy) memberActions() map[string]rest.Action {
	return map[string]rest.Action{
		wire.ActionStartMaintenance: rest.Act(access.Admin, p.withdraw(cluster.Maintenance)),
		wire.ActionShutdownNode:     rest.Act(access.Admin, p.withdraw(cluster.Shutdown)),
		wire.ActionDecommissionNode: rest.Act(access.Admin, p.withdraw(cluster.Decommission)),
		wire.ActionStopMaintenance:  rest.Act(access.Admin, p.restore),
		wire.ActionRemoveNodeUnsafe: rest.Act(access.Admin, p.removeUnsafe),
		wire.ActionShutdownCluster:  rest.Act(access.Admin, p.shutdownCluster),
		wire.ActionDecommissionAll:  rest.Act(access.Admin, p.decommissionCluster),
	}
}

// withdraw takes nodes out of service, for the reason of an action. The answer is
// the id of the job that moves their objects: "" while there is none.
func (p *Proxy) withdraw(outage cluster.Outage) rest.ActionHandler {
	return func(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
		var m wire.Membership
		if err := a.Decode(&m); err != nil {
			return err
		}
		return p.changeNodes(w, r, a, func(leader *primary.Primary) error {
			return leader.Withdraw(r.Context(), cluster.Withdrawal{
				IDs: m.Nodes(), Outage: outage, Abandon: m.SkipRebalance, Wipe: m.RemoveUserData, Stay: m.NoShutdown,
			})
		})
	}
}

// restore is the action stop-maintenance.
func (p *Proxy) restore(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	var m wire.Membership
	if err := a.Decode(&m); err != nil {
		return err
	}
	return p.changeNodes(w, r, a, func(leader *primary.Primary) error {
		return leader.Restore(r.Context(), m.Nodes())
	})
}

// removeUnsafe is the action rm-unsafe: nodes leave with the objects that they
// have, whether they answer or not.
func (p *Proxy) removeUnsafe(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	var m wire.Membership
	if err := a.Decode(&m); err != nil {
		return err
	}
	return p.changeNodes(w, r, a, func(leader *primary.Primary) error {
		return leader.Withdraw(r.Context(), cluster.Withdrawal{
			IDs: m.Nodes(), Outage: cluster.Decommission, Abandon: true, Unsafe: true,
		})
	})
}

// changeNodes is change for an action that answers with the id of a job.
func (p *Proxy) changeNodes(w http.ResponseWriter, r *http.Request, a *wire.Action, apply func(*primary.Primary) error) error {
	return p.change(w, r, a, func(leader *primary.Primary) error {
		if err := apply(leader); err != nil {
			return err
		}
		return rest.Text(w, "")
	})
}

// shutdownCluster is the action shutdown.
func (p *Proxy) shutdownCluster(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	return p.change(w, r, a, func(leader *primary.Primary) error { return leader.Shutdown(r.Context()) })
}

// decommissionCluster is the action decommission, of the whole cluster.
func (p *Proxy) decommissionCluster(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	var m wire.Membership
	if err := a.Decode(&m); err != nil {
		return err
	}
	return p.change(w, r, a, func(leader *primary.Primary) error {
		return leader.DecommissionAll(r.Context(), primary.LeaveOrder{Wipe: m.RemoveUserData, Stay: m.NoShutdown})
	})
}

// removeNode is DELETE of a node that is not needed.
func (p *Proxy) removeNode(w http.ResponseWriter, r *http.Request) error {
	return p.change(w, r, nil, func(leader *primary.Primary) error {
		return leader.Remove(r.Context(), r.PathValue("id"))
	})
}

// joinByAdmin is POST of a node, described by one of its addresses, that is to
// join.
func (p *Proxy) joinByAdmin(w http.ResponseWriter, r *http.Request) error {
	var n wire.Node
	if err := rest.Decode(w, r, &n); err != nil {
		return err
	}
	url := cmp.Or(n.Control.URL, n.Public.URL)
	if url == "" {
		e := errs.E("proxy.joinByAdmin", n.ID, errs.Invalid, nil)
		e.Public = "say where the node is: direct_url of its intra_control_net or public_net is missing"
		return e
	}
	return p.changeWith(w, r, &n, func(leader *primary.Primary) error {
		ids, err := leader.Invite(r.Context(), url, &n)
		if err != nil {
			return err
		}
		return rest.JSON(w, wire.Joined{ID: ids[0]})
	})
}
