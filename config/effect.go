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
		"auth.s3.anonymous":                        EffectLive,

		"proxy": EffectRestart,

		"periodic.lifecycle_time": EffectLive,

		"net.use_ipv6":                 EffectRestart,
		"net.http.use_https":           EffectRestart,
		"net.http.server_crt":          EffectLive,
		"net.http.server_key":          EffectLive,
		"net.http.client_ca_tls":       EffectLive,
		"net.http.client_auth_tls":     EffectRestart,
		"net.http.domain_tls":          EffectLive,
		"net.http.skip_verify":         EffectLive,
		"net.http.idle_conn_time":      EffectRestart,
		"net.http.idle_conns":          EffectRestart,
		"net.http.idle_conns_per_host": EffectRestart,
		"net.http.read_buffer_size":    EffectRestart,
		"net.http.write_buffer_size":   EffectRestart,

		"net.s3.port":    EffectRestart,
		"net.s3.domains": EffectLive,

		"timeout.cplane_operation": EffectLive,
		"timeout.max_keepalive":    EffectLive,
		"timeout.startup_time":     EffectRestart,
		"timeout.send_file_time":   EffectLive,
		"timeout.lease":            EffectLive,
		"timeout.object":           EffectLive,
		"timeout.header":           EffectRestart,
		"timeout.idle_client":      EffectRestart,
		"timeout.drain":            EffectLive,

		"log.level":      EffectLive,
		"log.max_size":   EffectRestart,
		"log.max_total":  EffectLive,
		"log.flush_time": EffectLive,
		"log.stats_time": EffectLive,
		"log.to_stderr":  EffectRestart,

		"space.reserve":     EffectRestart,
		"space.upload_time": EffectLive,

		"checksum.type":              EffectNewBuckets,
		"checksum.validate_warm_get": EffectNewBuckets,
		"versioning.enabled":         EffectNewBuckets,
		"versioning.history":         EffectNewBuckets,

		"read_without_lease": EffectLive,

		"keepalivetracker.proxy":       EffectLive,
		"keepalivetracker.target":      EffectLive,
		"keepalivetracker.num_retries": EffectLive,

		"quorum":        EffectRestart,
		"quorum.voters": EffectLive,

		"lso.idle_time": EffectLive,

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
		"limits.max_listings":         EffectLive,
		"limits.max_listings_memory":  EffectLive,
		"limits.max_uploads":          EffectLive,
		"limits.max_upload_parts":     EffectLive,
		"limits.min_upload_part":      EffectLive,
		"limits.metadata_cache":       EffectRestart,
		"limits.max_nonces":           EffectLive,
		"limits.max_jobs":             EffectLive,
		"limits.job_history":          EffectLive,
		"limits.job_history_time":     EffectLive,
		"limits.max_archive_members":  EffectRestart,
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
