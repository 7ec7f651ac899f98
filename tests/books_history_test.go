package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/internal/jsonx"
	"aistore/internal/run"
)

// change is what a client asks of the cluster's books. Values are numbered; they
// stand in a property of a bucket, or in a setting of the cluster.
type change struct {
	verb   changeVerb
	bucket string // "" is the configuration
	value  int    // of create, set
}

type changeVerb string

const (
	create  changeVerb = "create"
	destroy changeVerb = "destroy"
	set     changeVerb = "set"
	look    changeVerb = "look" // by ?consistent=true
)

// told is what it was told.
type told struct {
	done    bool // it has happened; else there was a bucket already, or none
	unknown bool // nobody said; it may have happened, or happen yet
	value   int  // of look; 0 is no bucket
}

// booksModel is a bucket, or the configuration, as a register; 0 is no bucket.
func booksModel() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byBucket := map[string][]porcupine.Operation{}
			for _, o := range history {
				name := o.Input.(change).bucket
				byBucket[name] = append(byBucket[name], o)
			}
			var parts [][]porcupine.Operation
			for _, part := range byBucket {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return 0 },
		Step: func(state, input, output any) (bool, any) {
			return stepBooks(state.(int), input.(change), output.(told))
		},
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("%+v: %+v", input, output)
		},
	}
}

func stepBooks(now int, in change, out told) (ok bool, next int) {
	holds, next := now != 0, in.value
	switch in.verb {
	case look:
		return out.value == now, now
	case create:
		holds = now == 0
	case destroy:
		next = 0
	case set:
		holds = holds || in.bucket == ""
	}
	if !holds {
		next = now
	}
	return out.unknown || out.done == holds, next
}

// books keeps the history of the clients of one cluster.
type books struct {
	timeline
	cluster *aistest.Cluster
	doors   []string // URLs of gateways

	choice sync.Mutex
	number int            // guarded by choice; the last given
	names  []string       // guarded by choice; of the buckets in play
	doubts map[string]int // guarded by choice; unknown outcomes by bucket
}

// maxDoubts is how many outcomes of one bucket may be unknown: the checker tries
// all their orders. Then another bucket takes its place.
const maxDoubts = 6

func newBooks(c *aistest.Cluster) *books {
	b := &books{timeline: newTimeline(), cluster: c, number: 1000, doubts: map[string]int{}} // beyond the defaults
	for _, n := range c.Proxies() {
		b.doors = append(b.doors, n.URL())
	}
	for range 3 {
		b.replace(len(b.names))
	}
	return b
}

func (b *books) replace(i int) {
	b.number++
	name := "books-" + strconv.Itoa(b.number)
	if i == len(b.names) {
		b.names = append(b.names, name)
	} else {
		b.names[i] = name
	}
}

// pick chooses what to do next.
func (b *books) pick(random *rand.Rand) change {
	b.choice.Lock()
	defer b.choice.Unlock()
	b.number++
	in := change{verb: []changeVerb{create, destroy, set, look, look}[random.IntN(5)], value: b.number}
	i := random.IntN(len(b.names) + 1)
	switch {
	case i < len(b.names):
		in.bucket = b.names[i]
	case b.doubts[""] >= maxDoubts:
		in.verb = look
	case in.verb != look:
		in.verb = set
	}
	if in.verb == look || in.verb == destroy {
		in.value = 0
	}
	return in
}

// doubt says that nobody knows what has become of a change.
func (b *books) doubt(in change) {
	b.choice.Lock()
	defer b.choice.Unlock()
	b.doubts[in.bucket]++
	for i, name := range b.names {
		if name == in.bucket && b.doubts[name] >= maxDoubts {
			b.replace(i)
		}
	}
}

// clerk is one client.
type clerk struct {
	id     int
	books  *books
	random *rand.Rand
	seen   map[string]int64 // version of the buckets last seen, by gateway
}

// work asks random gateways until ctx ends.
func (c *clerk) work(ctx context.Context) error {
	for ctx.Err() == nil {
		door := c.books.doors[c.random.IntN(len(c.books.doors))]
		var err error
		if c.random.IntN(4) == 0 {
			err = c.peek(ctx, door)
		} else {
			err = c.one(ctx, door)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// peek is a plain read: at one gateway it never goes back.
func (c *clerk) peek(ctx context.Context, door string) error {
	a, err := c.ask(ctx, door, request{path: wire.PathDaemon + "?what=bmd"})
	if err != nil || a.status != http.StatusOK {
		restFor(ctx, 20*time.Millisecond)
		return nil // a gateway that does not answer tells nothing
	}
	var now struct {
		Version string `json:"version"`
	}
	if err := jsonx.Unmarshal([]byte(a.body), &now); err != nil {
		return err
	}
	version, err := strconv.ParseInt(now.Version, 10, 64)
	if err != nil {
		return err
	}
	if version < c.seen[door] {
		return fmt.Errorf("the buckets of %s went back from version %d to %d", door, c.seen[door], version)
	}
	c.seen[door] = version
	return nil
}

// one makes a change or looks. What surely has not happened is not recorded.
func (c *clerk) one(ctx context.Context, door string) error {
	in := c.books.pick(c.random)
	called := c.books.now()
	a, err := c.ask(ctx, door, in.request())
	var out told
	switch {
	case isDial(err), err == nil && strings.Contains(a.body, "nothing was changed"):
		restFor(ctx, 20*time.Millisecond)
		return nil
	case err != nil, a.status >= 500:
		if in.verb == look {
			restFor(ctx, 20*time.Millisecond)
			return nil
		}
		out.unknown = true
		c.books.doubt(in)
	case a.status == http.StatusOK:
		out.done = true
		if in.verb == look {
			if out.value, err = in.valueIn(a); err != nil {
				return err
			}
		}
	case a.status == http.StatusNotFound && in.verb != create, a.status == http.StatusConflict && in.verb == create:
	default:
		return fmt.Errorf("%+v: status %d: %s", in, a.status, a.body)
	}
	c.books.record(c.id, in, out, called, out.unknown)
	return nil
}

// isDial tells that there was nobody to send a request to.
func isDial(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
}

func (c *clerk) ask(ctx context.Context, door string, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patienceOfClerks)
	defer cancel()
	return ask(ctx, c.books.cluster, door+r.path, r)
}

const patienceOfClerks = 8 * time.Second

// request is the request for a change. The number is the setting
// mirror.burst_buffer, which changes nothing else here.
func (in change) request() request {
	props := `{"mirror":{"burst_buffer":` + strconv.Itoa(in.value) + `}}`
	switch path := bucketPath(wire.Bucket{Name: in.bucket, Provider: wire.ProviderAIS}); {
	case in.bucket == "" && in.verb == look:
		return request{path: wire.PathCluster + "?what=cluster_config&consistent=true"}
	case in.bucket == "":
		return request{method: http.MethodPut, path: wire.PathCluster + "/set-config?mirror.burst_buffer=" + strconv.Itoa(in.value)}
	case in.verb == create:
		return request{method: http.MethodPost, path: path, body: `{"action":"create-bck","value":` + props + `}`}
	case in.verb == destroy:
		return request{method: http.MethodDelete, path: path, body: `{"action":"destroy-bck"}`}
	case in.verb == set:
		return request{method: http.MethodPatch, path: path, body: `{"action":"set-bprops","value":` + props + `}`}
	default:
		return request{method: http.MethodHead, path: path + "&consistent=true"}
	}
}

// valueIn reads the number from an answer to look. The configuration begins with
// its default, which counts as 0.
func (in change) valueIn(a answer) (int, error) {
	text := a.header.Get(wire.HeaderBucketProps)
	if in.bucket == "" {
		text = a.body
	}
	var found struct {
		Mirror struct {
			BurstBuffer int `json:"burst_buffer"`
		} `json:"mirror"`
	}
	if err := jsonx.Unmarshal([]byte(text), &found); err != nil {
		return 0, fmt.Errorf("%s: %w", text, err)
	}
	if in.bucket == "" && found.Mirror.BurstBuffer == burstBuffer {
		return 0, nil
	}
	return found.Mirror.BurstBuffer, nil
}

// burstBuffer is the default of mirror.burst_buffer; no number in a history is
// as large.
const burstBuffer = 512

// keepBooks runs clients on the books of c while nemesis works, again and again
// until the time is over, and checks that what they were told can be explained
// by one order of all that was done.
func keepBooks(t *testing.T, c *aistest.Cluster, length time.Duration, nemesis func(random *rand.Rand)) {
	t.Helper()
	const clients = 4
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	b := newBooks(c)
	ctx, stop := context.WithCancel(t.Context())
	var group run.Group
	defer group.Wait()
	defer stop()
	for id := range clients {
		one := &clerk{id: id, books: b, random: rand.New(rand.NewPCG(seed, uint64(id))), seen: map[string]int64{}}
		group.Go(func() {
			if err := one.work(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	random := rand.New(rand.NewPCG(seed, clients))
	for time.Since(b.began) < length && !t.Failed() {
		b.await(t, 20)
		nemesis(random)
	}
	b.await(t, 20)
	stop()
	group.Wait()
	b.check(t, booksModel())
}

// TestBooksHistory is the guarantee that clients have for buckets and
// configuration, while processes die and hang, that of the primary among them.
func TestBooksHistory(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3, Targets: 2, Processes: true})
	c.AwaitVoters(5)
	keepBooks(t, c, soaked(20*time.Second), func(random *rand.Rand) {
		victim := anyNode(c, random)
		if random.IntN(2) == 0 {
			c.Kill(victim)
			c.Restart(victim)
			return
		}
		c.Pause(victim)
		wait(t, time.Duration(random.IntN(4000))*time.Millisecond)
		c.Resume(victim)
	})
}

// TestBooksHistoryWithCuts is the same while nodes cannot reach any other.
func TestBooksHistoryWithCuts(t *testing.T) {
	t.Parallel()
	keepBooksWithCuts(t, aistest.Options{Proxies: 3, Targets: 2})
}

// The same by the kernel's own network.
func TestBooksHistoryWithRealCuts(t *testing.T) {
	t.Parallel()
	keepBooksWithCuts(t, aistest.Options{Proxies: 3, Targets: 2, Namespaces: true})
}

func keepBooksWithCuts(t *testing.T, o aistest.Options) {
	t.Helper()
	c := aistest.Start(t, o)
	c.AwaitVoters(5)
	keepBooks(t, c, soaked(10*time.Second), func(random *rand.Rand) {
		victim := anyNode(c, random)
		isolate(c.Nodes(), victim, c.Cut)
		wait(t, time.Duration(random.IntN(4000))*time.Millisecond)
		isolate(c.Nodes(), victim, c.Heal)
	})
}

// anyNode returns the primary half of the time, else any node.
func anyNode(c *aistest.Cluster, random *rand.Rand) *aistest.Node {
	if random.IntN(2) == 0 {
		return c.Leader()
	}
	nodes := c.Nodes()
	return nodes[random.IntN(len(nodes))]
}

// soaked is how long a history is: usual, or what AIS_SOAK says.
func soaked(usual time.Duration) time.Duration {
	if d, err := time.ParseDuration(os.Getenv("AIS_SOAK")); err == nil {
		return d
	}
	return usual
}

// isolate does, both ways, what cuts or heals between a node and all others.
func isolate(nodes []*aistest.Node, victim *aistest.Node, do func(from, to *aistest.Node)) {
	for _, n := range nodes {
		if n != victim {
			do(victim, n)
			do(n, victim)
		}
	}
}

// wait is the length of a fault, not for a condition.
func wait(t *testing.T, d time.Duration) {
	select {
	case <-t.Context().Done():
	case <-time.After(d):
	}
}
