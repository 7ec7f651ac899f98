package liveness_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/liveness"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/hrw"
)

// TestSimulation runs clusters of three or four proxies and five targets through
// pauses, cuts, restarts, lost disks and commands of administrators, with a calm
// every few minutes in which all has to become well: less than an hour of six
// clusters, with AIS_SOAK a day of each of two hundred, of which none begins when
// that is over. AIS_SEED repeats one.
func TestSimulation(t *testing.T) {
	soak, _ := time.ParseDuration(os.Getenv("AIS_SOAK"))
	first, clusters, length := uint64(0), uint64(6), 40*time.Minute
	if soak > 0 {
		first, clusters, length = 100, 200, 24*time.Hour
	}
	if text := os.Getenv("AIS_SEED"); text != "" {
		var err error
		first, err = strconv.ParseUint(text, 10, 64)
		check.NoError(t, err)
		clusters = 1
	}
	began := time.Now()
	for i := range clusters {
		t.Run(fmt.Sprint(first+i), func(t *testing.T) {
			t.Parallel()
			if soak > 0 && time.Since(began) > soak {
				t.Skip("the time that AIS_SOAK gives is over")
			}
			simulate(t, first+i, length)
		})
	}
}

func simulate(t *testing.T, seed uint64, d time.Duration) {
	w := newWorld(t, seed)
	for w.now < d && !t.Failed() {
		storm := w.now + w.between(time.Minute, 10*time.Minute)
		w.quiet = false
		w.disturb(storm)
		w.happen(storm)
		w.happen(w.now + 2*time.Minute) // until the last cut has ended
		w.heal()
		w.happen(w.now + w.calm())
		if !t.Failed() {
			w.checkCalm()
		}
	}
	t.Logf("%v: %+v", w.now, w.count)
	if w.count.Unfounded > 3+3*int(w.now/time.Hour) {
		t.Errorf("%d suspicions without a reason", w.count.Unfounded)
	}
	if c := w.count; c.Elections == 0 || c.MarkedDown == 0 || c.Committed == 0 || c.VoterSteps == 0 || c.Calms == 0 {
		t.Error("nothing has happened")
	}
}

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), cuts: map[[2]*member]bool{},
	}
	w.history = history{w: w, reached: map[*leadership]map[string]time.Duration{}, writers: map[uint64]writer{}}
	cfg := config.Default()
	w.settings = liveness.SettingsOf(&cfg)
	if seed%4 == 3 {
		w.settings.EvictAfter = 45 * time.Second
	}
	for i := range 3 + seed%2 {
		w.newMember(fmt.Sprintf("proxy%03d", i), true)
	}
	for i := range 5 {
		w.newMember(fmt.Sprintf("target%02d", i), false)
	}
	for i := range uint64(6) {
		w.digests = append(w.digests, hrw.Mix(i))
	}
	w.found(&cfg)
	w.check()
	return w
}

// found makes a cluster of the first proxy; the others join.
func (w *world) found(cfg *config.Cluster) {
	first := w.members[0]
	state := cluster.NewState()
	for _, c := range []cluster.Change{
		cluster.InitCluster("cluster1", "today", first.node(), cfg),
		cluster.CreateBucket(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, wire.DefaultProps(wire.ProviderAIS)),
	} {
		state, _ = state.Apply(c)
	}
	first.state = state
	w.log = &log{
		w: w, state: state, index: 1, term: 0, leader: first,
		voters: []string{first.logID}, has: map[string]uint64{first.logID: 1},
	}
	for _, m := range w.members {
		m.start()
	}
	w.log.elect(first)
	w.log.watch()
}

// seats returns how many voters there are to be.
func (w *world) seats() int { return 3 + 2*int(w.seed%3/2) }

// calm returns how long it takes until all is well: a lease, and what comes of it.
func (w *world) calm() time.Duration { return 90 * time.Second }
