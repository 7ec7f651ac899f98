package tests

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// TestModel does random things to a cluster, one after the other, and compares
// it with what a map of objects says: in virtual time, or fewer things to processes
// with AISTEST_MODE=process. AIS_SEED repeats a run, AIS_STEPS is the length of each
// of the three.
func TestModel(t *testing.T) {
	t.Parallel()
	const runs = 3
	steps, restarts, start := 1700, 5, aistest.Virtual
	if underRace {
		steps = 100
	}
	if os.Getenv("AISTEST_MODE") != "" {
		steps, restarts, start = 50, 1, func(t *testing.T, o aistest.Options, test func(*testing.T, *aistest.Cluster)) {
			test(t, aistest.Start(t, o))
		}
	}
	steps = number(t, "AIS_STEPS", steps)
	seed := seed(t)
	t.Logf("AIS_SEED=%d", seed)
	for i := range uint64(runs) {
		t.Run(strconv.FormatUint(i, 10), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, i))
			o := aistest.Options{Proxies: 1 + random.IntN(2), Targets: 1 + random.IntN(3), Mountpaths: 1 + random.IntN(3)}
			if i == runs-1 {
				o = aistest.Options{All: 2}
			}
			start(t, o, func(t *testing.T, c *aistest.Cluster) {
				m := &model{t: t, c: c, random: random, restarts: restarts}
				for step := range steps {
					m.step()
					if step%5000 == 4999 {
						t.Logf("%d steps", step+1)
					}
				}
				m.checkAll()
			})
		})
	}
}

// model is a cluster beside what must be in it.
type model struct {
	t        *testing.T
	c        *aistest.Cluster
	random   *rand.Rand
	restarts int // of 100 steps; of processes they take most of the time
	shelves  []*shelf
	joins    int
}

func (m *model) step() {
	m.t.Helper()
	if len(m.shelves) == 0 {
		m.create()
		return
	}
	s := m.shelves[m.random.IntN(len(m.shelves))]
	switch n := m.random.IntN(100); {
	case n < 30:
		s.put(m.t, m.c, m.name(), m.size())
	case n < 36:
		m.upload(s)
	case n < 40:
		m.append(s)
	case n < 45:
		m.copy(s, m.shelves[m.random.IntN(len(m.shelves))])
	case n < 49:
		m.rename(s)
	case n < 53:
		m.setCustom(s)
	case n < 67:
		m.remove(s)
	case n < 87:
		m.look(s)
	case n < 88:
		s.check(m.t, m.c)
	case n < 90:
		m.create()
	case n < 91:
		m.destroy()
	case n < 91+m.restarts:
		m.restart()
	case n < 93+m.restarts && m.joins < 2:
		m.joins++
		m.c.AddTarget()
	default:
		m.list(s)
	}
}

// name is one of few, many of which are in each other's way.
func (m *model) name() string {
	parts := []string{"a", "b", "a%", "c d", "é"}
	name := parts[m.random.IntN(len(parts))]
	for range m.random.IntN(3) {
		name += "/" + parts[m.random.IntN(len(parts))]
	}
	return name
}

func (m *model) size() int {
	return []int{0, 100, 1000, 64 << 10, 65 << 10, 300 << 10}[m.random.IntN(6)]
}

func (m *model) create() {
	if len(m.shelves) < 3 {
		m.shelves = append(m.shelves, newShelf(m.t, m.c))
	}
}

func (m *model) destroy() {
	i := m.random.IntN(len(m.shelves))
	s := m.shelves[i]
	check.NoError(m.t, m.c.Client().DestroyBucket(m.t.Context(), s.bucket))
	_, err := m.c.Client().HeadBucket(m.t.Context(), s.bucket)
	check.ErrorIs(m.t, err, errs.NotFound)
	if m.random.IntN(2) == 0 { // one of the same name
		check.NoError(m.t, m.c.Client().CreateBucket(m.t.Context(), s.bucket, nil))
		gone := s.gone
		for name := range s.objects {
			gone[name] = true
		}
		m.shelves[i] = &shelf{bucket: s.bucket, objects: map[string]stored{}, gone: gone, writes: s.writes}
		return
	}
	m.shelves = slices.Delete(m.shelves, i, i+1)
}

func (m *model) remove(s *shelf) {
	name := m.name()
	if _, there := s.objects[name]; there {
		s.remove(m.t, m.c, name)
		return
	}
	check.ErrorIs(m.t, m.c.Client().Delete(m.t.Context(), s.bucket, name), errs.NotFound)
}

func (m *model) look(s *shelf) {
	name := m.name()
	if _, there := s.objects[name]; there {
		s.look(m.t, m.c, name)
		return
	}
	missing(m.t, m.c, s.bucket, name)
}

func (m *model) list(s *shelf) {
	letters := []rune(m.name())
	prefix := string(letters[:m.random.IntN(len(letters)+1)])
	after := m.name()
	var want []string
	for _, name := range s.names() {
		if name > after && len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			want = append(want, name)
		}
	}
	o := api.ListOptions{Prefix: prefix, StartAfter: after, PageSize: 1 + m.random.IntN(7)}
	check.Equal(m.t, fmt.Sprintf("%+v: %q", o, list(m.t, m.c, s.bucket, o)), fmt.Sprintf("%+v: %q", o, want))
}

// restart ends some nodes, cleanly or not, and starts them again.
func (m *model) restart() {
	nodes := m.c.Nodes()
	m.random.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	nodes = nodes[:1+m.random.IntN(len(nodes))]
	if m.random.IntN(2) == 0 {
		m.c.Kill(nodes...)
	} else {
		m.c.Stop(nodes...)
	}
	m.c.Restart(nodes...)
}

func (m *model) checkAll() {
	m.t.Helper()
	for _, s := range m.shelves {
		s.check(m.t, m.c)
	}
	buckets := map[string]bool{}
	for _, s := range m.shelves {
		buckets[s.bucket.String()] = true
	}
	listed, err := m.c.Client().ListBuckets(m.t.Context(), wire.Bucket{})
	check.NoError(m.t, err)
	there := map[string]bool{}
	for _, b := range listed {
		there[b.String()] = true
	}
	check.Equal(m.t, there, buckets)
}
