package node_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"aistore/ais/node"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func settings(t *testing.T, f config.File) *node.Settings {
	t.Helper()
	s, err := node.OpenSettings(f)
	check.NoError(t, err)
	return s
}

// agreed is the configuration of a cluster with some settings changed.
func agreed(t *testing.T, version int64, changes map[string]string) *config.Cluster {
	t.Helper()
	base := config.Default()
	c, err := config.Set(&base, changes)
	check.NoError(t, err)
	c.UUID, c.Version = "uuid", version
	return c
}

// level is the level of the log with its source.
func level(s *node.Settings) string {
	for _, setting := range s.List() {
		if setting.Key == "log.level" {
			return setting.Value + " " + setting.Source
		}
	}
	return ""
}

func TestSettingsAreLayers(t *testing.T) {
	f := file(t, config.RoleProxy)
	f.Log.Level = "1"
	s := settings(t, f)
	check.Equal(t, level(s), "1 inherited")
	check.NoError(t, s.Agree(agreed(t, 1, map[string]string{"log.level": "2"}), nil))
	check.Equal(t, level(s), "2 inherited")

	reply, err := s.Set(map[string]string{"log.level": "4", "host_net.port": "8099"})
	check.NoError(t, err)
	check.Equal(t, *reply, wire.ConfigReply{Version: 1, Changed: []wire.ConfigChange{
		{Key: "host_net.port", From: "0", To: "8099", Effect: "restart"},
		{Key: "log.level", From: "2", To: "4", Effect: "live"},
	}})
	check.Equal(t, level(s), "4 override")
	check.Equal(t, s.Live().Get().Log.Level, "4")
	check.Equal(t, s.Cluster().Log.Level, "2")

	_, err = s.SetTransient(map[string]string{"log.level": "5"})
	check.NoError(t, err)
	check.Equal(t, level(s), "5 transient")
	check.NoError(t, s.Agree(agreed(t, 2, map[string]string{"log.level": "2", "periodic.stats_time": "20s"}), nil))
	check.Equal(t, level(s), "5 transient")
	check.Equal(t, s.Live().Get().Periodic.Stats.String(), "20s")

	again := settings(t, f) // as after a restart
	check.Equal(t, level(again), "4 override")
	check.Equal(t, again.Started().HostNet.Port, "8099")
	check.Equal(t, again.Live().Get().Periodic.Stats.String(), "20s")
	check.Equal(t, again.Cluster().Version, int64(2))

	check.NoError(t, s.Agree(agreed(t, 3, map[string]string{"log.level": "1"}), nil))
	check.Equal(t, level(s), "4 override") // the cluster's change ends what is transient
	_, err = s.Reset("log")
	check.NoError(t, err)
	check.Equal(t, level(s), "1 inherited")
	reply, err = s.Reset()
	check.NoError(t, err)
	check.Equal(t, reply.Changed, []wire.ConfigChange{{Key: "host_net.port", From: "8099", To: "0", Effect: "restart"}})
	check.Equal(t, level(settings(t, f)), "1 inherited")
}

// What the cluster has set until nodes restart counts on nodes that ran by then, or
// were away and hear of it, and no longer on those that have started since.
func TestTransientSettingsOfTheCluster(t *testing.T) {
	f := file(t, config.RoleProxy)
	s := settings(t, f)
	passing := cluster.Transient{"log.level": {Value: "4", Since: 2}}
	check.NoError(t, s.Agree(agreed(t, 2, nil), passing))
	check.Equal(t, level(s), "3 inherited") // it has joined later

	passing = cluster.Transient{"log.level": {Value: "5", Since: 3}}
	check.NoError(t, s.Agree(agreed(t, 3, nil), passing))
	check.Equal(t, level(s), "5 transient")
	_, err := s.SetTransient(map[string]string{"log.level": "2"}) // on this node
	check.NoError(t, err)
	check.NoError(t, s.Agree(agreed(t, 4, nil), passing))
	check.Equal(t, level(s), "2 transient")

	again := settings(t, f) // as after a restart
	check.NoError(t, again.Agree(agreed(t, 5, nil), passing))
	check.Equal(t, level(again), "3 inherited")
	later := cluster.Transient{"log.level": {Value: "1", Since: 6}}
	check.NoError(t, again.Agree(agreed(t, 6, nil), later))
	check.Equal(t, level(again), "1 transient")
	check.NoError(t, again.Agree(agreed(t, 7, nil), nil))
	check.Equal(t, level(again), "3 inherited")
}

func TestSettingsOfANodeThatAreRefused(t *testing.T) {
	s := settings(t, file(t, config.RoleProxy))
	check.NoError(t, s.Agree(agreed(t, 1, nil), nil))
	before := s.List()
	for key, value := range map[string]string{
		"log.levl": "4", "log.level": "9", "timeout.lease": "20s", "role": "target", "uuid": "u",
	} {
		_, err := s.Set(map[string]string{"periodic.stats_time": "20s", key: value})
		check.ErrorIs(t, err, errs.Invalid)
		_, err = s.SetTransient(map[string]string{"periodic.stats_time": "20s", key: value})
		check.ErrorIs(t, err, errs.Invalid)
	}
	_, err := s.SetTransient(map[string]string{"host_net.port": "1"})
	check.ErrorIs(t, err, errs.Invalid)
	_, err = s.Merge([]byte(`{"log":{"levl":"4"}}`))
	check.ErrorIs(t, err, errs.Invalid)
	_, err = s.Reset("log.levl")
	check.ErrorIs(t, err, errs.Invalid)
	check.Equal(t, s.List(), before)
}

// Where a node finds its cluster, and whether it may lead, is its own affair.
func TestSectionProxyIsOfTheNode(t *testing.T) {
	f := file(t, config.RoleProxy)
	f.Proxy = config.Proxy{PrimaryURL: "http://mine:8080", NonElectable: true}
	s := settings(t, f)
	founder := agreed(t, 1, nil)
	founder.Proxy.PrimaryURL = "http://theirs:8080"
	check.NoError(t, s.Agree(founder, nil))
	check.Equal(t, s.Live().Get().Proxy, f.Proxy)
	check.Equal(t, s.Cluster().Proxy, founder.Proxy)
	_, err := s.Set(map[string]string{"proxy.non_electable": "false"})
	check.NoError(t, err)
	check.Equal(t, settings(t, f).Started().Proxy, config.Proxy{PrimaryURL: "http://mine:8080"})
}

// A setting of the node that no longer goes with those of the cluster is shown
// as such, and comes back in force when it does again.
func TestOverrideOutOfForce(t *testing.T) {
	s := settings(t, file(t, config.RoleProxy))
	check.NoError(t, s.Agree(agreed(t, 1, nil), nil))
	_, err := s.Merge([]byte(`{"log":{"max_total":"8MiB"}}`))
	check.NoError(t, err)
	check.NoError(t, s.Agree(agreed(t, 2, map[string]string{"log.max_size": "16MiB"}), nil))
	check.Equal(t, s.Live().Get().Log.MaxTotal.String(), "64MiB")
	problem := ""
	for _, setting := range s.List() {
		if setting.Key == "log.max_total" {
			problem = setting.Problem
		}
	}
	check.Contains(t, problem, "not in force: ")
	check.Contains(t, problem, "is less than log.max_size")
	check.NoError(t, s.Agree(agreed(t, 3, nil), nil))
	check.Equal(t, s.Live().Get().Log.MaxTotal.String(), "8MiB")
}

func TestDamagedSettings(t *testing.T) {
	f := file(t, config.RoleProxy)
	path := filepath.Join(f.ConfDir, "config.json")
	check.NoError(t, os.WriteFile(path, []byte(`{"format":1}`), 0o600))
	_, err := node.OpenSettings(f)
	check.ErrorIs(t, err, errs.Corrupt)
	check.Contains(t, err.Error(), path)
	check.Contains(t, err.Error(), "remove this file")
}

func TestLogFollowsItsLevel(t *testing.T) {
	o := node.Options{LogLevel: new(slog.LevelVar)}
	c := open(t, file(t, config.RoleProxy), o)
	_, err := c.Settings.Set(map[string]string{"log.level": "debug"})
	check.NoError(t, err)
	check.Equal(t, o.LogLevel.Level(), slog.LevelDebug)
	_, err = c.Settings.Reset()
	check.NoError(t, err)
	check.Equal(t, o.LogLevel.Level(), slog.LevelInfo)
}
