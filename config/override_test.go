package config_test

import (
	"testing"

	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func TestOverride(t *testing.T) {
	base := config.DefaultFile()
	var none config.Override
	o, err := none.Set(base, map[string]string{"log.level": "debug", "limits.max_header": "131072", "host_net.port": "8081"})
	check.NoError(t, err)
	check.Equal(t, o, config.Override{"log.level": "debug", "limits.max_header": "128KiB", "host_net.port": "8081"})
	check.Equal(t, len(none), 0)

	file, refused := o.On(base)
	check.Equal(t, len(refused), 0)
	check.Equal(t, config.Diff(&base, &file), []config.Change{
		{Key: "host_net.port", From: "8080", To: "8081"},
		{Key: "limits.max_header", From: "64KiB", To: "128KiB"},
		{Key: "log.level", From: "3", To: "debug"},
	})
	check.Equal(t, base, config.DefaultFile())

	merged, err := o.Merge(base, []byte(`{"log":{"level":"4","stats_time":"1m"},"periodic":{"stats_time":"20s"}}`))
	check.NoError(t, err)
	check.Equal(t, merged["log.level"], "4")
	check.Equal(t, merged["periodic.stats_time"], "20s")
	check.Equal(t, len(merged), 4) // log.stats_time is what it is anyway

	less, err := merged.Reset("log", "host_net.port")
	check.NoError(t, err)
	check.Equal(t, less, config.Override{"limits.max_header": "128KiB", "periodic.stats_time": "20s"})
	less, err = merged.Reset()
	check.NoError(t, err)
	check.Equal(t, less, config.Override{})
	_, err = merged.Reset("log.levl")
	check.ErrorIs(t, err, errs.Invalid)
	check.Contains(t, err.Error(), "did you mean log.level?")
}

func TestOverrideRefuses(t *testing.T) {
	base := config.DefaultFile()
	for key, test := range map[string]struct{ value, want string }{
		"log.levl":              {"4", "did you mean log.level?"},
		"log.level":             {"9", "log.level: "},
		"uuid":                  {"u", "uuid: cannot be set"},
		"role":                  {"proxy", "the node's configuration file"},
		"confdir":               {"/x", "the node's configuration file"},
		"timeout.lease":         {"20s", "all nodes have to agree"},
		"quorum.voters":         {"3", "all nodes have to agree"},
		"mirror.copies":         {"3", "for new buckets"},
		"host_net.port":         {"x", "host_net.port: "},
		"limits.max_custom_met": {"1", "no such setting"},
	} {
		o := config.Override{"periodic.stats_time": "20s"}
		_, err := o.Set(base, map[string]string{key: test.value, "periodic.notif_time": "20s"})
		check.ErrorIs(t, err, errs.Invalid)
		check.Contains(t, err.Error(), test.want)
		check.Equal(t, o, config.Override{"periodic.stats_time": "20s"})
	}
	for _, text := range []string{`[]`, `{"log":{"level":"9"}}`, `{"role":"proxy"}`, `{"x":1}`, ``} {
		_, err := config.Override{}.Merge(base, []byte(text))
		check.ErrorIs(t, err, errs.Invalid)
	}
}

// What the cluster changes to may exclude an override: the rest stays in force.
func TestOverrideThatNoLongerFits(t *testing.T) {
	base := config.DefaultFile()
	o, err := config.Override(nil).Set(base, map[string]string{"log.max_total": "8MiB", "log.level": "4"})
	check.NoError(t, err)
	changed, err := config.SetFile(&base, map[string]string{"log.max_size": "16MiB"})
	check.NoError(t, err)
	file, refused := o.On(*changed)
	check.Equal(t, file.Log.Level, "4")
	check.Equal(t, file.Log.MaxTotal, base.Log.MaxTotal)
	check.Equal(t, len(refused), 1)
	check.Contains(t, refused["log.max_total"].Error(), "is less than log.max_size")
}
