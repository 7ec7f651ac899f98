package main

import (
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"aistore/ais/node"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

// outcome is what matters of settings.
type outcome struct {
	Role, ID, PrimaryURL, LogDir, HostIP, HostPort string
	Primary, Claims                                bool
	Near                                           string
	Targets                                        int
	Level                                          slog.Level
	ToStderr                                       string
}

// settle parses flags and environment over a file.
func settle(t *testing.T, text string, environment map[string]string, args ...string) (outcome, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ais.json")
	check.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.String("log_dir", "", "")
	toStderr := set.Bool("logtostderr", false, "")
	env := func(name string) string { return environment[name] }
	s, err := parse(set, append([]string{"-config=" + path}, args...), env)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{
		Role: s.file.Role, ID: s.file.ID, PrimaryURL: s.file.Proxy.PrimaryURL, LogDir: s.file.LogDir,
		HostIP: s.options.HostIP, HostPort: s.options.HostPort, Primary: s.options.Primary, Claims: s.options.Claims, Targets: s.options.Targets,
		Level: s.options.LogLevel.Level(),
	}
	if s.options.Near.IsValid() {
		o.Near = s.options.Near.String()
	}
	if *toStderr {
		o.ToStderr = "yes"
	}
	return o, nil
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	logs := t.TempDir()
	tests := []struct {
		name string
		file string
		env  map[string]string
		args []string
		want outcome
	}{
		{"defaults", `{}`, nil, nil, outcome{ToStderr: "yes"}},
		{"file", `{"role":"target","id":"fromfile","log":{"level":"4"},"proxy":{"primary_url":"http://a:1"}}`, nil, nil,
			outcome{Role: "target", ID: "fromfile", Level: slog.LevelDebug, PrimaryURL: "http://a:1", ToStderr: "yes"}},
		{"environment over file", `{"id":"fromfile"}`, map[string]string{"AIS_DAEMON_ID": "fromenvironment", "AIS_HOST_IP": "10.0.0.1", "AIS_HOST_PORT": "51080"}, nil,
			outcome{ID: "fromenvironment", HostIP: "10.0.0.1", HostPort: "51080", ToStderr: "yes"}},
		{"flags over environment and file", `{"role":"target","id":"fromfile"}`, map[string]string{"AIS_DAEMON_ID": "fromenvironment"},
			[]string{"-role=proxy", "-config_custom=id=fromflag1, proxy.primary_url=http://b:2,log.level=warn"},
			outcome{Role: "proxy", ID: "fromflag1", PrimaryURL: "http://b:2", Level: slog.LevelWarn, ToStderr: "yes"}},
		{"founder", `{}`, map[string]string{"AIS_IS_PRIMARY": "true"}, []string{"-ntargets=3"}, outcome{Primary: true, Targets: 3, ToStderr: "yes"}},
		{"no founder", `{}`, map[string]string{"AIS_IS_PRIMARY": "false"}, nil, outcome{ToStderr: "yes"}},
		{"founder by id", `{"id":"proxy001"}`, map[string]string{"AIS_PRIMARY_ID": "proxy001"}, nil, outcome{ID: "proxy001", Primary: true, Claims: true, ToStderr: "yes"}},
		{"another is the founder", `{"id":"proxy001"}`, map[string]string{"AIS_PRIMARY_ID": "proxy002"}, nil, outcome{ID: "proxy001", ToStderr: "yes"}},
		{"clients nearby", `{}`, map[string]string{"AIS_CLUSTER_CIDR": "10.1.0.0/16"}, nil, outcome{Near: "10.1.0.0/16", ToStderr: "yes"}},
		{"log directory of the file", `{"log_dir":"` + logs + `/a"}`, nil, nil, outcome{LogDir: logs + "/a"}},
		{"log directory of the flags", `{"log_dir":"` + logs + `/a"}`, nil, []string{"-log_dir=" + logs + "/b"}, outcome{LogDir: logs + "/b"}},
		{"stderr all the same", `{"log_dir":"` + logs + `/a","log":{"to_stderr":true}}`, nil, nil, outcome{LogDir: logs + "/a", ToStderr: "yes"}},
		{"stderr by flag", `{"log_dir":"` + logs + `/a"}`, nil, []string{"-logtostderr"}, outcome{LogDir: logs + "/a", ToStderr: "yes"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := settle(t, test.file, test.env, test.args...)
			check.NoError(t, err)
			check.Equal(t, got, test.want)
		})
	}
}

func TestSettingsThatContradict(t *testing.T) {
	t.Parallel()
	_, err := settle(t, `{"id":"proxy001"}`, map[string]string{"AIS_IS_PRIMARY": "true", "AIS_PRIMARY_ID": "proxy002"})
	check.ErrorIs(t, err, errs.Invalid)
	check.Contains(t, errs.PublicOf(err), `AIS_PRIMARY_ID that "proxy002" is`)

	_, err = settle(t, `{}`, map[string]string{"AIS_CLUSTER_CIDR": "10.1.0.0"})
	check.ErrorIs(t, err, errs.Invalid)
	check.Contains(t, errs.PublicOf(err), `"10.1.0.0" is no range of addresses, such as 10.0.0.0/8`)

	occupied := filepath.Join(t.TempDir(), "file")
	check.NoError(t, os.WriteFile(occupied, nil, 0o644))
	_, err = settle(t, `{"log_dir":"`+occupied+`"}`, nil)
	check.ErrorIs(t, err, errs.Invalid)
}

func TestHelpIsNoError(t *testing.T) {
	t.Parallel()
	_, err := settle(t, `{}`, nil, "-help")
	check.ErrorIs(t, err, flag.ErrHelp)
}

// What the cluster has agreed on outweighs the file from the second start on.
func TestLogAsTheClusterAgreed(t *testing.T) {
	t.Parallel()
	conf, logs := t.TempDir(), t.TempDir()
	text := `{"role":"proxy","confdir":"` + conf + `","log_dir":"` + logs + `","log":{"level":"1"}}`
	first, err := settle(t, text, nil)
	check.NoError(t, err)
	check.Equal(t, first, outcome{Role: "proxy", LogDir: logs, Level: slog.LevelError})
	file, err := config.Parse([]byte(text))
	check.NoError(t, err)
	kept, err := node.OpenSettings(file)
	check.NoError(t, err)
	agreed := config.Default()
	agreed.UUID, agreed.Version, agreed.Log.Level, agreed.Log.ToStderr = "uuid", 2, "debug", true
	check.NoError(t, kept.Agree(&agreed, nil))
	next, err := settle(t, text, nil)
	check.NoError(t, err)
	check.Equal(t, next, outcome{Role: "proxy", LogDir: logs, Level: slog.LevelDebug, ToStderr: "yes"})
}
