package node

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/jsonfile"
	"aistore/internal/jsonx"
)

// settingsVersion is the format of the file of settings.
const settingsVersion = 1

// Settings is the configuration that is in force on a node: what its file says,
// under what the cluster has agreed on, under what is set on this node alone,
// until it is reset (an override) or until the node stops (transient). What
// outlives the process is kept in config.json of the node's directory. All
// methods may be called from any goroutine.
type Settings struct {
	file    config.File // as file, environment and flags say
	started config.File // what was in force when the node started
	live    *config.Live[config.Cluster]

	turn sync.Mutex // serialises changes, with all that they entail

	mu  sync.Mutex
	now layers // guarded by mu; never changed in place
}

// layers are what a configuration is made of.
type layers struct {
	Cluster   *agreed         `json:"cluster,omitempty"`  // what the cluster agreed on last; nil in none
	Override  config.Override `json:"override,omitempty"` // of this node
	transient config.Override
	passing   cluster.Transient // what the cluster has set until nodes restart, last
	newer     int64             // what it set with a later version of its configuration counts here
	inForce   config.File       // or will be after a restart
	refused   map[string]error  // overrides that are not in force
}

// agreed is a configuration with defaults for what an older release did not
// write.
type agreed config.Cluster

// UnmarshalJSON decodes a.
func (a *agreed) UnmarshalJSON(data []byte) error {
	*a = agreed(config.Default())
	return jsonx.Unmarshal(data, (*config.Cluster)(a))
}

// OpenSettings reads the settings of the node that file is of. Errors: Corrupt,
// Unsupported (config.json was written by a newer release).
func OpenSettings(file config.File) (*Settings, error) {
	s := &Settings{file: file}
	var saved layers
	if file.ConfDir != "" {
		_, err := jsonfile.Load(jsonfile.OS{}, s.path(), settingsVersion, &saved)
		if err != nil && !errors.Is(err, errs.NotFound) {
			return nil, errs.E("node.OpenSettings", "remove this file to start without the settings of this node", "", err)
		}
	}
	if saved.Cluster != nil {
		saved.newer = saved.Cluster.Version
	}
	s.now = s.compose(saved)
	s.started = s.now.inForce
	s.live = config.NewLive(new(s.now.inForce.Cluster))
	return s, nil
}

func (s *Settings) path() string { return filepath.Join(s.file.ConfDir, "config.json") }

// compose puts layers on top of each other.
func (s *Settings) compose(l layers) layers {
	l.inForce, l.refused = l.Override.On(s.base(l))
	var more map[string]error
	l.inForce, more = l.transient.On(l.inForce)
	if l.refused == nil {
		l.refused = map[string]error{}
	}
	maps.Copy(l.refused, more)
	return l
}

// base is what this node has without an override: what the cluster has agreed
// on, but for the section proxy, which is that of the node's file.
func (s *Settings) base(l layers) config.File {
	base := s.file
	if l.Cluster != nil {
		base.Cluster = config.Cluster(*l.Cluster)
		base.Proxy = s.file.Proxy
	}
	return base
}

func (s *Settings) get() layers {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Live is the part of the cluster as it is in force on this node.
func (s *Settings) Live() *config.Live[config.Cluster] { return s.live }

// File is the whole configuration: what is in force, or will be after a restart.
func (s *Settings) File() config.File { return s.get().inForce }

// Started is the whole configuration with which the node has started.
func (s *Settings) Started() config.File { return s.started }

// Cluster is what the cluster has agreed on, as far as this node knows; in no
// cluster, what the node's file says.
func (s *Settings) Cluster() *config.Cluster {
	if agreed := s.get().Cluster; agreed != nil {
		return new(config.Cluster(*agreed))
	}
	return new(s.file.Cluster)
}

// Agree puts in force what the cluster has agreed on, and what it has set until
// nodes restart since this one did. A transient setting ends when the cluster
// changes it.
func (s *Settings) Agree(c *config.Cluster, passing cluster.Transient) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	next := s.get()
	if was := next.Cluster; was != nil && was.UUID == c.UUID && was.Version == c.Version {
		return nil
	}
	next.transient = maps.Clone(next.transient)
	if before := next.Cluster; before != nil {
		for _, change := range config.Diff((*config.Cluster)(before), c) {
			delete(next.transient, change.Key)
		}
	}
	if before := next.Cluster; before == nil || before.UUID != c.UUID {
		next.passing, next.newer = nil, c.Version // it was not there when what is transient was set
	}
	next.pass(passing)
	next.Cluster = (*agreed)(c)
	return s.put(next)
}

// pass takes over what the cluster has set until nodes restart, and what of that
// it has ended.
func (l *layers) pass(passing cluster.Transient) {
	for key := range l.passing {
		if _, still := passing[key]; !still {
			delete(l.transient, key)
		}
	}
	for key, setting := range passing {
		if setting.Since > l.newer && setting != l.passing[key] {
			if l.transient == nil {
				l.transient = config.Override{}
			}
			l.transient[key] = setting.Value
		}
	}
	l.passing = passing
}

// Set gives settings, by dotted name, values that hold on this node only.
// Errors: Invalid (names the setting, and the nearest valid one or the range).
func (s *Settings) Set(changes map[string]string) (*wire.ConfigReply, error) {
	return s.change(func(l *layers, base config.File) (err error) {
		l.Override, err = l.Override.Set(base, changes)
		l.transient = without(l.transient, changes)
		return err
	})
}

// SetTransient is Set until the node stops. Errors: Invalid, also for settings
// that count from a start on.
func (s *Settings) SetTransient(changes map[string]string) (*wire.ConfigReply, error) {
	return s.change(setTransient(changes))
}

// TryTransient is SetTransient that changes nothing: it returns the change that
// it would make.
func (s *Settings) TryTransient(changes map[string]string) (*wire.ConfigReply, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	before := s.get()
	next := before
	if err := setTransient(changes)(&next, s.base(next)); err != nil {
		return nil, err
	}
	return reply(&before, new(s.compose(next))), nil
}

func setTransient(changes map[string]string) func(l *layers, base config.File) error {
	return func(l *layers, base config.File) (err error) {
		for key := range changes {
			if config.EffectOf(key) == config.EffectRestart {
				e := errs.E("node.SetTransient", key, errs.Invalid, nil)
				e.Public = key + " counts from the next start of a node on, when what is transient has gone"
				return e
			}
		}
		under, _ := l.Override.On(base)
		l.transient, err = l.transient.Set(under, changes)
		return err
	}
}

// Merge is Set for settings as a JSON object. Errors: Invalid.
func (s *Settings) Merge(change []byte) (*wire.ConfigReply, error) {
	return s.change(func(l *layers, base config.File) (err error) {
		l.Override, err = l.Override.Merge(base, change)
		return err
	})
}

// Reset ends what is set on this node only, for those settings and sections, or
// for all without any name. Errors: Invalid.
func (s *Settings) Reset(keys ...string) (*wire.ConfigReply, error) {
	return s.change(func(l *layers, _ config.File) (err error) {
		if l.Override, err = l.Override.Reset(keys...); err != nil {
			return err
		}
		l.transient, err = l.transient.Reset(keys...)
		return err
	})
}

// ResetTransient is Reset of what is transient. Errors: Invalid.
func (s *Settings) ResetTransient(keys ...string) (*wire.ConfigReply, error) {
	return s.change(func(l *layers, _ config.File) (err error) {
		l.transient, err = l.transient.Reset(keys...)
		return err
	})
}

// change makes a change of the layers of this node, keeps it and puts it in
// force.
func (s *Settings) change(apply func(l *layers, base config.File) error) (*wire.ConfigReply, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	before := s.get()
	next := before
	if err := apply(&next, s.base(next)); err != nil {
		return nil, err
	}
	if err := s.put(next); err != nil {
		return nil, err
	}
	return reply(&before, new(s.get())), nil
}

// reply tells what has changed.
func reply(before, after *layers) *wire.ConfigReply {
	return &wire.ConfigReply{Version: after.inForce.Version, Changed: config.Changes(&before.inForce, &after.inForce)}
}

// put keeps layers and puts them in force.
func (s *Settings) put(next layers) error {
	next = s.compose(next)
	if err := jsonfile.Save(jsonfile.OS{}, s.path(), settingsVersion, &next); err != nil {
		return errs.E("node.Settings", s.path(), "", err)
	}
	s.mu.Lock()
	s.now = next
	s.mu.Unlock()
	s.live.Set(new(next.inForce.Cluster))
	return nil
}

func without(o config.Override, changes map[string]string) config.Override {
	o = maps.Clone(o)
	for key := range changes {
		delete(o, key)
	}
	return o
}

// List describes all settings of this node.
func (s *Settings) List() []wire.ConfigSetting {
	now := s.get()
	base := s.base(now)
	cluster, started := byKey(&base), byKey(&s.started)
	list := config.Describe(&now.inForce)
	for i := range list {
		setting := &list[i]
		setting.Source = now.source(setting.Key)
		if setting.Source == wire.SourceOverride || setting.Source == wire.SourceTransient {
			setting.Cluster = cluster[setting.Key].Value
		}
		if err := now.refused[setting.Key]; err != nil {
			setting.Problem = "not in force: " + errs.PublicOf(err)
		} else if setting.Effect == string(config.EffectRestart) && setting.Value != started[setting.Key].Value {
			setting.Problem = "counts from the next start of the node on"
		}
	}
	return list
}

func byKey(file *config.File) map[string]wire.ConfigSetting {
	settings := map[string]wire.ConfigSetting{}
	for setting := range slices.Values(config.Describe(file)) {
		settings[setting.Key] = setting
	}
	return settings
}

// source tells where the value of a setting comes from.
func (l *layers) source(key string) string {
	if _, ok := l.transient[key]; ok {
		return wire.SourceTransient
	}
	if _, ok := l.Override[key]; ok {
		return wire.SourceOverride
	}
	if config.IsLocal(key) {
		return wire.SourceLocal
	}
	return wire.SourceInherited
}
