package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"aistore/errs"
)

// Override is what one node does otherwise than its cluster, or than its own
// file says: values as text by dotted name. A nil Override changes nothing.
// Values of this type are not changed once they are made.
type Override map[string]string

// Set returns o with more settings, whose values are written as [Flatten] writes
// them. The node's configuration is then base under the new override, and is
// checked as a whole. Errors: Invalid (names the setting and what to do).
func (o Override) Set(base File, changes map[string]string) (Override, error) {
	const op = "config.Override.Set"
	next := o.clone()
	maps.Copy(next, changes)
	file, err := withSettings(base, next)
	if err == nil {
		err = errorsOf(slices.Sorted(maps.Keys(changes)))
	}
	if err == nil {
		err = file.validateOverridden()
	}
	if err != nil {
		return nil, errs.E(op, "", errs.Invalid, err)
	}
	for _, s := range Flatten(&file) {
		if _, ok := changes[s.Key]; ok {
			next[s.Key] = s.Value
		}
	}
	return next, nil
}

// Merge is Set for a JSON object with any part of the settings of a node and its
// cluster. What is as base has it is not overridden. Errors: Invalid.
func (o Override) Merge(base File, change []byte) (Override, error) {
	file, err := decode(base, change)
	if err != nil {
		return nil, errs.E("config.Override.Merge", "", errs.Invalid, err)
	}
	changes := map[string]string{}
	for _, c := range Diff(&base, &file) {
		changes[c.Key] = c.To
	}
	return o.Set(base, changes)
}

// Reset returns o without the settings of those names, or below them, and
// without any when no name is given. Errors: Invalid (no such setting).
func (o Override) Reset(keys ...string) (Override, error) {
	if len(keys) == 0 {
		return Override{}, nil
	}
	file := DefaultFile()
	next := o.clone()
	for _, key := range keys {
		if _, err := find(&file, key); err != nil {
			return nil, errs.E("config.Override.Reset", "", errs.Invalid, err)
		}
		maps.DeleteFunc(next, func(k, _ string) bool { return k == key || strings.HasPrefix(k, key+".") })
	}
	return next, nil
}

// On returns base changed by o, and the error of each setting of o that is not
// in force since it does not go with base.
func (o Override) On(base File) (File, map[string]error) {
	if file, err := withSettings(base, o); err == nil && file.validateOverridden() == nil {
		return file, nil
	}
	file, refused := base, map[string]error{}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		next, err := withSettings(file, Override{key: o[key]})
		if err == nil {
			err = next.validateOverridden()
		}
		if err != nil {
			refused[key] = err
			continue
		}
		file = next
	}
	return file, refused
}

func (o Override) clone() Override {
	if o == nil {
		return Override{}
	}
	return maps.Clone(o)
}

// validateOverridden checks what an override can spoil.
func (f *File) validateOverridden() error {
	if err := f.Cluster.Validate(); err != nil {
		return err
	}
	return f.HostNet.validate()
}

// errorsOf returns the error of the first setting that no node may override.
func errorsOf(keys []string) error {
	for _, key := range keys {
		if why := whyNotOverride(key); why != "" {
			return fmt.Errorf("%s: %s", key, why)
		}
	}
	return nil
}

// whyNotOverride returns why a node cannot have its own value of a setting, or
// "" if it can.
func whyNotOverride(key string) string {
	section, _, _ := strings.Cut(key, ".")
	switch section {
	case "id", "role", "confdir", "log_dir", "fspaths", "test_fspaths":
		return "is what the node's configuration file says: change it there, and restart the node"
	case "auth", "keepalivetracker", "quorum", "features", "read_without_lease", "backend":
		return "all nodes have to agree on it: set it for the cluster"
	case "lru", "mirror", "ec", "checksum", "versioning", "chunks", "write_policy", "rate_limit":
		return "is for new buckets, which are the same on all nodes: set it for the cluster, or for a bucket"
	}
	switch key {
	case "timeout.lease", "rebalance.enabled", "rebalance.evict_after":
		return "all nodes have to agree on it: set it for the cluster"
	}
	return ""
}

// IsLocal reports whether the setting of that dotted name is one of each node
// itself: what the cluster agrees on does not count.
func IsLocal(key string) bool {
	if strings.HasPrefix(key, "proxy.") {
		return true // it stands with those of the cluster, and each node has its own
	}
	node := DefaultNode()
	_, ok := lookUp(reflect.ValueOf(&node).Elem(), key)
	return ok
}
