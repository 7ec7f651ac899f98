package config_test

import (
	"testing"

	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func changed(t *testing.T, changes map[string]string) *config.Cluster {
	t.Helper()
	base := config.Default()
	base.UUID, base.Version, base.Updated = "u", 7, "now"
	got, err := config.Set(&base, changes)
	check.NoError(t, err)
	return got
}

func TestResetKeepsWhatHoldsTheClusterTogether(t *testing.T) {
	before := changed(t, map[string]string{
		"log.level": "4", "read_without_lease": "false", "mirror.enabled": "true",
		"auth.intra_cluster.node_join_secret_path": "/secret",
		"net.http.use_https":                       "true",
		"backend":                                  `{"gcp":{}}`,
	})
	after, err := config.Reset(before)
	check.NoError(t, err)
	check.Equal(t, config.Diff(before, after), []config.Change{
		{Key: "log.level", From: "4", To: "3"},
		{Key: "mirror.enabled", From: "true", To: "false"},
		{Key: "read_without_lease", From: "false", To: "true"},
	})
	check.Equal(t, before.Log.Level, "4")
}

func TestResetOfNames(t *testing.T) {
	before := changed(t, map[string]string{
		"log.level": "4", "log.stats_time": "2m", "limits.max_page": "5", "timeout.lease": "20s",
		"auth.intra_cluster.ttl": "1m", "auth.intra_cluster.node_join_secret_path": "/secret",
	})
	after, err := config.Reset(before, "log", "timeout.lease", "auth.intra_cluster.ttl")
	check.NoError(t, err)
	check.Equal(t, config.Diff(before, after), []config.Change{
		{Key: "auth.intra_cluster.ttl", From: "1m", To: "5m"},
		{Key: "log.level", From: "4", To: "3"},
		{Key: "log.stats_time", From: "2m", To: "1m"},
		{Key: "timeout.lease", From: "20s", To: "10s"},
	})
	check.Equal(t, before.Auth.IntraCluster.TTL.String(), "1m")
	after, err = config.Reset(before, "auth")
	check.NoError(t, err)
	check.Equal(t, after.Auth, config.Auth{})
}

func TestResetRefuses(t *testing.T) {
	before := changed(t, map[string]string{"keepalivetracker.target.interval": "5s", "timeout.lease": "20s"})
	for key, want := range map[string]string{
		"uuid":          "uuid: cannot be set",
		"log.levl":      "did you mean log.level?",
		"log.level.x":   "no such setting",
		"":              "no such setting",
		"timeout.lease": "timeout.lease: 10s is less than three times keepalivetracker.target.interval",
	} {
		_, err := config.Reset(before, key)
		check.ErrorIs(t, err, errs.Invalid)
		check.Contains(t, err.Error(), want)
	}
}
