package config_test

import (
	"slices"
	"testing"

	"aistore/config"
	"aistore/internal/check"
)

// complete is a configuration in which no section is absent.
func complete() config.File {
	file := config.DefaultFile()
	file.Auth = config.Auth{
		Signature: &config.Signature{}, RequiredClaims: &config.RequiredClaims{},
		OIDC: &config.OIDC{KeyCache: &config.KeyCache{}}, IntraCluster: new(config.DefaultIntraCluster()),
	}
	return file
}

func TestEffectsAreOfSettingsThatExist(t *testing.T) {
	file := complete()
	var keys []string
	for _, s := range config.Flatten(&file) {
		keys = append(keys, s.Key)
	}
	for name := range config.EffectsForTest() {
		isIn := func(key string) bool { return key == name || len(key) > len(name) && key[:len(name)+1] == name+"." }
		if !slices.ContainsFunc(keys, isIn) {
			t.Errorf("%s has an effect, and does not exist", name)
		}
	}
}

func TestEffectOf(t *testing.T) {
	for key, want := range map[string]config.Effect{
		"log.level":             config.EffectLive,
		"quorum.commit_time":    config.EffectRestart,
		"host_net.port":         config.EffectRestart,
		"checksum.type":         config.EffectNewBuckets,
		"uuid":                  config.EffectReadOnly,
		"downloader.timeout":    config.EffectNone,
		"log.no_such":           config.EffectNone,
		"net.http.idle_conns.x": config.EffectOf("net.http.idle_conns"),
	} {
		check.Equal(t, config.EffectOf(key), want)
	}
}

func TestRisky(t *testing.T) {
	for key, want := range map[string]bool{
		"auth.intra_cluster.ttl": true, "timeout.lease": true, "host_net.port": true, "timeout.object": false, "log.level": false,
	} {
		check.Equal(t, config.Risky(key), want)
	}
}

// Every choice is taken, and what is none of them is not.
func TestChoicesAreAllThereAre(t *testing.T) {
	base := complete()
	base.Auth = config.Auth{Signature: &config.Signature{Method: "HS256"}}
	some := 0
	for _, s := range config.Flatten(&base) {
		choices := config.Choices(s.Key)
		if len(choices) == 0 || !config.IsLocal(s.Key) && config.EffectOf(s.Key) == config.EffectReadOnly {
			continue
		}
		some++
		for _, choice := range choices {
			next, err := config.SetFile(&base, map[string]string{s.Key: choice})
			if err != nil && (s.Key == "auth.client_auth_required" || s.Key == "net.http.use_https") {
				continue // needs other settings
			}
			if err != nil {
				t.Errorf("%s=%s: %v", s.Key, choice, err)
				continue
			}
			if config.IsLocal(s.Key) {
				continue
			}
			check.NoError(t, next.Cluster.Validate())
		}
		if config.IsLocal(s.Key) {
			continue
		}
		if _, err := config.SetFile(&base, map[string]string{s.Key: "none of them"}); err == nil {
			t.Errorf("%s takes what is none of %q", s.Key, choices)
		}
	}
	check.Equal(t, some > 30, true)
	check.Equal(t, config.Choices("log.level.x"), nil)
	check.Equal(t, config.Choices("log"), nil)
	check.Equal(t, config.Choices("role"), []string{"proxy", "target", "all"})
	check.Equal(t, config.Choices("limits.max_page"), nil)
}
