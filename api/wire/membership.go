package wire

import "slices"

// Membership is the value of the actions that take nodes out of service or bring
// them back: ActionStartMaintenance, ActionStopMaintenance, ActionShutdownNode,
// ActionDecommissionNode, ActionRemoveNodeUnsafe, and of ActionDecommissionAll.
type Membership struct {
	ID                string   `json:"sid"`                 // the node, or the first of several
	IDs               []string `json:"sids,omitempty"`      // several nodes
	SkipRebalance     bool     `json:"skip_rebalance"`      // do not move objects first
	RemoveUserData    bool     `json:"rm_user_data"`        // decommission: delete what is on the mountpaths
	KeepInitialConfig bool     `json:"keep_initial_config"` // decommission: without effect, it is always kept
	NoShutdown        bool     `json:"no_shutdown"`         // decommission: the node keeps running, out of the cluster
}

// Nodes returns the ids of all nodes that m names, each once.
func (m Membership) Nodes() []string {
	var ids []string
	for _, id := range append([]string{m.ID}, m.IDs...) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Joined is the answer to ActionJoinByAdmin.
type Joined struct {
	ID          string `json:"daemon_id"`
	RebalanceID string `json:"rebalance_id"` // "" when no objects move
}
