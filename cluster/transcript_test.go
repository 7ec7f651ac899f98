package cluster_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
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
			s := &script{state: cluster.NewState(), known: map[string]cluster.Known{}, council: newCouncil(), fence: newFence()}
			transcript.Run(t, path, s.do)
		})
	}
}

// script is a cluster that commands change.
type script struct {
	state *cluster.State
	known map[string]cluster.Known // what the primary remembers
	*council
	fence *fence
}

func (s *script) do(command string, words []string) string {
	switch command {
	case "init":
		return s.change(cluster.InitCluster(words[0], "today", proxy(words[1]), defaults()))
	case "non-electable":
		n := proxy(words[0])
		n.Flags = wire.NodeNonElectable
		return s.change(cluster.PutNode(n))
	case "proxy", "target":
		return s.each(words, func(id string) cluster.Change { return cluster.PutNode(node(id, command)) })
	case "pair": // pair KIND ID HOST
		n := node(words[2], words[0])
		n.ID = words[1]
		return s.change(cluster.PutNode(n))
	case "remove":
		return s.each(words, cluster.RemoveNode)
	case "primary":
		return s.each(words, cluster.SetPrimary)
	case "maintenance":
		return s.each(words, func(id string) cluster.Change { return cluster.SetFlags(id, wire.NodeMaintenance, 0) })
	case "back":
		return s.each(words, func(id string) cluster.Change { return cluster.SetFlags(id, 0, wire.NodeMaintenance) })
	case "create":
		return s.each(words, func(name string) cluster.Change {
			b := parse(name)
			return cluster.CreateBucket(b, wire.DefaultProps(b.Provider))
		})
	case "destroy":
		return s.each(words, s.destroy)
	case "flag", "unflag", "join-fenced", "remove-fenced", "fence", "ack", "expire", "renew", "wait":
		return s.fenced(command, words)
	case "config":
		c := *s.state.Config
		return s.change(cluster.PutConfig(&c))
	case "level": // level VALUE: a configuration with that level of the log
		c := *s.state.Config
		c.Log.Level = words[0]
		return s.change(cluster.PutConfig(&c))
	case "lease": // lease DURATION: a configuration with leases of that time
		c := *s.state.Config
		if err := c.Timeout.Lease.UnmarshalText([]byte(words[0])); err != nil {
			return err.Error()
		}
		return s.change(cluster.PutConfig(&c))
	case "end-leases": // end-leases VERSION
		return s.change(cluster.EndLeases(int64(number(words[0]))))
	case "transient": // transient KEY=VALUE...
		values := map[string]string{}
		for _, word := range words {
			key, value, _ := strings.Cut(word, "=")
			values[key] = value
		}
		return s.change(cluster.SetTransient(values))
	case "end-transient":
		return s.change(cluster.EndTransient(words))
	case "withdraw": // withdraw maintenance|shutdown|decommission[,abandon][,wipe][,stay][,unsafe] ID...
		return s.withdraw(words[0], words[1:])
	case "restore":
		return s.propose(cluster.Restore(s.state, words))
	case "settled": // as if all objects had been moved
		return s.settle()
	case "owner":
		return s.owners(words)
	case "buckets":
		return s.buckets()
	}
	return s.rule(command, words)
}

// rule runs the commands that ask and change nothing.
func (s *script) rule(command string, words []string) string {
	switch command {
	case "known": // known ID INCARNATION [alive]
		s.known[words[0]] = cluster.Known{Incarnation: number(words[1]), Alive: len(words) > 2}
		return ""
	case "join": // join KIND ID HOST INCARNATION [UUID]
		n := node(words[2], words[0])
		n.ID = words[1]
		j := cluster.Joiner{Node: n, Incarnation: number(words[3]), UUID: strings.Join(words[4:], "")}
		return answer(cluster.CheckJoin(s.state, j, s.known[n.ID]))
	case "may-remove":
		return answer(cluster.CheckRemove(s.state, words[0]))
	case "departures":
		return s.departures()
	case "may-lead":
		return answer(cluster.CheckSetPrimary(s.state, words[0]))
	case "may-create":
		b := parse(words[0])
		props := wire.DefaultProps(b.Provider)
		return answer(cluster.CheckCreateBucket(s.state, b, &props))
	case "may-create-bad":
		b := parse(words[0])
		props := wire.DefaultProps(b.Provider)
		props.Durability = "perhaps"
		return answer(cluster.CheckCreateBucket(s.state, b, &props))
	case "may-use":
		_, err := cluster.CheckBucket(s.state, parse(words[0]))
		return answer(err)
	}
	return s.council.do(s.state.Map, command, words)
}

// each applies one change for each word, and returns what the last has made.
func (s *script) each(words []string, change func(string) cluster.Change) string {
	output := ""
	for _, word := range words {
		output = s.change(change(word))
	}
	return output
}

func (s *script) change(c cluster.Change) string {
	next, err := s.state.Apply(c)
	if err != nil {
		return answer(err)
	}
	before := *s.state
	s.state = next
	var changed []string
	if next.Map != before.Map {
		changed = append(changed, s.describeMap())
	}
	if next.Buckets != before.Buckets {
		changed = append(changed, fmt.Sprintf("buckets v%d: %d", next.Buckets.Version(), next.Buckets.Len()))
	}
	if next.Config != before.Config {
		changed = append(changed, fmt.Sprintf("configuration v%d of %s", next.Config.Version, next.Config.UUID))
		for _, key := range next.Transient.Below([]string{""}) {
			set := next.Transient[key]
			changed = append(changed, fmt.Sprintf("  until nodes restart: %s=%s since v%d", key, set.Value, set.Since))
		}
	}
	switch {
	case next.Leases == before.Leases:
	case next.Leases == cluster.LeaseBound{}:
		changed = append(changed, "no lease is longer")
	default:
		changed = append(changed, fmt.Sprintf("leases may be of %v, by v%d", next.LongestLease(), next.Leases.Since))
	}
	if len(changed) == 0 {
		return "nothing changes"
	}
	return strings.Join(changed, "\n")
}

func (s *script) destroy(name string) cluster.Change {
	b, found := s.state.Buckets.Get(parse(name))
	if !found {
		b = &cluster.Bucket{Bucket: parse(name), Props: new(wire.BucketProps)}
	}
	return cluster.RemoveBucket(b)
}

// describeMap returns the map in a line, and a line for each placement.
func (s *script) describeMap() string {
	m := s.state.Map
	var out strings.Builder
	fmt.Fprintf(&out, "map v%d:", m.Version())
	for _, n := range m.Proxies() {
		fmt.Fprintf(&out, " %s", n.ID)
		if n == m.Primary() {
			out.WriteByte('*')
		}
	}
	for i, p := range m.Placements() {
		word := "earlier"
		if i == 0 {
			word = "in force"
		}
		fmt.Fprintf(&out, "\n  %s since v%d: %s", word, p.Version(), list(p))
	}
	if p, is := s.state.Map.Pending(); is {
		fmt.Fprintf(&out, "\n  pending: %s", list(p))
	}
	return out.String()
}

func list(p cluster.Placement) string {
	if len(p.Targets()) == 0 {
		return "none"
	}
	return strings.Join(p.Targets(), " ")
}

func (s *script) owners(objects []string) string {
	var out strings.Builder
	for _, object := range objects {
		out.WriteString(object + ":")
		for _, n := range s.state.Map.Owners(cluster.Digest(wire.Bucket{Name: "b"}, object)) {
			out.WriteString(" " + n.ID)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func (s *script) buckets() string {
	var out strings.Builder
	for b := range s.state.Buckets.All() {
		fmt.Fprintf(&out, "%s id %d", b, b.ID()&^(1<<63))
		if b.ID()>>63 == 1 {
			out.WriteString(" of ais")
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func answer(err error) string {
	if err == nil {
		return "yes"
	}
	return err.Error()
}

func parse(name string) wire.Bucket {
	b, _, err := wire.ParseURI(name)
	if err != nil {
		b = wire.Bucket{Name: strings.TrimPrefix(name, "ais://"), Provider: wire.ProviderAIS}
	}
	return b
}

func number(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}
