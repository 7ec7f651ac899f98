package config

import "strings"

// Effect says what a change of a setting does to nodes that run.
type Effect string

// The effects.
const (
	EffectLive       Effect = "live"          // it counts at once, on all nodes
	EffectNewBuckets Effect = "new buckets"   // it counts for buckets that are created from now on
	EffectRestart    Effect = "restart"       // it counts from the next start of a node on
	EffectReadOnly   Effect = "read-only"     // it cannot be set
	EffectNone       Effect = "no effect yet" // it is checked and kept for a part of the program that is to come
)

// EffectOf returns the effect of the setting of that dotted name. A name that
// does not exist has none.
func EffectOf(key string) Effect {
	known := effects()
	for name := key; name != ""; name = parent(name) {
		if effect, ok := known[name]; ok {
			return effect
		}
	}
	return EffectNone
}

// parent returns the name of the section that key is in, or "".
func parent(key string) string { return key[:max(0, strings.LastIndexByte(key, '.'))] }

// effects holds the effect of each setting that has one. A name of a section
// stands for all that is in it, but for what is listed beside it. Whoever makes
// a setting count writes it down here.
func effects() map[string]Effect {
	return map[string]Effect{
		"uuid": EffectReadOnly, "config_version": EffectReadOnly, "lastupdate_time": EffectReadOnly,

		"id": EffectRestart, "role": EffectRestart, "confdir": EffectRestart, "log_dir": EffectRestart,
		"host_net": EffectRestart, "fspaths": EffectRestart, "test_fspaths": EffectRestart,

		"auth.intra_cluster.ttl":                   EffectLive,
		"auth.intra_cluster.nonce_window":          EffectLive,
		"auth.intra_cluster.node_join_secret_path": EffectLive,

		"proxy.primary_url": EffectRestart, "proxy.original_url": EffectRestart, "proxy.discovery_url": EffectRestart,

		"timeout.cplane_operation": EffectLive,
		"timeout.max_keepalive":    EffectLive,
		"timeout.startup_time":     EffectRestart,
		"timeout.object":           EffectLive,
		"timeout.header":           EffectRestart,
		"timeout.idle_client":      EffectRestart,
		"timeout.drain":            EffectLive,

		"log.level":     EffectLive,
		"log.to_stderr": EffectRestart,

		"space.reserve": EffectRestart,

		"checksum.type":              EffectNewBuckets,
		"checksum.validate_warm_get": EffectNewBuckets,
		"versioning.enabled":         EffectNewBuckets,

		"quorum": EffectRestart,

		"limits.max_requests":         EffectLive,
		"limits.max_control_requests": EffectLive,
		"limits.max_data_requests":    EffectLive,
		"limits.max_requests_per_ip":  EffectLive,
		"limits.max_connections":      EffectLive,
		"limits.max_header":           EffectRestart,
		"limits.max_json_body":        EffectLive,
		"limits.max_metadata_body":    EffectRestart,
		"limits.max_object":           EffectLive,
		"limits.max_custom_metadata":  EffectLive,
		"limits.max_listings":         EffectRestart,
		"limits.metadata_cache":       EffectRestart,
		"limits.max_nonces":           EffectLive,
	}
}

// Risky reports whether a wrong value of that setting can cut nodes or clients
// off from the cluster, so that people should be asked before it is changed.
func Risky(key string) bool {
	section, _, _ := strings.Cut(key, ".")
	switch section {
	case "auth", "net", "proxy", "quorum", "keepalivetracker", "host_net":
		return true
	}
	return key == "timeout.lease"
}
