package api

import (
	"context"
	"net/http"
	"net/url"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// StartMaintenance takes nodes out of service for a while: nothing is written to
// a target among them, and what it has is moved, unless m says not to. It
// returns the id of the job that moves objects, "" when there is none.
// Errors: Invalid (no node is named), NotFound, Conflict (the primary, the last
// target, or a node that is being decommissioned is among them).
func (c *Client) StartMaintenance(ctx context.Context, m wire.Membership) (string, error) {
	return c.memberAction(ctx, "api.StartMaintenance", wire.ActionStartMaintenance, m)
}

// StopMaintenance brings nodes back into service: out of maintenance, and out of
// a decommission or shutdown that has not finished.
// Errors: Invalid (no node is named), NotFound.
func (c *Client) StopMaintenance(ctx context.Context, m wire.Membership) (string, error) {
	return c.memberAction(ctx, "api.StopMaintenance", wire.ActionStopMaintenance, m)
}

// ShutdownNodes is StartMaintenance, and the nodes stop as soon as they hold
// nothing that others need. They stay in the cluster map.
func (c *Client) ShutdownNodes(ctx context.Context, m wire.Membership) (string, error) {
	return c.memberAction(ctx, "api.ShutdownNodes", wire.ActionShutdownNode, m)
}

// DecommissionNodes takes nodes out of service for good: as soon as they hold
// nothing that others need they leave the cluster map, forget the cluster, and
// stop, unless m says that they stay. Errors as for StartMaintenance.
func (c *Client) DecommissionNodes(ctx context.Context, m wire.Membership) (string, error) {
	return c.memberAction(ctx, "api.DecommissionNodes", wire.ActionDecommissionNode, m)
}

// RemoveNodesUnsafe takes nodes out of the cluster with all that they have, also
// nodes that do not answer, and the last target.
// Errors: Invalid (no node is named), NotFound, Conflict (the primary is among
// them).
func (c *Client) RemoveNodesUnsafe(ctx context.Context, m wire.Membership) (string, error) {
	return c.memberAction(ctx, "api.RemoveNodesUnsafe", wire.ActionRemoveNodeUnsafe, m)
}

func (c *Client) memberAction(ctx context.Context, op, action string, m wire.Membership) (string, error) {
	r := &call{op: op, subject: "nodes", method: http.MethodPut, path: wire.PathCluster}
	if err := r.withAction(action, "", m); err != nil {
		return "", err
	}
	job := ""
	return job, c.control(ctx, r, intoText(&job))
}

// JoinByAdmin makes a node that is in no cluster join this one. The node is
// described by where it is: the URL of its public or control network; if its ID
// or Type is given it must be that. The answer comes when it has joined.
// Errors: Invalid (no URL), Conflict (it is another node, or belongs to another
// cluster), Forbidden (it knows another join secret), Unavailable (it does not
// answer, or has not joined in time).
func (c *Client) JoinByAdmin(ctx context.Context, n *wire.Node) (wire.Joined, error) {
	const op = "api.JoinByAdmin"
	var joined wire.Joined
	body, err := jsonx.Marshal(n)
	if err != nil {
		return joined, errs.E(op, n.String(), errs.Invalid, err)
	}
	r := &call{op: op, subject: "cluster", method: http.MethodPost, path: wire.PathCluster + "/" + wire.ActionJoinByAdmin,
		body: ownBody(body), header: http.Header{"Content-Type": {wire.ContentJSON}}}
	return joined, c.control(ctx, r, intoJSON(&joined))
}

// RemoveNode takes a node out of the cluster that is not needed there: a gateway,
// or a target that neither owns objects nor may have some. The answer comes when
// it has left. Errors: NotFound, Conflict (it is needed), Unavailable (it has not
// left yet, and will).
func (c *Client) RemoveNode(ctx context.Context, id string) error {
	r := &call{op: "api.RemoveNode", subject: "node " + id, method: http.MethodDelete,
		path: wire.PathCluster + "/daemon/" + url.PathEscape(id)}
	return c.control(ctx, r, nil)
}

// SetPrimary makes another proxy the primary. Errors: NotFound, Conflict (it is a
// target, cannot be elected, or is in maintenance), Unavailable (it has not taken
// over in time).
func (c *Client) SetPrimary(ctx context.Context, id string) error {
	r := &call{op: "api.SetPrimary", subject: "node " + id, method: http.MethodPut,
		path: wire.PathCluster + "/proxy/" + url.PathEscape(id)}
	return c.control(ctx, r, nil)
}

// ShutdownCluster stops all nodes. The cluster continues when they are started
// again.
func (c *Client) ShutdownCluster(ctx context.Context) error {
	return c.wholeCluster(ctx, "api.ShutdownCluster", wire.ActionShutdownCluster, wire.Membership{})
}

// DecommissionCluster ends the cluster: all nodes forget it and stop, and delete
// what is on their mountpaths if m.RemoveUserData says so.
// Errors: Conflict (a node does not answer; nothing has happened), Unavailable (a
// node ceased to answer meanwhile, and is left over).
func (c *Client) DecommissionCluster(ctx context.Context, m wire.Membership) error {
	return c.wholeCluster(ctx, "api.DecommissionCluster", wire.ActionDecommissionAll, m)
}

func (c *Client) wholeCluster(ctx context.Context, op, action string, m wire.Membership) error {
	r := &call{op: op, subject: "cluster", method: http.MethodPut, path: wire.PathCluster}
	if err := r.withAction(action, "", m); err != nil {
		return err
	}
	return c.control(ctx, r, nil)
}

// Recover asks the gateway that the client is of to go on as the primary, with the
// newest metadata that any node has which answers, when the majority of the nodes
// that vote is lost for good. In a dry run nothing happens, and the answer says
// what would. If lost nodes come back with what they had, there are two clusters.
// Errors: Conflict (there is nothing to recover, or the gateway cannot lead),
// Unavailable.
func (c *Client) Recover(ctx context.Context, request wire.RecoveryRequest) (*wire.Recovery, error) {
	const op = "api.Recover"
	body, err := jsonx.Marshal(request)
	if err != nil {
		return nil, errs.E(op, "", errs.Invalid, err)
	}
	report := &wire.Recovery{}
	r := &call{op: op, subject: "cluster", method: http.MethodPut, path: wire.PathRecover,
		body: ownBody(body), header: http.Header{"Content-Type": {wire.ContentJSON}}}
	return report, c.control(ctx, r, intoJSON(report))
}
