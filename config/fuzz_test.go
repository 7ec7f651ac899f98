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
