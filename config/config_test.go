package config_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

var update = flag.Bool("update", false, "rewrite the files under testdata")

func TestDefaultIsValidAndReadsBack(t *testing.T) {
	want := config.DefaultFile()
	check.NoError(t, want.Cluster.Validate())
	text, err := jsonx.Marshal(want)
	check.NoError(t, err)
	got, err := config.Parse(text)
	check.NoError(t, err)
	check.Equal(t, got, want)
}

func TestJSONIsExact(t *testing.T) {
	cluster := config.Default()
	file := config.DefaultFile()
	file.Auth = config.Auth{
		Signature:      &config.Signature{Key: "k", Method: "HS256"},
		RequiredClaims: &config.RequiredClaims{Audience: []string{"a"}},
		OIDC:           &config.OIDC{AllowedIssuers: []string{"https://i"}, KeyCache: &config.KeyCache{}},
		IntraCluster:   new(config.DefaultIntraCluster()),
	}
	for name, value := range map[string]any{"cluster": cluster, "file": file} {
		t.Run(name, func(t *testing.T) {
			got, err := jsonx.Marshal(value)
			check.NoError(t, err)
			standard, err := json.Marshal(value)
			check.NoError(t, err)
			check.Equal(t, string(got), string(standard))
			var indented bytes.Buffer
			check.NoError(t, json.Indent(&indented, got, "", "  "))
			indented.WriteByte('\n')
			path := filepath.Join("testdata", name+".json")
			if *update {
				check.NoError(t, os.WriteFile(path, indented.Bytes(), 0o644))
			}
			want, err := os.ReadFile(path)
			check.NoError(t, err)
			check.Equal(t, indented.String(), string(want))
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown section", "{\n\"timeot\": {}}", "line 2: timeot: no such setting, did you mean timeout?"},
		{"unknown setting", "{\"net\":\n{\"http\":\n{\"use_htps\": true}}}", "line 3: net.http.use_htps: no such setting, did you mean net.http.use_https?"},
		{"setting in the wrong place", `{"max_keepalive": "4s"}`, "max_keepalive: no such setting, did you mean timeout.max_keepalive?"},
		{"nothing near", `{"qqqqqqqqqq": 1}`, "qqqqqqqqqq: no such setting"},
		{"twice", `{"log":{"level":"3","level":"4"}}`, "log.level: stands here twice"},
		{"duration", `{"timeout":{"lease":"soon"}}`, "timeout.lease: "},
		{"size", `{"limits":{"max_header":"wide"}}`, "limits.max_header: "},
		{"number", `{"mirror":{"copies":"two"}}`, `mirror.copies: "two" is not a whole number`},
		{"bool", `{"ec":{"enabled":"maybe"}}`, `ec.enabled: "maybe" is not true or false`},
		{"section as text", `{"ec":"on"}`, "ec: expecting an object, have on"},
		{"text as section", `{"log":{"level":{}}}`, "log.level: expecting a single value"},
		{"list as text", `{"log":{"level":["3"]}}`, "log.level: expecting a single value"},
		{"not an object", `[]`, "expecting an object, have ["},
		{"more", `{} {}`, "something follows the object"},
		{"cut", "{\n\"log\":", "line 2: "},
		{"range", `{"space":{"lowwm":95}}`, "space: 65, 95, 90, 95: expecting 0 < cleanupwm <= lowwm"},
		{"together", `{"ec":{"enabled":true},"mirror":{"enabled":true}}`, "mirror.enabled: excludes ec.enabled"},
		{"backend", `{"backend":{"s3":{}}}`, `backend: "s3" is none of`},
		{"lease", `{"timeout":{"lease":"2s"}}`, "timeout.lease: 2s is less than three times"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := config.Parse([]byte(test.text))
			check.ErrorIs(t, err, errs.Invalid)
			check.Contains(t, err.Error(), test.want)
		})
	}
}

func TestParseTakesTextForNumbersAndNumbersForText(t *testing.T) {
	text := `{"role":"target","log":{"level":4},"mirror":{"copies":"3","enabled":"true"},"features":7,"config_version":12,
		"fspaths":{"paths":{"/a":"fast"}},"backend":{"aws":{"x":[1]}},"chunks":{"chunk_size":1048576},"auth":{"signature":null},
		"proxy":{"primary_url":null}}`
	file, err := config.Parse([]byte(text))
	check.NoError(t, err)
	want := config.DefaultFile()
	want.Role, want.Log.Level, want.Mirror.Copies, want.Mirror.Enabled, want.Features = "target", "4", 3, true, 7
	want.Version, want.FSPaths.Paths, want.Chunks.ChunkSize = 12, map[string]string{"/a": "fast"}, 1<<20
	want.Backend = map[string]jsonx.RawMessage{"aws": jsonx.RawMessage(`{"x":[1]}`)}
	check.Equal(t, file, want)
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	_, err := config.Load(filepath.Join(dir, "none.json"))
	check.ErrorIs(t, err, errs.NotFound)
	path := filepath.Join(dir, "ais.json")
	check.NoError(t, os.WriteFile(path, []byte(`{"role":"proxy"}`), 0o600))
	file, err := config.Load(path)
	check.NoError(t, err)
	check.Equal(t, file.Role, config.RoleProxy)
	check.NoError(t, os.WriteFile(path, []byte("{\n\n\"rol\":1}"), 0o600))
	_, err = config.Load(path)
	check.ErrorIs(t, err, errs.Invalid)
	check.Contains(t, err.Error(), path)
	check.Contains(t, err.Error(), "line 3: rol: no such setting, did you mean role?")
}

func TestBucketPropsFollowTheCluster(t *testing.T) {
	cluster := config.Default()
	for _, provider := range wire.Providers() {
		check.Equal(t, cluster.BucketProps(provider), wire.DefaultProps(provider))
	}
	changed, err := config.Set(&cluster, map[string]string{"checksum.type": "md5", "mirror.copies": "3", "lru.enabled": "false"})
	check.NoError(t, err)
	props := changed.BucketProps(wire.ProviderAWS)
	check.Equal(t, props.Checksum.Type, "md5")
	check.Equal(t, props.Mirror.Copies, 3)
	check.Equal(t, props.LRU.Enabled, false)
	check.NoError(t, props.Validate())
}
