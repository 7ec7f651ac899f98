package liveness

import (
	"time"

	"aistore/config"
)

// Settings say how long things take. They are constant for a [Tracker] until
// [Tracker.Configure].
type Settings struct {
	Proxy, Target Rhythm
	Misses        int           // in a row, and a node is suspected
	Lease         time.Duration // a target may write so long after it has sent a keepalive that was answered
	Longest       time.Duration // of the leases that earlier primaries may have granted; less than Lease is Lease
	EvictAfter    time.Duration // a target silent so long loses its place; 0 is never
	Deadline      time.Duration // for targets to acknowledge a pending placement
	MaxTimeout    time.Duration // for the answer to a probe, at most
	Tick          time.Duration // Tracker.Tick is called so often
}

// Rhythm says how often nodes of one type are heard.
type Rhythm struct {
	Interval time.Duration // between keepalives
	Factor   int           // silent for so many intervals is suspect
	Average  bool          // an interval is what it has been lately, if that is longer
}

// maxTick keeps decisions timely when keepalives are rare.
const maxTick = 250 * time.Millisecond

// SettingsOf returns the settings of a cluster's configuration.
func SettingsOf(c *config.Cluster) Settings {
	s := Settings{
		Proxy:      rhythmOf(c.Keepalive.Proxy),
		Target:     rhythmOf(c.Keepalive.Target),
		Misses:     c.Keepalive.Retries,
		Lease:      time.Duration(c.Timeout.Lease),
		EvictAfter: time.Duration(c.Rebalance.EvictAfter),
		Deadline:   time.Duration(c.Timeout.ControlPlane),
		MaxTimeout: time.Duration(c.Timeout.MaxKeepalive),
	}
	s.Tick = min(s.Proxy.Interval/4, s.Target.Interval/4, maxTick)
	return s
}

func rhythmOf(k config.KeepaliveOf) Rhythm {
	return Rhythm{Interval: time.Duration(k.Interval), Factor: k.Factor, Average: k.Name == "average"}
}

// pace returns how often to expect a message of a node whose messages came with
// that mean gap lately.
func (r Rhythm) pace(gap time.Duration) time.Duration {
	if r.Average {
		return max(r.Interval, gap)
	}
	return r.Interval
}

// silence returns how long that node may be silent: never longer than a lease.
func (r Rhythm) silence(gap, lease time.Duration) time.Duration {
	return min(r.pace(gap)*time.Duration(r.Factor), lease)
}
