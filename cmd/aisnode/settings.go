package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"aistore/ais"
	"aistore/ais/node"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/logging"
	"aistore/internal/units"
)

// settings are what flags, environment and configuration file say together.
type settings struct {
	file    config.File
	options ais.Options
	maxSize units.Size // of a log file
}

// usage follows the flags of glog, which are the process's.
const usage = `aisnode is a node of an AIStore cluster.

	aisnode -role=proxy|target|all -config=FILE [flags]

Environment: AIS_IS_PRIMARY=true makes this proxy found the cluster if there is
none. AIS_PRIMARY_ID does so for the proxy of that id, which also takes the lead
whenever it starts. AIS_DAEMON_ID sets the node's id, AIS_HOST_IP and
AIS_HOST_PORT the public address that others are told. With AIS_CLUSTER_CIDR, as
10.0.0.0/8, a proxy sends clients of these addresses to the data network of the
targets. A flag outweighs the environment, and that the file.

Flags:
`

// flags are the node's own flags.
type flags struct {
	role, config, custom string
	targets              int
	standby              bool
}

func defineFlags(set *flag.FlagSet) *flags {
	f := &flags{}
	set.StringVar(&f.role, "role", "", "role of the node: proxy, target, or all (both)")
	set.StringVar(&f.config, "config", "", "JSON configuration `file` of the node")
	set.StringVar(&f.custom, "config_custom", "", "settings that override the file, as `k1=v1,k2=v2` with dotted names")
	set.IntVar(&f.targets, "ntargets", 0, "how many targets the primary waits for before it is ready")
	set.BoolVar(&f.standby, "standby", false, "neither found nor join a cluster: wait until an administrator joins the node to one")
	set.Usage = func() {
		fmt.Fprint(set.Output(), usage)
		set.PrintDefaults()
	}
	return f
}

// parse reads flags, environment and file. Set has the flags of glog, of which
// log_dir and logtostderr are set to what the file says unless args do. Errors:
// Invalid, NotFound (the file).
func parse(set *flag.FlagSet, args []string, env func(string) string) (settings, error) {
	const op = "aisnode"
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
	founds, err := isPrimary(file, env)
	if err != nil {
		return settings{}, err
	}
	near, err := nearby(env)
	if err != nil {
		return settings{}, err
	}
	kept, err := node.OpenSettings(file)
	if err != nil {
		return settings{}, err
	}
	log := kept.Started().Log
	if err := logTo(set, &file, log.ToStderr); err != nil {
		return settings{}, err
	}
	level := new(slog.LevelVar)
	now, err := logging.ParseLevel(log.Level)
	if err != nil {
		return settings{}, err
	}
	level.Set(now)
	return settings{
		file:    file,
		maxSize: log.MaxSize,
		options: ais.Options{
			Options: node.Options{HostIP: env("AIS_HOST_IP"), HostPort: env("AIS_HOST_PORT"), Near: near, LogLevel: level},
			Primary: founds,
			Targets: f.targets,
			Standby: f.standby,
			Claims:  env("AIS_PRIMARY_ID") != "" && founds,
		},
	}, nil
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
func isPrimary(file config.File, env func(string) string) (bool, error) {
	is, id := wire.Bool(env("AIS_IS_PRIMARY")), env("AIS_PRIMARY_ID")
	if is && id != "" && id != file.ID {
		return false, errs.E("aisnode", "", errs.Invalid,
			fmt.Errorf("AIS_IS_PRIMARY says that this node is the primary, AIS_PRIMARY_ID that %.64q is: set one of them", id))
	}
	return is || id != "" && id == file.ID, nil
}

// nearby is where clients are that share the network of the nodes.
func nearby(env func(string) string) (netip.Prefix, error) {
	text := env("AIS_CLUSTER_CIDR")
	if text == "" {
		return netip.Prefix{}, nil
	}
	near, err := netip.ParsePrefix(text)
	if err != nil {
		return near, errs.E("aisnode", "AIS_CLUSTER_CIDR", errs.Invalid, fmt.Errorf("%.64q is no range of addresses, such as 10.0.0.0/8", text))
	}
	return near, nil
}

// logTo points glog at the log directory of the configuration, or at stderr if
// there is none or toStderr says so. A directory that the flags name becomes that
// of the configuration.
func logTo(set *flag.FlagSet, file *config.File, toStderr bool) error {
	const op = "aisnode"
	if dir := set.Lookup("log_dir").Value.String(); dir != "" {
		var err error
		if file.LogDir, err = filepath.Abs(dir); err != nil {
			return errs.E(op, "-log_dir", errs.Invalid, err)
		}
	}
	if file.LogDir == "" || toStderr {
		return set.Set("logtostderr", "true")
	}
	if err := os.MkdirAll(file.LogDir, 0o755); err != nil {
		return errs.E(op, file.LogDir, errs.Invalid, err)
	}
	return set.Set("log_dir", file.LogDir)
}
