package config

import (
	"reflect"
	"slices"
	"strings"

	"aistore/api/wire"
)

// Describe returns all settings of a configuration (a [Cluster] or a [File])
// sorted by name, those of absent sections included, without secrets. Where a
// value comes from is left to the caller.
func Describe[T any](of *T) []wire.ConfigSetting {
	values, defaults := valuesOf(Flatten(of)), valuesOf(Flatten(new(completeDefaults())))
	for key, value := range defaults {
		if _, ok := values[key]; !ok && strings.HasPrefix(key, "auth.intra_cluster.") {
			values[key] = value // the section is left out
		}
	}
	var list []wire.ConfigSetting
	for _, key := range names(nil, reflect.TypeFor[T](), "") {
		list = append(list, wire.ConfigSetting{
			Key:     key,
			Value:   shown(key, values[key]),
			Default: defaults[key],
			Local:   IsLocal(key),
			Effect:  string(EffectOf(key)),
			Risky:   Risky(key),
			Choices: Choices(key),
		})
	}
	slices.SortFunc(list, func(a, b wire.ConfigSetting) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// completeDefaults are the defaults, with what holds where auth.intra_cluster is
// left out.
func completeDefaults() File {
	file := DefaultFile()
	file.Auth.IntraCluster = new(DefaultIntraCluster())
	return file
}

func valuesOf(settings []Setting) map[string]string {
	values := make(map[string]string, len(settings))
	for _, s := range settings {
		values[s.Key] = s.Value
	}
	return values
}
