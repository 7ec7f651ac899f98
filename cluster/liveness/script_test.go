package liveness_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/config"
	"aistore/internal/transcript"
)

func TestTranscripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			transcript.Run(t, path, newScript().do)
		})
	}
}

// script is a primary, and nodes that send a keepalive every second and answer
// probes at once, unless a command has changed that. Its clock is that of every node.
type script struct {
	state   *cluster.State
	cfg     *config.Cluster
	now     liveness.Moment
	self    string
	tracker *liveness.Tracker
	nodes   map[string]*peer
	held    bool // what is decided is not written
	probes  bool // are shown
	out     strings.Builder
}

// peer is a node as it is.
type peer struct {
	next                liveness.Moment // keepalive
	mute, deaf, refuses bool            // sends no keepalives, answers no probes, refuses them
	takes               bool            // what is pushed to it, whatever else it does: each change of the map
	incarnation         uint64
	every               time.Duration // between keepalives, 0 is a second
	lease               liveness.Lease
	missed              liveness.Moment // when a probe that is not answered times out, 0 for none
	fenced              bool            // acknowledges what is pending
	version             int64           // of its map, 0 if it is the latest
}

func newScript() *script {
	cfg := config.Default()
	return &script{state: cluster.NewState(), cfg: &cfg, nodes: map[string]*peer{}}
}

func (s *script) do(command string, words []string) string {
	s.out.Reset()
	switch command {
	case "nodes":
		s.makeNodes(words)
	case "lead": // lead ID
		s.self = words[0]
		s.tracker = liveness.NewTracker(liveness.SettingsOf(s.cfg), words, s.state.Map, s.now)
	case "set": // set KEY VALUE
		cfg, err := config.Set(s.cfg, map[string]string{words[0]: words[1]})
		if err != nil {
			return err.Error()
		}
		s.cfg = cfg
		if s.tracker != nil {
			s.tracker.Configure(liveness.SettingsOf(cfg))
		}
	case "run":
		s.run(span(words[0]))
	case "stall": // the primary's process does not run
		s.now = s.now.Add(span(words[0]))
	case "hold", "release":
		s.held = command == "hold"
	case "probes":
		s.probes = words[0] == "on"
	default:
		return s.about(command, words)
	}
	return s.out.String()
}

// about runs the commands about nodes.
func (s *script) about(command string, ids []string) string {
	for _, id := range ids {
		n := s.nodes[id]
		switch command {
		case "silence":
			n.mute, n.deaf = true, true
		case "mute": // its keepalives are lost, probes are answered
			n.mute = true
		case "dead": // nobody listens
			n.mute, n.deaf, n.refuses = true, true, true
		case "alive":
			n.mute, n.deaf, n.refuses, n.next = false, false, false, s.now
		case "restart":
			n.incarnation++
			n.mute, n.deaf, n.refuses, n.next = false, false, false, s.now
			n.lease.Revoke(s.now)
		case "takes":
			n.takes = true
		case "push":
			s.tracker.Took(id, s.now)
		case "doubt":
			s.tracker.Doubt(id)
		case "behind": // takes in no map from now on
			n.version = s.state.Map.Version()
		case "abreast":
			n.version = 0
		case "slow": // acknowledges nothing
			n.fenced = false
		case "health":
			s.print("%s is %s", id, s.tracker.Health(id))
		case "lease":
			s.describeLease(id, n)
		case "done":
			s.tracker.Done(id)
		case "join":
			s.apply(cluster.PutNode(describe(id)).Fenced())
			s.nodes[id] = &peer{next: s.now, incarnation: 1}
		case "leave":
			s.apply(cluster.RemoveNode(id).Fenced())
		case "maintenance":
			s.apply(cluster.SetFlags(id, wire.NodeMaintenance, 0).Fenced())
		case "stale": // a message of an older copy of the node
			s.print("%v", s.tracker.Heard(id, n.incarnation-1, s.now))
		case "stranger":
			s.print("%v", s.tracker.Heard(id, 1, s.now))
		case "early": // a keepalive that is answered on the word of an earlier check
			_, err := s.tracker.Grant(s.request(id, n), s.now-1)
			s.print("%v", err)
		case "ask":
			_, err := s.tracker.Grant(s.request(id, n), s.now)
			s.print("%v", err)
		case "fences": // acknowledges what is pending from now on
			n.fenced = true
		default:
			return "no such command"
		}
	}
	return s.out.String()
}

// makeNodes makes a cluster with a bucket, led by the first node.
func (s *script) makeNodes(ids []string) {
	s.apply(cluster.InitCluster("cluster1", "today", describe(ids[0]), s.cfg))
	for _, id := range ids {
		s.apply(cluster.PutNode(describe(id)))
		s.nodes[id] = &peer{incarnation: 1}
	}
	s.apply(cluster.CreateBucket(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, wire.DefaultProps(wire.ProviderAIS)))
}

func (s *script) apply(c cluster.Change) bool {
	next, err := s.state.Apply(c)
	if err != nil {
		s.print("%v", err)
		return false
	}
	s.state = next
	if s.tracker != nil {
		s.tracker.Follow(s.state.Map, s.now)
		for id, n := range s.nodes {
			if n.takes {
				s.tracker.Took(id, s.now)
			}
		}
	}
	return true
}

// run lets time pass, in steps of a quarter of a second.
func (s *script) run(d time.Duration) {
	for end := s.now.Add(d); s.now < end; {
		s.now = s.now.Add(250 * time.Millisecond)
		for _, id := range s.ids() {
			s.beat(id, s.nodes[id])
		}
		for _, decision := range s.tracker.Tick(s.now) {
			s.carryOut(decision)
		}
		s.fence()
	}
}

func (s *script) ids() []string {
	ids := make([]string, 0, len(s.nodes))
	for id := range s.nodes {
		if _, found := s.state.Map.Node(id); found {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// beat has a node do what its time has come for.
func (s *script) beat(id string, n *peer) {
	if n.missed != 0 && s.now >= n.missed {
		n.missed = 0
		s.tracker.Missed(id)
	}
	if s.now < n.next {
		return
	}
	n.next = n.next.Add(max(n.every, time.Second))
	if n.mute {
		return
	}
	if err := s.tracker.Heard(id, n.incarnation, s.now); err != nil {
		s.print("%v", err)
		return
	}
	if n.fenced {
		p, _ := s.state.Map.Pending()
		s.tracker.Acknowledge(id, p.Version())
	}
	if granted, err := s.tracker.Grant(s.request(id, n), s.now); err == nil {
		n.lease.Extend(s.now, granted, s.now)
	}
}

func (s *script) request(id string, n *peer) liveness.Request {
	version := n.version
	if version == 0 {
		version = s.state.Map.Version()
	}
	return liveness.Request{Node: id, Incarnation: n.incarnation, Map: version, Received: s.now}
}

func (s *script) carryOut(d liveness.Decision) {
	n := s.nodes[d.Node]
	switch d.Kind {
	case liveness.Probe:
		if s.probes {
			s.print("probe %s, wait %v", d.Node, d.Timeout)
		}
		s.probe(d, n)
		return
	case liveness.Suspect:
		s.print("suspect %s, silent for %v, %d missed", d.Node, d.Silent, d.Misses)
		return
	}
	s.print("%s %s", d.Kind, d.Node)
	if s.held {
		return
	}
	switch d.Kind {
	case liveness.MarkDown:
		s.apply(cluster.SetFlags(d.Node, wire.NodeDown, 0).Fenced())
	case liveness.MarkUp:
		s.apply(cluster.SetFlags(d.Node, 0, wire.NodeDown).Fenced())
	case liveness.Evict:
		s.apply(cluster.SetFlags(d.Node, wire.NodeDecommission, 0).Fenced())
	}
	s.tracker.Done(d.Node)
}

func (s *script) probe(d liveness.Decision, n *peer) {
	switch {
	case n.refuses:
		s.tracker.Missed(d.Node)
	case n.deaf:
		n.missed = s.now.Add(d.Timeout)
	default:
		_ = s.tracker.Answered(d.Node, n.incarnation, 10*time.Millisecond, s.now)
	}
}

// fence does what is due about the placement.
func (s *script) fence() {
	due, _ := s.tracker.Fence(s.state.Map, s.now)
	if due.Kind != "" && s.apply(due) {
		targets := strings.Join(s.state.Map.InForce().Targets(), " ")
		if p, is := s.state.Map.Pending(); is {
			targets = strings.Join(p.Targets(), " ")
		}
		s.print("%s: %s", due.Kind, targets)
	}
}

func (s *script) describeLease(id string, n *peer) {
	left := fmt.Sprintf("%v left", n.lease.Left(s.now))
	if !n.lease.Valid(s.now) {
		left = "none"
	}
	books := "may have one"
	if s.tracker.Expired(id, s.now) {
		books = "has none"
	}
	s.print("%s: lease: %s; the primary: it %s", id, left, books)
}

func (s *script) print(format string, arguments ...any) {
	fmt.Fprintf(&s.out, "%6s  %s\n", strconv.FormatFloat(time.Duration(s.now).Seconds(), 'f', 2, 64), fmt.Sprintf(format, arguments...))
}

func span(word string) time.Duration {
	d, err := time.ParseDuration(word)
	if err != nil {
		panic(err)
	}
	return d
}

// describe returns a node whose id begins with its type.
func describe(id string) *wire.Node {
	kind := wire.NodeTarget
	if strings.HasPrefix(id, "p") {
		kind = wire.NodeProxy
	}
	net := wire.NetInfo{Host: id, Port: "9080", URL: "http://" + id + ":9080"}
	return &wire.Node{ID: id, Type: kind, Public: net, Control: net, Data: net}
}
