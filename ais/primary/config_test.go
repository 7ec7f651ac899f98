package primary_test

import (
	"testing"

	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func TestConfigurationOfTheCluster(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		first := r.log.State().Config

		reply, err := r.SetConfig(t.Context(), map[string]string{"log.level": "4", "timeout.lease": "20s"})
		check.NoError(t, err)
		changed := r.log.State().Config
		check.Equal(t, reply, &wire.ConfigReply{Version: changed.Version, Changed: []wire.ConfigChange{
			{Key: "log.level", From: "3", To: "4", Effect: string(config.EffectOf("log.level"))},
			{Key: "timeout.lease", From: "10s", To: "20s", Effect: string(config.EffectOf("timeout.lease"))},
		}})
		check.Equal(t, changed.Log.Level, "4")
		check.Equal(t, changed.Timeout.Lease.String(), "20s")
		check.Equal(t, changed.Version, first.Version+1)
		check.Equal(t, r.index("target01"), r.log.State().Position.Index)

		_, err = r.MergeConfig(t.Context(), []byte(`{"log":{"level":"2"}}`))
		check.NoError(t, err)
		check.Equal(t, r.log.State().Config.Log.Level, "2")
		check.Equal(t, r.log.State().Config.Timeout.Lease.String(), "20s")

		before := r.log.State().Position
		for _, settings := range []map[string]string{
			{"log.level": "9"}, {"log.levl": "3"}, {"uuid": "mine"}, {"log.level": "3", "timeout.lease": "soon"},
		} {
			_, err := r.SetConfig(t.Context(), settings)
			check.ErrorIs(t, err, errs.Invalid)
		}
		for _, text := range []string{`{"config_version":"99"}`, `[]`} {
			_, err := r.MergeConfig(t.Context(), []byte(text))
			check.ErrorIs(t, err, errs.Invalid)
		}
		_, err = r.ResetConfig(t.Context(), "log.levl")
		check.ErrorIs(t, err, errs.Invalid)
		reply, err = r.SetConfig(t.Context(), map[string]string{"log.level": "2"})
		check.NoError(t, err)
		check.Equal(t, *reply, wire.ConfigReply{Version: first.Version + 2, Changed: []wire.ConfigChange{}})
		check.Equal(t, r.log.State().Position, before)

		_, err = r.SetConfig(t.Context(), map[string]string{"auth.intra_cluster.node_join_secret_path": "/secret"})
		check.NoError(t, err)
		_, err = r.ResetConfig(t.Context())
		check.NoError(t, err)
		reset := r.log.State().Config
		check.Equal(t, reset.Log, first.Log)
		check.Equal(t, reset.UUID, first.UUID)
		check.Equal(t, reset.Timeout, first.Timeout)
		check.Equal(t, reset.Auth.Nodes().NodeJoinSecretPath, "/secret")
		check.Equal(t, reset.Version, first.Version+4)
	})
}
