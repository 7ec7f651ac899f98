package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"aistore/ais"
	"aistore/ais/node"
	"aistore/config"
	"aistore/errs"
)

// settings are what flags, environment and configuration file say together.
type settings struct {
	file    config.File
	options ais.Options
	level   slog.Leveler
}

// usage follows the flags of glog, which are the process's.
const usage = `aisnode is a node of an AIStore cluster.

	aisnode -role=proxy|target|all -config=FILE [flags]

Environment: AIS_IS_PRIMARY=true makes this proxy found the cluster if there is
none, AIS_PRIMARY_ID does so for the proxy of that id; AIS_DAEMON_ID sets the
node's id; AIS_HOST_IP and AIS_HOST_PORT the public address that others are told.

Flags:
`

// flags are the node's own flags.
type flags struct {
	role, config, custom string
	targets              int
}

func defineFlags(set *flag.FlagSet) *flags {
	f := &flags{}
	set.StringVar(&f.role, "role", "", "role of the node: proxy, target, or all (both)")
	set.StringVar(&f.config, "config", "", "JSON configuration `file` of the node")
	set.StringVar(&f.custom, "config_custom", "", "settings that override the file, as `k1=v1,k2=v2` with dotted names")
	set.IntVar(&f.targets, "ntargets", 0, "how many targets the primary waits for before it is ready")
	set.Usage = func() {
		fmt.Fprint(set.Output(), usage)
		set.PrintDefaults()
	}
	return f
}

// parse reads flags, environment and file. Errors: Invalid, NotFound (the file).
func parse(args []string, env func(string) string) (settings, error) {
	const op = "aisnode"
	set := flag.CommandLine // glog's flags are there
	set.Init(op, flag.ContinueOnError)
	f := defineFlags(set)
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return settings{}, err
		}
		return settings{}, errs.E(op, "", errs.Invalid, err)
	}
	if f.config == "" {
		return settings{}, errs.E(op, "", errs.Invalid, errors.New("-config is missing: name the node's JSON configuration file"))
	}
	file, err := config.Load(f.config)
	if err != nil {
		return settings{}, err
	}
	if err := override(&file, f, env); err != nil {
		return settings{}, err
	}
	return settings{
		file: file,
		options: ais.Options{
			Options: node.Options{HostIP: env("AIS_HOST_IP"), HostPort: env("AIS_HOST_PORT")},
			Primary: isPrimary(file, env),
			Targets: f.targets,
		},
	}, logTo(set, file)
}

// override applies flags and environment to what the file says.
func override(file *config.File, f *flags, env func(string) string) error {
	if f.role != "" {
		file.Role = f.role
	}
	if id := env("AIS_DAEMON_ID"); id != "" {
		file.ID = id
	}
	changes := map[string]string{}
	for _, setting := range strings.Split(f.custom, ",") {
		if setting == "" {
			continue
		}
		name, value, ok := strings.Cut(setting, "=")
		if !ok {
			return errs.E("aisnode", setting, errs.Invalid, errors.New("-config_custom takes name=value pairs"))
		}
		changes[strings.TrimSpace(name)] = value
	}
	changed, err := config.SetFile(file, changes)
	if err == nil {
		*file = *changed
	}
	return err
}

// isPrimary reports whether the environment makes this node found the cluster.
func isPrimary(file config.File, env func(string) string) bool {
	if id := env("AIS_PRIMARY_ID"); id != "" {
		return id == file.ID
	}
	return env("AIS_IS_PRIMARY") == "true"
}

// logTo points glog at the log directory of the configuration, unless flags say
// otherwise.
func logTo(set *flag.FlagSet, file config.File) error {
	if file.LogDir == "" {
		return set.Set("logtostderr", "true")
	}
	if err := os.MkdirAll(file.LogDir, 0o755); err != nil {
		return errs.E("aisnode", file.LogDir, errs.Invalid, err)
	}
	return set.Set("log_dir", file.LogDir)
}
