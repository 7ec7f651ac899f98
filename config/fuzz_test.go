package config_test

import (
	"testing"

	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"role":"proxy","timeout":{"lease":"20s"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := config.Parse(text)
		if err != nil {
			return
		}
		check.NoError(t, file.Cluster.Validate())
		_ = file.Node.Validate()
		written, err := jsonx.Marshal(file)
		check.NoError(t, err)
		again, err := config.Parse(written)
		check.NoError(t, err)
		check.Equal(t, config.Flatten(&again), config.Flatten(&file))
	})
}

func FuzzSet(f *testing.F) {
	f.Add("timeout.lease", "20s")
	f.Fuzz(func(t *testing.T, key, value string) {
		before := config.Default()
		after, err := config.Set(&before, map[string]string{key: value})
		check.Equal(t, config.Flatten(&before), config.Flatten(new(config.Default())))
		if err == nil {
			check.NoError(t, after.Validate())
		}
	})
}

// What a change refuses leaves nothing behind, and what it takes is valid.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{"log":{"level":"4"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		before := config.Default()
		after, err := config.Merge(&before, text)
		check.Equal(t, config.Flatten(&before), config.Flatten(new(config.Default())))
		if err == nil {
			check.NoError(t, after.Validate())
			check.Equal(t, after.Proxy, before.Proxy)
			check.Equal(t, after.Version, before.Version)
		}
	})
}

// An override that is taken is in force, all of it, as long as the cluster does
// not change, and gone after a reset.
func FuzzOverride(f *testing.F) {
	f.Add("log.level", "4", []byte(`{"log":{"max_total":"8MiB"}}`))
	f.Fuzz(func(t *testing.T, key, value string, text []byte) {
		base := config.DefaultFile()
		one, err := config.Override(nil).Set(base, map[string]string{key: value})
		if err != nil {
			return
		}
		file, refused := one.On(base)
		check.Equal(t, len(refused), 0)
		check.NoError(t, file.Cluster.Validate())
		both, err := one.Merge(base, text)
		if err != nil {
			return
		}
		file, refused = both.On(base)
		check.Equal(t, len(refused), 0)
		check.NoError(t, file.Cluster.Validate())
		none, err := both.Reset()
		check.NoError(t, err)
		file, _ = none.On(base)
		check.Equal(t, file, base)
	})
}
