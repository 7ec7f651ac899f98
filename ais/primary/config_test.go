package primary_test

import (
	"testing"
	"testing/synctest"

	"aistore/errs"
	"aistore/internal/check"
)

func TestConfigurationOfTheCluster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, stop := newRig(t, "")
		defer stop()
		r.join(t, "target01")
		first := r.log.State().Config

		check.NoError(t, r.SetConfig(t.Context(), map[string]string{"log.level": "4", "timeout.lease": "20s"}))
		changed := r.log.State().Config
		check.Equal(t, changed.Log.Level, "4")
		check.Equal(t, changed.Timeout.Lease.String(), "20s")
		check.Equal(t, changed.Version, first.Version+1)
		check.Equal(t, r.index("target01"), r.log.State().Position.Index)

		check.NoError(t, r.MergeConfig(t.Context(), []byte(`{"log":{"level":"2"}}`)))
		check.Equal(t, r.log.State().Config.Log.Level, "2")
		check.Equal(t, r.log.State().Config.Timeout.Lease.String(), "20s")

		before := r.log.State().Position
		for _, settings := range []map[string]string{
			{"log.level": "9"}, {"log.levl": "3"}, {"uuid": "mine"}, {"log.level": "3", "timeout.lease": "soon"},
		} {
			check.ErrorIs(t, r.SetConfig(t.Context(), settings), errs.Invalid)
		}
		check.ErrorIs(t, r.MergeConfig(t.Context(), []byte(`{"config_version":"99"}`)), errs.Invalid)
		check.ErrorIs(t, r.MergeConfig(t.Context(), []byte(`[]`)), errs.Invalid)
		check.Equal(t, r.log.State().Position, before)

		check.NoError(t, r.ResetConfig(t.Context()))
		reset := r.log.State().Config
		check.Equal(t, reset.Log, first.Log)
		check.Equal(t, reset.UUID, first.UUID)
		check.Equal(t, reset.Version, first.Version+3)
	})
}
