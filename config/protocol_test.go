package config_test

import (
	"strings"
	"testing"

	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// protocol lists what clients find in the configuration of a cluster, as section
// and settings, and in that of a node.
const protocol = `
uuid lastupdate_time config_version features backend
auth: client_auth_required
proxy: primary_url original_url discovery_url non_electable
net: use_ipv6
net.l4: proto sndrcv_buf_size
net.http: use_https server_crt server_key client_ca_tls client_auth_tls domain_tls idle_conn_time backend_idle_conn_time idle_conns_per_host idle_conns write_buffer_size read_buffer_size skip_verify chunked_transfer
timeout: cplane_operation max_keepalive max_host_busy startup_time join_startup_time send_file_time ec_streams_time object_md cold_get_conflict
client: client_timeout client_long_timeout list_timeout
periodic: stats_time retry_sync_time notif_time
log: level max_size max_total flush_time stats_time to_stderr
space: cleanupwm lowwm highwm out_of_space batch_size dont_cleanup_time
lru: dont_evict_time capacity_upd_time batch_size enabled
mirror: copies burst_buffer enabled
ec: objsize_limit data_slices parity_slices enabled disk_only compression bundle_multiplier burst_buffer
checksum: type validate_cold_get validate_warm_get validate_obj_move enable_read_range
versioning: enabled validate_warm_get synchronize
chunks: objsize_limit max_monolithic_size chunk_size checkpoint_every flags
write_policy: data md
rate_limit.backend: enabled interval max_tokens num_retries
rate_limit.frontend: enabled interval max_tokens burst_size
disk: disk_util_low_wm disk_util_high_wm disk_util_max_wm iostat_time_long iostat_time_short iostat_time_smooth
rebalance: enabled dest_retry_time compression bundle_multiplier burst_buffer
resilver: enabled
fshc: enabled test_files error_limit io_err_limit io_err_time
keepalivetracker: num_retries retry_factor
keepalivetracker.proxy: name interval factor
keepalivetracker.target: name interval factor
memsys: min_free default_buf to_gc hk_time min_pct_total min_pct_free
transport: max_header burst_buffer idle_teardown quiescent lz4_block lz4_frame_checksum
tcb: compression bundle_multiplier burst_buffer
tco: compression bundle_multiplier burst_buffer
arch: compression bundle_multiplier burst_buffer
lso: compression bundle_multiplier burst_buffer walk_buffer idle_time quiescent
get_batch: compression bundle_multiplier burst_buffer max_wait warmup_workers max_soft_errs max_gfn
downloader: timeout
`

const protocolOfNodes = `
confdir log_dir
host_net: hostname hostname_intra_control hostname_intra_data port port_intra_control port_intra_data
fspaths: paths
test_fspaths: root count instance
`

// A configuration is complete when it is read: clients look into every section.
func TestNothingOfTheProtocolIsLeftOut(t *testing.T) {
	cluster, node := config.Default(), config.DefaultFile()
	for of, lists := range map[any]string{&cluster: protocol, &node: protocol + protocolOfNodes} {
		tree := treeOf(t, of)
		for line := range strings.Lines(lists) {
			section, keys, ok := strings.Cut(strings.TrimSpace(line), ":")
			if !ok {
				section, keys = "", section
			}
			at := tree
			for name := range strings.SplitSeq(section, ".") {
				if name != "" {
					at, _ = at[name].(map[string]any)
				}
			}
			for _, key := range strings.Fields(keys) {
				if _, ok := at[key]; !ok {
					t.Errorf("%T lacks %s.%s", of, section, key)
				}
			}
		}
	}
	// Numbers that clients read as text.
	check.Equal(t, treeOf(t, cluster)["config_version"], any("0"))
	check.Equal(t, treeOf(t, cluster)["features"], any("0"))
}

func treeOf(t *testing.T, of any) map[string]any {
	t.Helper()
	text, err := jsonx.Marshal(of)
	check.NoError(t, err)
	var tree map[string]any
	check.NoError(t, jsonx.Unmarshal(text, &tree))
	return tree
}
