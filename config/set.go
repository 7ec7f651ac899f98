package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"aistore/errs"
)

// Set returns c with settings changed by dotted names, such as
// "timeout.max_keepalive" = "4s", and checked as a whole. A list is set by
// words with commas between, what is structured by JSON. c stays as it is.
// Errors: Invalid.
func Set(c *Cluster, changes map[string]string) (*Cluster, error) {
	next, err := withSettings(*c, changes)
	if err == nil {
		err = next.validateChange(c)
	}
	if err != nil {
		return nil, errs.E("config.Set", "", errs.Invalid, err)
	}
	return &next, nil
}

// SetNode is [Set] for the configuration of a node. It is not checked as a
// whole, since more may follow. Errors: Invalid.
func SetNode(n *Node, changes map[string]string) (*Node, error) {
	next, err := withSettings(*n, changes)
	if err != nil {
		return nil, errs.E("config.SetNode", "", errs.Invalid, err)
	}
	return &next, nil
}

// SetFile is [Set] for a configuration file, whose names are those of the node
// and of the cluster. Only the part of the cluster is checked. Errors: Invalid.
func SetFile(f *File, changes map[string]string) (*File, error) {
	next, err := withSettings(*f, changes)
	if err == nil {
		err = next.Cluster.Validate()
	}
	if err != nil {
		return nil, errs.E("config.SetFile", "", errs.Invalid, err)
	}
	return &next, nil
}

// withSettings returns a copy of base with settings changed, in the order of
// their names.
func withSettings[T any](base T, changes map[string]string) (T, error) {
	next := base
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		if err := setByName(&next, key, changes[key]); err != nil {
			return base, err
		}
	}
	return next, nil
}

// Merge returns c changed by a JSON object with any part of the settings, and
// checked as a whole. c stays as it is. Errors: Invalid.
func Merge(c *Cluster, change []byte) (*Cluster, error) {
	const op = "config.Merge"
	next, err := decode(*c, change)
	if err != nil {
		return nil, errs.E(op, "", errs.Invalid, err)
	}
	if next.UUID != c.UUID || next.Version != c.Version || next.Updated != c.Updated {
		return nil, errs.E(op, "", errs.Invalid, errors.New("uuid, config_version and lastupdate_time cannot be set: leave them out, or fetch the configuration again if it has changed since"))
	}
	if s := next.Auth.Signature; s != nil && s.Key == hidden && c.Auth.Signature != nil {
		s.Key = c.Auth.Signature.Key // what was fetched comes back
	}
	if err := next.validateChange(c); err != nil {
		return nil, errs.E(op, "", errs.Invalid, err)
	}
	return &next, nil
}

// validateChange checks what a cluster changes its configuration to.
func (c *Cluster) validateChange(before *Cluster) error {
	if c.Proxy != before.Proxy {
		return bad("proxy", "each node has its own, in its configuration file: set it for a node, not for the cluster")
	}
	if s := c.Auth.Signature; s != nil && s.Key == hidden {
		return bad("auth.signature.key", "stands for a key that is not shown: give the key itself")
	}
	return c.Validate()
}

// setByName sets one setting of the struct that root points to.
func setByName(root any, key, value string) error {
	if isReadOnly(key) {
		return fmt.Errorf("%s: cannot be set", key)
	}
	leaf, err := find(root, key)
	if err != nil {
		return err
	}
	if isSection(leaf.Type()) {
		return fmt.Errorf("%s: a section, give the name of a setting in it", key)
	}
	return setText(leaf, key, value)
}

// find returns the setting or the section of that dotted name in the struct
// that root points to. It opens the sections on the way.
func find(root any, key string) (reflect.Value, error) {
	top := reflect.ValueOf(root).Elem()
	at, ok := lookUp(top, key)
	if !ok {
		return at, unknownAmong(key, append(sections(top.Type()), names(nil, top.Type(), "")...))
	}
	return at, nil
}

// lookUp returns the setting or the section of that dotted name in the struct at, and
// whether there is one. It opens the sections on the way.
func lookUp(at reflect.Value, key string) (found reflect.Value, ok bool) {
	for name := range strings.SplitSeq(key, ".") {
		if !isSection(at.Type()) {
			return at, false
		}
		if at, ok = field(open(at), name); !ok {
			return at, false
		}
	}
	return at, true
}

// isReadOnly tells whether key belongs to whoever commits changes.
func isReadOnly(key string) bool {
	return key == "uuid" || key == "config_version" || key == "lastupdate_time"
}
