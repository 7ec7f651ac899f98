package liveness_test

import (
	"fmt"
	"testing"
	"time"

	"aistore/cluster/liveness"
	"aistore/config"
	"aistore/internal/check"
)

func TestLeaseRunsFromWhatWasSent(t *testing.T) {
	t.Parallel()
	const second = liveness.Moment(time.Second)
	var l liveness.Lease
	check.Equal(t, l.Valid(0), false)

	l.Extend(5*second, 10*time.Second, 6*second)
	check.Equal(t, l.Left(9*second), 6*time.Second)
	check.Equal(t, l.Valid(15*second-1), true)
	check.Equal(t, l.Valid(15*second), false)

	l.Extend(4*second, 10*time.Second, 7*second) // an answer that was overtaken
	l.Extend(6*second, 2*time.Second, 7*second)  // leases have become shorter
	check.Equal(t, l.Left(9*second), 6*time.Second)

	l.Revoke(9 * second)
	check.Equal(t, l.Valid(9*second), false)
	l.Extend(9*second-1, 10*time.Second, 9*second) // asked before
	check.Equal(t, l.Valid(9*second), false)
	l.Extend(9*second, 10*time.Second, 9*second)
	check.Equal(t, l.Valid(10*second), true)
}

func TestALeaseThatHasRunOutBeginsAnew(t *testing.T) {
	t.Parallel()
	const second = liveness.Moment(time.Second)
	var l liveness.Lease
	term := func(now liveness.Moment) string {
		n, valid := l.Term(now)
		return fmt.Sprint(n, valid)
	}
	check.Equal(t, term(0), "0 false")
	l.Extend(0, 10*time.Second, 1*second)
	check.Equal(t, term(1*second), "1 true")
	l.Extend(5*second, 10*time.Second, 6*second)
	check.Equal(t, term(12*second), "1 true")
	// The answer to a keepalive that was sent in time comes when it is over.
	l.Extend(14*second, 10*time.Second, 15*second)
	check.Equal(t, term(15*second), "2 true")
	l.Revoke(16 * second)
	check.Equal(t, term(16*second), "2 false")
	l.Extend(16*second, 10*time.Second, 17*second)
	check.Equal(t, term(17*second), "3 true")
}

func TestTimeoutFollowsTheNode(t *testing.T) {
	t.Parallel()
	const longest = 4 * time.Second
	var r liveness.RoundTrip
	check.Equal(t, r.Timeout(longest), longest)
	for range 100 {
		r.Observe(time.Millisecond)
	}
	check.Equal(t, r.Timeout(longest), time.Second)
	check.Equal(t, r.Timeout(100*time.Millisecond), 100*time.Millisecond)
	r.Miss()
	check.Equal(t, r.Timeout(longest), 2*time.Second)
	for range 100 {
		r.Miss()
	}
	check.Equal(t, r.Timeout(longest), longest)
	for range 100 {
		r.Observe(1500 * time.Millisecond)
	}
	if got := r.Timeout(longest); got < 1500*time.Millisecond || got > 1600*time.Millisecond {
		t.Errorf("a node that takes 1.5 s gets %v", got)
	}
}

func TestAverageRhythmBearsWithSlowNodes(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Keepalive.Target.Name = "average"
	state := newScript()
	state.cfg = &c
	state.makeNodes([]string{"proxy001", "target01"})
	state.do("lead", []string{"proxy001"})
	n := state.nodes["target01"]
	n.every = 4 * time.Second
	state.run(3 * time.Minute)
	state.out.Reset()
	n.mute, n.deaf = true, true
	state.run(3 * time.Second) // with the answers to probes the mean is two
	check.Equal(t, state.out.String(), "")
	state.run(3 * time.Second)
	check.Contains(t, state.out.String(), "suspect target01")
}
