package config_test

import (
	"testing"
	"time"

	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/internal/units"
)

func TestSetByDottedName(t *testing.T) {
	before := config.Default()
	untouched := config.Default()
	got, err := config.Set(&before, map[string]string{
		"timeout.max_keepalive":                    "5s",
		"limits.max_header":                        "128k",
		"mirror.enabled":                           "on",
		"rebalance.bundle_multiplier":              "4",
		"features":                                 "0x10",
		"auth.required_claims.aud":                 "a,b",
		"auth.intra_cluster.node_join_secret_path": "/secret",
		"auth.intra_cluster.ttl":                   "1m",
		"auth.intra_cluster.nonce_window":          "1m",
		"backend":                                  `{"gcp":{}}`,
		"keepalivetracker.target.interval":         "500ms",
		"read_without_lease":                       "false",
		"net.http.domain_tls":                      "a=b,c",
		"log.level":                                "debug",
		"rate_limit.frontend.interval":             "2s",
	})
	check.NoError(t, err)
	check.Equal(t, before, untouched)
	want := config.Default()
	want.Timeout.MaxKeepalive = units.Duration(5 * time.Second)
	want.Limits.Header = 128 * units.KiB
	want.Mirror.Enabled = true
	want.Rebalance.BundleMultiplier = 4
	want.Features = 16
	want.Auth.RequiredClaims = &config.RequiredClaims{Audience: []string{"a", "b"}}
	want.Auth.IntraCluster = &config.IntraCluster{
		RequestAuth: true, NodeJoinSecretPath: "/secret",
		TTL: units.Duration(time.Minute), NonceWindow: units.Duration(time.Minute), RotationGrace: units.Duration(10 * time.Minute),
	}
	want.Backend = map[string]jsonx.RawMessage{"gcp": jsonx.RawMessage("{}")}
	want.Keepalive.Target.Interval = units.Duration(500 * time.Millisecond)
	want.ReadWithoutLease = false
	want.Net.HTTP.Domain = "a=b,c"
	want.Log.Level = "debug"
	want.RateLimit.Frontend.Interval = units.Duration(2 * time.Second)
	check.Equal(t, *got, want)
}

func TestSetDoesNotReachSharedSections(t *testing.T) {
	before := config.Default()
	before.Auth.Signature = &config.Signature{Key: "old", Method: "HS256"}
	after, err := config.Set(&before, map[string]string{"auth.signature.key": "new"})
	check.NoError(t, err)
	check.Equal(t, before.Auth.Signature.Key, "old")
	check.Equal(t, after.Auth.Signature.Key, "new")
	check.Equal(t, after.Auth.Signature.Method, "HS256")
	check.Equal(t, after.Auth.Redacted().Signature.Key == "new", false)
	check.Equal(t, after.Auth.Signature.Key, "new")
}

func TestSetRefuses(t *testing.T) {
	tests := []struct{ key, value, want string }{
		{"timeout.max_keepalve", "1s", "timeout.max_keepalve: no such setting, did you mean timeout.max_keepalive?"},
		{"max_keepalive", "1s", "did you mean timeout.max_keepalive?"},
		{"log.level.x", "1", "log.level.x: no such setting"},
		{"log", "1", "log: a section"},
		{"", "1", "no such setting"},
		{".", "1", "no such setting"},
		{"uuid", "x", "uuid: cannot be set"},
		{"config_version", "9", "config_version: cannot be set"},
		{"mirror.copies", "", `mirror.copies: "" is not a whole number`},
		{"mirror.copies", "64", "mirror.copies: 64 is not from 2 to 32"},
		{"backend", "aws", "is not JSON"},
		{"backend", "[]", "backend: "},
		{"quorum.voters", "2", "quorum.voters: 2 is not 1, 3 or 5"},
		{"auth.client_auth_required", "true", "needs auth.signature or auth.oidc"},
		{"role", "proxy", "role: no such setting"},
		{"proxy.non_electable", "true", "proxy: each node has its own"},
	}
	for _, test := range tests {
		t.Run(test.key+"="+test.value, func(t *testing.T) {
			cluster := config.Default()
			_, err := config.Set(&cluster, map[string]string{test.key: test.value})
			check.ErrorIs(t, err, errs.Invalid)
			check.Contains(t, err.Error(), test.want)
			check.Equal(t, cluster, config.Default())
		})
	}
}

func TestMerge(t *testing.T) {
	before := config.Default()
	got, err := config.Merge(&before, []byte(`{"mirror":{"enabled":true},"space":{"tombstone_time":"24h"}}`))
	check.NoError(t, err)
	check.Equal(t, config.Diff(&before, got), []config.Change{
		{Key: "mirror.enabled", From: "false", To: "true"},
		{Key: "space.tombstone_time", From: "168h", To: "24h"},
	})
	secret := config.Default()
	secret.Auth.Signature = &config.Signature{Key: "s", Method: "HS256"}
	got, err = config.Merge(&secret, []byte(`{"auth":{"signature":{"key":"**********","method":"HS512"}}}`))
	check.NoError(t, err)
	check.Equal(t, *got.Auth.Signature, config.Signature{Key: "s", Method: "HS512"})
	check.Equal(t, secret.Auth.Signature.Method, "HS256")
	for _, change := range []string{`{"uuid":"x"}`, `{"mirror":{"copies":99}}`, `{"proxy":{"non_electable":true}}`, `{"auth":{"signature":{"key":"**********","method":"HS256"}}}`, `{"x":1}`, ``} {
		_, err := config.Merge(&before, []byte(change))
		check.ErrorIs(t, err, errs.Invalid)
	}
	check.Equal(t, before, config.Default())
}

func TestFlattenIsCompleteAndSettable(t *testing.T) {
	cluster := config.Default()
	cluster.Auth.IntraCluster = new(config.DefaultIntraCluster())
	changes := map[string]string{}
	for _, setting := range config.Flatten(&cluster) {
		switch setting.Key {
		case "uuid", "config_version", "lastupdate_time":
		default:
			changes[setting.Key] = setting.Value
		}
	}
	check.Equal(t, len(changes) > 150, true)
	base := config.Default()
	got, err := config.Set(&base, changes)
	check.NoError(t, err)
	check.Equal(t, *got, cluster)
	check.Equal(t, len(config.Diff(got, &cluster)), 0)
}

func TestDiffOfAbsentSections(t *testing.T) {
	from, to := config.Default(), config.Default()
	to.Auth.Signature = &config.Signature{Key: "k", Method: "HS256"}
	want := []config.Change{{Key: "auth.signature.key", To: "k"}, {Key: "auth.signature.method", To: "HS256"}}
	check.Equal(t, config.Diff(&from, &to), want)
	check.Equal(t, config.Diff(&to, &from), []config.Change{
		{Key: "auth.signature.key", From: "k"}, {Key: "auth.signature.method", From: "HS256"},
	})
}

func TestSetFileAndNode(t *testing.T) {
	file := config.DefaultFile()
	got, err := config.SetFile(&file, map[string]string{"role": "target", "test_fspaths.count": "2", "log.level": "4"})
	check.NoError(t, err)
	check.Equal(t, got.Role, "target")
	check.Equal(t, got.TestFSPaths.Count, 2)
	check.Equal(t, got.Log.Level, "4")
	node, err := config.SetNode(&got.Node, map[string]string{"host_net.port": "0"})
	check.NoError(t, err)
	check.Equal(t, node.HostNet.Port, "0")
	_, err = config.SetNode(node, map[string]string{"log.level": "4"})
	check.ErrorIs(t, err, errs.Invalid)
}
