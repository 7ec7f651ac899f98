package wire

import (
	"errors"
	"fmt"
	"strings"

	"aistore/errs"
)

// maxNamespacePart bounds each of the two parts of a namespace, in bytes.
const maxNamespacePart = 64

// anyRemote is the UUID of the namespace that stands for all attached clusters.
const anyRemote = "@"

// Namespace separates buckets of the same name. The zero value is the global
// namespace of this cluster; with a UUID (or an alias) the bucket belongs to a
// remote AIS cluster.
type Namespace struct {
	UUID string `json:"uuid"` // id or alias of a remote cluster; "" is this one
	Name string `json:"name"` // "" is the cluster's global namespace
}

// AnyRemote returns the namespace that in a query stands for the namespaces
// of all attached clusters. No bucket lives in it.
func AnyRemote() Namespace { return Namespace{UUID: anyRemote} }

// ParseNamespace reads the forms "", "@#", "@uuid", "@uuid#name", "@#name",
// "#name", and "@" for [AnyRemote]. Errors: Invalid.
func ParseNamespace(s string) (Namespace, error) {
	ns, err := parseNamespace(s)
	if err != nil {
		return Namespace{}, errs.E("wire.ParseNamespace", fmt.Sprintf("%.140q", s), errs.Invalid, err)
	}
	return ns, nil
}

func parseNamespace(s string) (Namespace, error) {
	if s == anyRemote {
		return AnyRemote(), nil
	}
	if s != "" && s[0] != '@' && s[0] != '#' {
		return Namespace{}, errors.New("a namespace is written @uuid#name")
	}
	uuid, name, _ := strings.Cut(strings.TrimPrefix(s, "@"), "#")
	ns := Namespace{UUID: uuid, Name: name}
	return ns, ns.check()
}

// Validate checks the characters and the length of both parts; neither
// [AnyRemote] nor any other query form passes. Errors: Invalid.
func (ns Namespace) Validate() error {
	if err := ns.check(); err != nil {
		return errs.E("wire.Namespace.Validate", fmt.Sprintf("%.140q", ns.String()), errs.Invalid, err)
	}
	return nil
}

func (ns Namespace) check() error {
	if len(ns.UUID) > maxNamespacePart || len(ns.Name) > maxNamespacePart {
		return fmt.Errorf("a part of a namespace has at most %d bytes", maxNamespacePart)
	}
	if !isNamespacePart(ns.UUID) || !isNamespacePart(ns.Name) {
		return errors.New("a namespace may contain letters, digits, dashes and underscores only")
	}
	return nil
}

// IsGlobal tells whether ns is the global namespace of this cluster.
func (ns Namespace) IsGlobal() bool { return ns == Namespace{} }

// IsRemote tells whether ns belongs to another AIS cluster, or to all of them.
func (ns Namespace) IsRemote() bool { return ns.UUID != "" }

// IsAnyRemote tells whether ns is [AnyRemote].
func (ns Namespace) IsAnyRemote() bool { return ns.UUID == anyRemote }

// Uname returns the form used in unames and as key of bucket metadata:
// always "@uuid#name", which for the global namespace is "@#".
func (ns Namespace) Uname() string {
	return "@" + ns.UUID + "#" + ns.Name
}

// String returns the form used in bucket URIs: "" for the global namespace,
// else "@uuid", "@uuid#name" or "#name".
func (ns Namespace) String() string {
	switch {
	case ns.IsAnyRemote():
		return anyRemote
	case ns.UUID == "" && ns.Name == "":
		return ""
	case ns.UUID == "":
		return "#" + ns.Name
	case ns.Name == "":
		return "@" + ns.UUID
	}
	return ns.Uname()
}

func isNamespacePart(s string) bool {
	for i := range len(s) {
		if !isWord(s[i]) {
			return false
		}
	}
	return true
}

// isWord tells whether c is a letter, a digit, a dash or an underscore.
func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
