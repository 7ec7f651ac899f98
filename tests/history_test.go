package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/internal/run"
)

// verb is what a client does to an object.
type verb int

const (
	doGet verb = iota
	doPut
	doPutIfAbsent
	doPutIfMatch
	doDelete // of what is there
	doRemove // of what may be there
)

func (v verb) String() string {
	return [...]string{"get", "put", "put if absent", "put if match", "delete", "remove"}[v]
}

// operation is what a client asks of one object. Writes are numbered; 0 is that
// there is no object.
type operation struct {
	verb   verb
	name   string
	write  uint64 // of puts
	expect uint64 // of doPutIfMatch: the write that the tag is of
}

// outcome is what it was told.
type outcome struct {
	done    bool   // it has happened; else a condition did not hold, or there was nothing to delete
	unknown bool   // nobody said; it may have happened, or happen yet
	write   uint64 // of doGet: what was there
}

// objectModel is one object, as clients may see it: a register.
func objectModel() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byName := map[string][]porcupine.Operation{}
			for _, o := range history {
				name := o.Input.(operation).name
				byName[name] = append(byName[name], o)
			}
			var parts [][]porcupine.Operation
			for _, part := range byName {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return uint64(0) },
		Step: func(state, input, output any) (bool, any) {
			return step(state.(uint64), input.(operation), output.(outcome))
		},
		DescribeOperation: func(input, output any) string {
			in, out := input.(operation), output.(outcome)
			return fmt.Sprintf("%s %s %d (%d): %+v", in.verb, in.name, in.write, in.expect, out)
		},
	}
}

func step(now uint64, in operation, out outcome) (ok bool, next uint64) {
	holds := true
	switch in.verb {
	case doGet:
		return out.write == now, now
	case doPutIfAbsent:
		holds = now == 0
	case doPutIfMatch:
		holds = now == in.expect
	case doDelete:
		holds = now != 0
	}
	if holds {
		next = in.write // 0 for a delete
	} else {
		next = now
	}
	return out.unknown || out.done == holds, next
}

// recorder keeps a history.
type recorder struct {
	timeline

	payloads sync.Mutex
	writes   uint64                  // guarded by payloads; the last number given
	sums     map[checksum.Sum]uint64 // guarded by payloads; write by checksum of its payload
}

// number gives the next write its payload.
func (r *recorder) number(name string) (write uint64, data string) {
	r.payloads.Lock()
	defer r.payloads.Unlock()
	r.writes++
	text := payload(name, r.writes, 200)
	r.sums[checksum.Of(checksum.XXHash2, text)] = r.writes
	return r.writes, string(text)
}

func (r *recorder) writeOf(sum checksum.Sum) uint64 {
	r.payloads.Lock()
	defer r.payloads.Unlock()
	return r.sums[sum]
}

// actor is one client in a history.
type actor struct {
	id       int
	cluster  *aistest.Cluster
	bucket   wire.Bucket
	names    []string
	doors    []string // URLs of gateways
	random   *rand.Rand
	recorder *recorder
	tags     map[string]tagged // last seen, by name
}

type tagged struct {
	tag   string
	write uint64
}

// act does things until ctx ends.
func (a *actor) act(ctx context.Context) error {
	for ctx.Err() == nil {
		err := a.one(ctx)
		var dial *net.OpError
		switch {
		case err == nil:
		case errors.As(err, &dial) || errors.Is(err, errNobody):
			restFor(ctx, 5*time.Millisecond)
		default:
			return err
		}
	}
	return nil
}

// errNobody says that what was asked has surely not been done.
var errNobody = errors.New("nobody was there")

// one does one thing. What surely has not happened is not recorded.
func (a *actor) one(ctx context.Context) error {
	in := operation{verb: verb(a.random.IntN(5)), name: a.names[a.random.IntN(len(a.names))]}
	r := request{method: http.MethodPut, header: http.Header{}}
	switch in.verb {
	case doGet:
		r.method = http.MethodGet
		if a.random.IntN(3) == 0 {
			return a.look(ctx, in)
		}
	case doDelete:
		r.method = http.MethodDelete
	case doPutIfAbsent:
		r.header.Set("If-None-Match", "*")
	case doPutIfMatch:
		seen, ok := a.tags[in.name]
		if !ok {
			return nil
		}
		in.expect = seen.write
		r.header.Set("If-Match", seen.tag)
	}
	if r.method == http.MethodPut {
		in.write, r.body = a.recorder.number(in.name)
	}
	called := a.recorder.now()
	answer, err := a.ask(ctx, in, r)
	out, err := a.outcome(in, answer, err)
	if err == nil {
		a.recorder.record(a.id, in, out, called, out.unknown)
	}
	return err
}

func (a *actor) ask(ctx context.Context, in operation, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patienceOfWriters)
	defer cancel()
	door := a.doors[a.random.IntN(len(a.doors))]
	return ask(ctx, a.cluster, door+objectPath(a.bucket, in.name)+r.path, r)
}

// look is a get by HEAD, which also learns the tag.
func (a *actor) look(ctx context.Context, in operation) error {
	called := a.recorder.now()
	answer, err := a.ask(ctx, in, request{method: http.MethodHead, path: "&props=etag,checksum"})
	if err != nil || answer.status >= 500 || answer.header.Get(wire.HeaderStale) != "" {
		return errNobody // a read changes nothing
	}
	out := outcome{done: true}
	if answer.status == http.StatusOK {
		sum, err := checksum.ParseSum(checksum.XXHash2, answer.header.Get(wire.HeaderChecksumValue))
		if err != nil {
			return err
		}
		out.write = a.recorder.writeOf(sum)
		a.tags[in.name] = tagged{tag: answer.header.Get("Etag"), write: out.write}
	}
	a.recorder.record(a.id, in, out, called, out.unknown)
	return nil
}

// outcome reads an answer.
func (a *actor) outcome(in operation, r answer, err error) (outcome, error) {
	switch {
	case isDial(err):
		return outcome{}, errNobody
	case err == nil && r.status == http.StatusServiceUnavailable && strings.Contains(r.body, errs.CodeNotNow):
		return outcome{}, errNobody // it says that nothing was done
	case in.verb == doGet && err == nil && r.header.Get(wire.HeaderStale) != "":
		return outcome{}, errNobody // it promises nothing
	case err != nil || r.status >= 500:
		if in.verb == doGet {
			return outcome{}, errNobody
		}
		return outcome{unknown: true}, nil
	case r.status == http.StatusOK && in.verb == doGet:
		write, err := checkPayload(in.name, []byte(r.body))
		return outcome{done: true, write: write}, err
	case r.status == http.StatusOK:
		return outcome{done: true}, nil
	case r.status == http.StatusNotFound && in.verb == doGet:
		return outcome{done: true}, nil
	case r.status == http.StatusNotFound && in.verb == doDelete, r.status == http.StatusPreconditionFailed:
		return outcome{}, nil
	}
	return outcome{}, fmt.Errorf("%s of %s: status %d: %s", in.verb, in.name, r.status, r.body)
}

// history runs clients on a few objects while nemesis works, and checks that
// what they saw can be explained by one order of all they did.
func history(t *testing.T, c *aistest.Cluster, nemesis func()) {
	t.Helper()
	const clients, rounds, perRound = 4, 3, 150
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	b := c.NewBucket(nil)
	names := []string{"a", "a/b", "c", "d"}
	var doors []string
	for _, n := range c.Proxies() {
		doors = append(doors, n.URL())
	}
	r := &recorder{timeline: newTimeline(), sums: map[checksum.Sum]uint64{}}
	ctx, stop := context.WithCancel(t.Context())
	var group run.Group
	defer group.Wait()
	defer stop()
	for id := range clients {
		a := &actor{
			id: id, cluster: c, bucket: b, names: names, doors: doors, recorder: r,
			random: rand.New(rand.NewPCG(seed, uint64(id))), tags: map[string]tagged{},
		}
		group.Go(func() {
			if err := a.act(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	for range rounds {
		r.await(t, perRound)
		nemesis()
	}
	r.await(t, perRound)
	stop()
	group.Wait()
	r.check(t, objectModel())
}

func TestHistoryWithKills(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	history(t, c, func() {
		victim := c.Target(rand.IntN(3))
		c.Kill(victim)
		c.Restart(victim)
	})
}

func TestHistoryWithPauses(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	history(t, c, func() {
		victim := c.Target(rand.IntN(2))
		c.Pause(victim)
		timer := time.After(2 * patienceOfWriters) // so that clients lose their patience
		<-timer
		c.Resume(victim)
		c.Settle()
	})
}

func TestHistoryWithJoins(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 3})
	history(t, c, func() { c.AddTarget() })
}

// TestHistoryWithMaintenance takes names from targets and gives them back, while
// each keeps what it has.
func TestHistoryWithMaintenance(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3})
	var away *aistest.Node
	history(t, c, func() {
		if away != nil {
			_, err := c.Client().StopMaintenance(t.Context(), wire.Membership{ID: away.ID()})
			check.NoError(t, err)
			c.Settle()
		}
		away = c.Target(rand.IntN(3))
		_, err := c.Client().StartMaintenance(t.Context(), wire.Membership{ID: away.ID(), SkipRebalance: true})
		check.NoError(t, err)
		c.Settle()
	})
}

// TestHistoryModelTellsTruthFromLies checks the checker.
func TestHistoryModelTellsTruthFromLies(t *testing.T) {
	t.Parallel()
	write := func(n uint64) operation { return operation{verb: doPut, name: "a", write: n} }
	read := operation{verb: doGet, name: "a"}
	at := func(call, end int64, in operation, out outcome) porcupine.Operation {
		return porcupine.Operation{Input: in, Output: out, Call: call, Return: end}
	}
	first, second := at(0, 1, write(1), outcome{done: true}), at(2, 3, write(2), outcome{done: true})
	lost := at(2, int64(time.Hour), write(2), outcome{unknown: true})
	for _, row := range []struct {
		name    string
		history []porcupine.Operation
		want    bool
	}{
		{"the last write is read", []porcupine.Operation{first, second, at(4, 5, read, outcome{write: 2})}, true},
		{"a lost update", []porcupine.Operation{first, second, at(4, 5, read, outcome{write: 1})}, false},
		{"back in time", []porcupine.Operation{first, lost, at(4, 5, read, outcome{write: 2}), at(6, 7, read, outcome{write: 1})}, false},
		{"an unknown write is seen later", []porcupine.Operation{first, lost, at(4, 5, read, outcome{write: 1}), at(6, 7, read, outcome{write: 2})}, true},
		{"created twice", []porcupine.Operation{
			at(0, 5, operation{verb: doPutIfAbsent, name: "a", write: 1}, outcome{done: true}),
			at(0, 5, operation{verb: doPutIfAbsent, name: "a", write: 2}, outcome{done: true}),
		}, false},
		{"matched an older tag", []porcupine.Operation{first, second, at(4, 5, operation{verb: doPutIfMatch, name: "a", write: 3, expect: 1}, outcome{done: true})}, false},
		{"deleted twice", []porcupine.Operation{
			first, at(2, 3, operation{verb: doDelete, name: "a"}, outcome{done: true}), at(4, 5, operation{verb: doDelete, name: "a"}, outcome{done: true}),
		}, false},
	} {
		check.Equal(t, fmt.Sprint(row.name, " ", porcupine.CheckOperations(objectModel(), row.history)), fmt.Sprint(row.name, " ", row.want))
	}
}
