package cluster

import (
	"maps"
	"slices"
	"strings"

	"aistore/config"
)

// Transient holds settings of the cluster that each node has until it restarts,
// by dotted name, over what [State.Config] says. The log has them so that all
// nodes get them, or none. Values of this type are never changed in place; nil is
// none.
type Transient map[string]TransientSetting

// TransientSetting is the value of a setting, as config.Flatten writes it. A node
// that has started with a configuration of that version or a later one has
// restarted since, and does without it.
type TransientSetting struct {
	Value string `json:"value"`
	Since int64  `json:"since,string"` // version of the configuration that it came with
}

// SetTransient gives settings values that nodes have until they restart, and
// makes a new version of the configuration.
func SetTransient(settings map[string]string) Change {
	return Change{Kind: ChangeTransient, Settings: settings}
}

// EndTransient ends what SetTransient has set, for settings of these dotted
// names, and makes a new version of the configuration.
func EndTransient(keys []string) Change { return Change{Kind: ChangeTransient, Keys: keys} }

// Below returns the names in t, ascending, that are among keys or in a section
// among them; "" is the section of all.
func (t Transient) Below(keys []string) []string {
	var below []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if slices.ContainsFunc(keys, func(key string) bool { return key == "" || key == name || strings.HasPrefix(name, key+".") }) {
			below = append(below, name)
		}
	}
	return below
}

// changeTransient sets and ends settings that are transient.
func (s *State) changeTransient(c Change) {
	s.putConfig(s.Map.UUID(), (*settings)(s.Config))
	s.Transient = s.Transient.without(c.Keys)
	for key, value := range c.Settings {
		s.Transient[key] = TransientSetting{Value: value, Since: s.Config.Version}
	}
}

// replaceConfig puts a configuration in the place of the present one. What is
// transient ends for settings that differ.
func (s *State) replaceConfig(changed *settings) {
	before := s.Config
	s.putConfig(s.Map.UUID(), changed)
	s.boundLeases(before.Timeout.Lease)
	if len(s.Transient) == 0 {
		return
	}
	var keys []string
	for _, change := range config.Diff(before, s.Config) {
		keys = append(keys, change.Key)
	}
	s.Transient = s.Transient.without(keys)
}

// without returns a copy of t without those settings. It is never nil.
func (t Transient) without(keys []string) Transient {
	rest := maps.Clone(t)
	if rest == nil {
		rest = Transient{}
	}
	for _, key := range keys {
		delete(rest, key)
	}
	return rest
}
