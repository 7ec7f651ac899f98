package config

import "aistore/internal/units"

// Keepalive says how nodes tell the primary that they are alive, and when it
// stops believing so.
type Keepalive struct {
	Proxy       KeepaliveOf `json:"proxy"`
	Target      KeepaliveOf `json:"target"`
	Retries     int         `json:"num_retries"`  // missed in a row before a node counts as silent
	RetryFactor int         `json:"retry_factor"` // kept for old configurations; has no effect
}

// KeepaliveOf is for the nodes of one type.
type KeepaliveOf struct {
	Name     string         `json:"name"`     // "heartbeat"
	Interval units.Duration `json:"interval"` // between two keepalives
	Factor   int            `json:"factor"`   // silent for this many intervals is suspect
}

// DefaultKeepalive returns one keepalive a second.
func DefaultKeepalive() Keepalive {
	each := KeepaliveOf{Name: "heartbeat", Interval: second, Factor: 2}
	return Keepalive{Proxy: each, Target: each, Retries: 3, RetryFactor: 4}
}

// Validate names what is wrong.
func (k Keepalive) Validate() error {
	if err := k.Proxy.validate("keepalivetracker.proxy"); err != nil {
		return err
	}
	if err := k.Target.validate("keepalivetracker.target"); err != nil {
		return err
	}
	return within(
		bound{"keepalivetracker.num_retries", int64(k.Retries), 1, 100},
		bound{"keepalivetracker.retry_factor", int64(k.RetryFactor), 1, 100},
	)
}

func (k KeepaliveOf) validate(key string) error {
	if err := oneOf(key+".name", k.Name, trackers()...); err != nil {
		return err
	}
	if err := lasting(span{key + ".interval", k.Interval, 10 * millisecond, hour}); err != nil {
		return err
	}
	return within(bound{key + ".factor", int64(k.Factor), 1, 100})
}
