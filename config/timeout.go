package config

import "aistore/internal/units"

// Timeout says how long things may take.
type Timeout struct {
	ControlPlane units.Duration `json:"cplane_operation"`  // a call between nodes that changes or asks a little
	MaxKeepalive units.Duration `json:"max_keepalive"`     // a keepalive, at most
	MaxHostBusy  units.Duration `json:"max_host_busy"`     // a node may be this slow before it is given up
	Startup      units.Duration `json:"startup_time"`      // the first primary waits this long for nodes
	JoinStartup  units.Duration `json:"join_startup_time"` // a node tries this long to join
	SendFile     units.Duration `json:"send_file_time"`    // sending an object to another node
	ECStreams    units.Duration `json:"ec_streams_time"`   // streams of erasure coding are closed when unused this long
	ObjectMD     units.Duration `json:"object_md"`         // metadata in the cache is dropped when unused this long
	ColdGet      units.Duration `json:"cold_get_conflict"` // waiting for another cold GET of the same object
	Lease        units.Duration `json:"lease"`             // a target writes this long after it last reached the primary
	Object       units.Duration `json:"object"`            // no byte of an object moves for this long: the request ends
	Header       units.Duration `json:"header"`            // a client may take this long to send the header of a request
	IdleClient   units.Duration `json:"idle_client"`       // a client's connection is closed when unused this long
	Drain        units.Duration `json:"drain"`             // a stopping node waits this long for requests in flight
}

// DefaultTimeout returns what suits a cluster in one data center.
func DefaultTimeout() Timeout {
	return Timeout{
		ControlPlane: 2 * second, MaxKeepalive: 4 * second, MaxHostBusy: minute,
		Startup: minute, JoinStartup: 3 * minute,
		SendFile: 5 * minute, ECStreams: 10 * minute, ObjectMD: 2 * hour, ColdGet: 5 * second,
		Lease: 10 * second, Object: minute, Header: 30 * second, IdleClient: 3 * minute, Drain: 30 * second,
	}
}

// Validate names what is wrong.
func (t Timeout) Validate() error {
	return lasting(
		span{"timeout.cplane_operation", t.ControlPlane, 100 * millisecond, 5 * minute},
		span{"timeout.max_keepalive", t.MaxKeepalive, 100 * millisecond, 5 * minute},
		span{"timeout.max_host_busy", t.MaxHostBusy, second, hour},
		span{"timeout.startup_time", t.Startup, 0, hour},
		span{"timeout.join_startup_time", t.JoinStartup, 0, day},
		span{"timeout.send_file_time", t.SendFile, second, day},
		span{"timeout.ec_streams_time", t.ECStreams, second, day},
		span{"timeout.object_md", t.ObjectMD, second, 30 * day},
		span{"timeout.cold_get_conflict", t.ColdGet, second, hour},
		span{"timeout.lease", t.Lease, second, hour},
		span{"timeout.object", t.Object, second, day},
		span{"timeout.header", t.Header, second, hour},
		span{"timeout.idle_client", t.IdleClient, second, day},
		span{"timeout.drain", t.Drain, 0, hour},
	)
}
