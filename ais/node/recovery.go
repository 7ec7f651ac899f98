package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/errs"
	"aistore/internal/jsonfile"
	"aistore/internal/run"
)

// PathRemains is where a node says what it has of the metadata.
const PathRemains = "/v1/metadata"

// queryState asks for the metadata themselves.
const queryState = "state"

// Bounds of a recovery.
const (
	remainsTimeout = 2 * time.Second // for a node to say what it has
	remainsAtOnce  = 32
)

// Remains are what a node has of the cluster's metadata, committed or not.
type Remains struct {
	UUID     string           `json:"uuid"`
	Position cluster.Position `json:"position"`
	Buckets  int              `json:"buckets"`
	Log      string           `json:"log"`             // id of its log
	Leads    bool             `json:"leads"`           // it leads the log
	Voters   []string         `json:"voters"`          // logs that vote, as far as it knows
	State    []byte           `json:"state,omitempty"` // as cluster.State.Encode writes it
}

// sendRemains is the handler of PathRemains.
func (c *Core) sendRemains(w http.ResponseWriter, r *http.Request) error {
	remains, state, err := c.Meta.remains()
	if err != nil {
		return err
	}
	if rest.QueryOf(r).Bool(queryState) {
		if remains.State, err = state.Encode(); err != nil {
			return err
		}
	}
	return rest.JSON(w, remains)
}

// remains are those of this node.
func (m *Metadata) remains() (*Remains, *cluster.State, error) {
	state, err := m.log.Newest()
	if err != nil {
		return nil, nil, err
	}
	if !m.lacks(state.Position) {
		state = m.State()
	}
	members, err := m.log.Members()
	if err != nil {
		return nil, nil, err
	}
	remains := &Remains{
		UUID: state.Map.UUID(), Position: state.Position, Buckets: state.Buckets.Len(),
		Log: m.log.RaftID(), Leads: m.log.IsLeader(), Voters: []string{},
	}
	for _, one := range members {
		if one.Votes {
			remains.Voters = append(remains.Voters, one.ID)
		}
	}
	return remains, state, nil
}

// AnswerRecovery is PUT of the wish that the cluster goes on without the majority,
// with this gateway or with an empty one.
func (c *Core) AnswerRecovery(w http.ResponseWriter, r *http.Request) error {
	var request wire.RecoveryRequest
	if err := rest.Decode(w, r, &request); err != nil {
		return err
	}
	report, err := c.recovery(r.Context(), &request)
	if err != nil {
		return err
	}
	return rest.JSON(w, report)
}

func (c *Core) recovery(ctx context.Context, r *wire.RecoveryRequest) (*wire.Recovery, error) {
	switch {
	case r.DryRun:
		_, report, err := c.examine(ctx, r.Gateway)
		return report, err
	case r.Gateway != "":
		return c.Bequeath(ctx, r.Gateway)
	}
	return c.Recover(ctx)
}

// examine says what is left of the cluster, and what Recover would do, or with heir
// Bequeath to the gateway at that URL.
func (c *Core) examine(ctx context.Context, heir string) (*survey, *wire.Recovery, error) {
	found, err := c.survey(ctx)
	if err != nil {
		return nil, nil, errs.E("node.Survey", c.Identity.ID, "", err)
	}
	report := found.report()
	switch left := found.gateway(); {
	case heir != "" && left != "":
		report.Problem = fmt.Sprintf("gateway %s is left: let that one go on (ais cluster recover, with it as endpoint)", left)
	case heir != "":
	case !c.electable && left != "":
		report.Problem = fmt.Sprintf("this node cannot lead: ask a gateway that can, %s", left)
	case !c.electable:
		report.Problem = "this node cannot lead, and no gateway is left that can: start an empty one, with -standby, and name it (--gateway HOST:PORT)"
	case !c.Meta.State().Initialized():
		report.Problem = "this gateway has never been in a cluster"
	}
	return found, report, nil
}

// salvage is examine where nothing forbids to go on, and the newest state that was
// found.
func (c *Core) salvage(ctx context.Context, op, heir string) (*survey, *wire.Recovery, *cluster.State, error) {
	found, report, err := c.examine(ctx, heir)
	if err != nil {
		return nil, nil, nil, err
	}
	if report.Problem != "" {
		return nil, nil, nil, problem(op, c.Identity.ID, report.Problem)
	}
	state, err := c.fetch(ctx, found.newest())
	if err != nil {
		return nil, nil, nil, errs.E(op, report.Newest, "", err)
	}
	return found, report, state, nil
}

// Recover makes this gateway the primary of a cluster that has lost the majority
// of its voters for good: it goes on with the newest metadata that any node has
// which answers. The node starts anew for that. If the lost nodes come back with
// what they had, there are two clusters. Errors: Conflict (there is nothing to
// recover, or this node cannot lead), Unavailable.
func (c *Core) Recover(ctx context.Context) (*wire.Recovery, error) {
	const op = "node.Recover"
	_, report, state, err := c.salvage(ctx, op, "")
	if err != nil {
		return nil, err
	}
	if err := c.saveRecovery(state); err != nil {
		return nil, errs.E(op, c.Config.ConfDir, "", err)
	}
	c.Log.Error("recovering: this node goes on as the primary, without the majority", "position", state.Position.String(),
		"from", report.Newest, "voters", report.Voters, "answered", report.Answered)
	c.Dismissal.Restart()
	report.Restarts = true
	return report, nil
}

// survivor is one node in a survey.
type survivor struct {
	node    *wire.Node
	remains *Remains // nil if it does not answer
	err     error
}

// survey is what all nodes say that this one knows.
type survey struct {
	uuid  string
	nodes []survivor // this one first
}

// survey asks every node that this one knows.
func (c *Core) survey(ctx context.Context) (*survey, error) {
	mine, state, err := c.Meta.remains()
	if err != nil {
		return nil, err
	}
	s := &survey{uuid: mine.UUID, nodes: []survivor{{node: c.Nodes[0], remains: mine}}}
	var mu sync.Mutex
	others := slices.Concat(state.Map.Proxies(), state.Map.Targets())
	others = slices.DeleteFunc(others, func(n *wire.Node) bool { return n.Control.URL == c.Nodes[0].Control.URL })
	_ = run.Each(ctx, remainsAtOnce, others, func(ctx context.Context, n *wire.Node) error {
		asking, cancel := context.WithTimeout(ctx, remainsTimeout)
		defer cancel()
		remains, err := c.Peers.Remains(asking, n)
		if err == nil && remains.UUID != mine.UUID {
			remains, err = nil, errs.E("", "", errs.Conflict, errors.New("it belongs to another cluster"))
		}
		mu.Lock()
		defer mu.Unlock()
		s.nodes = append(s.nodes, survivor{n, remains, err})
		return nil
	})
	slices.SortFunc(s.nodes[1:], func(a, b survivor) int { return slices.Index(others, a.node) - slices.Index(others, b.node) })
	return s, ctx.Err()
}

// newest is the node with the newest metadata; this one if no other has newer.
func (s *survey) newest() survivor {
	best := s.nodes[0]
	for _, n := range s.nodes[1:] {
		if n.remains != nil && n.remains.Position.Compare(best.remains.Position) > 0 {
			best = n
		}
	}
	return best
}

// gateway is the id of a gateway that answers and can lead, "" if there is none.
func (s *survey) gateway() string {
	for _, n := range s.nodes {
		if n.remains != nil && canLead(n.node) {
			return n.node.ID
		}
	}
	return ""
}

func canLead(n *wire.Node) bool { return n.IsProxy() && !n.Has(wire.NodeNonElectable) }

// voters are the logs that vote, as the newest one says that knows any.
func (s *survey) voters() []string {
	var voters []string
	var at cluster.Position
	for _, n := range s.nodes {
		if n.remains != nil && len(n.remains.Voters) > 0 && (voters == nil || n.remains.Position.Compare(at) > 0) {
			voters, at = n.remains.Voters, n.remains.Position
		}
	}
	return voters
}

// report says what was found, and whether the cluster needs to be recovered.
func (s *survey) report() *wire.Recovery {
	voters := s.voters()
	r := &wire.Recovery{UUID: s.uuid, Newest: s.newest().node.ID, Voters: len(voters)}
	elects := false
	for _, n := range s.nodes {
		one := wire.Survivor{ID: n.node.ID, Type: n.node.Type, Answers: n.remains != nil}
		if n.remains == nil {
			one.Error = "does not answer"
			if !errors.Is(n.err, errs.Unavailable) {
				one.Error = errs.PublicOf(n.err)
			}
		} else {
			one.Position, one.Buckets = n.remains.Position.String(), n.remains.Buckets
			one.Votes = slices.Contains(voters, n.remains.Log)
			elects = elects || one.Votes && canLead(n.node)
			if n.remains.Leads && canLead(n.node) {
				r.Problem = fmt.Sprintf("there is a primary, %s: nothing has to be recovered", n.node.ID)
			}
		}
		if one.Votes {
			r.Answered++
		}
		r.Nodes = append(r.Nodes, one)
	}
	if r.Problem == "" && elects && 2*r.Answered > r.Voters {
		r.Problem = fmt.Sprintf("%d of %d voters answer, which is a majority: they elect a primary by themselves within seconds", r.Answered, r.Voters)
	}
	return r
}

// fetch gets the metadata of a node.
func (c *Core) fetch(ctx context.Context, from survivor) (*cluster.State, error) {
	mine, state, err := c.Meta.remains()
	if err != nil || mine.Log == from.remains.Log {
		return state, err
	}
	remains, err := c.Peers.RemainsWithState(ctx, from.node)
	if err != nil {
		return nil, err
	}
	return cluster.DecodeState(remains.State)
}

// recoveryFormat is the format of recovery.json.
const recoveryFormat = 1

// recovery is what the node goes on with at its next start.
type recovery struct {
	State []byte `json:"state"` // as cluster.State.Encode writes it
}

func (c *Core) recoveryPath() string { return filepath.Join(c.Config.ConfDir, "recovery.json") }

func (c *Core) saveRecovery(s *cluster.State) error {
	data, err := s.Encode()
	if err != nil {
		return err
	}
	return jsonfile.Save(jsonfile.OS{}, c.recoveryPath(), recoveryFormat, recovery{State: data})
}

// finishRecovery replaces the log if the node was told to go on without the
// majority.
func (c *Core) finishRecovery(o quorum.Options) error {
	const op = "node.recover"
	var saved recovery
	_, err := jsonfile.Load(jsonfile.OS{}, c.recoveryPath(), recoveryFormat, &saved)
	switch {
	case errors.Is(err, errs.NotFound):
		return nil
	case err != nil:
		return errs.E(op, c.recoveryPath(), "", err)
	}
	state, err := cluster.DecodeState(saved.State)
	if err == nil {
		err = quorum.Recover(o, state)
	}
	if err == nil {
		err = os.Remove(c.recoveryPath())
	}
	if err == nil {
		err = (jsonfile.OS{}).SyncDir(c.Config.ConfDir)
	}
	if err != nil {
		return errs.E(op, c.recoveryPath(), "", err)
	}
	c.Log.Error("goes on without the majority: nodes that were lost must not come back with what they had", "uuid", state.Map.UUID())
	return nil
}
