package cluster

import (
	"errors"
	"fmt"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// Joiner is a node that asks to join.
type Joiner struct {
	Node        *wire.Node
	UUID        string // of the cluster it was in before; "" if in none
	Incarnation uint64 // how often it has started
}

// Known is what the primary remembers of the node of a joiner's id.
// The zero value is nothing.
type Known struct {
	Incarnation uint64 // of its last keepalive or join
	Alive       bool   // it has been heard of within its lease
}

// CheckJoin decides whether a node may join the cluster of s, or come back to it.
// A node may come back under other addresses when the node of its id is not
// alive, or when it is that node, started anew. One machine may hold a proxy
// and a target of the same addresses whose ids differ in the first letter only.
// Errors: Invalid (the node is malformed), Conflict (it is of another cluster,
// a copy of a node that is alive, out of date, or has the addresses of another
// node), Unavailable (there is no cluster yet).
func CheckJoin(s *State, j Joiner, known Known) error {
	const op = "cluster.CheckJoin"
	if !s.Initialized() {
		return errs.E(op, j.Node.String(), errs.Unavailable, errors.New("there is no cluster yet"))
	}
	if err := j.Node.Validate(); err != nil {
		return errs.E(op, "", "", err)
	}
	if err := checkJoin(s.Map, j, known); err != nil {
		return errs.E(op, j.Node.String(), errs.Conflict, err)
	}
	return nil
}

func checkJoin(m *Map, j Joiner, known Known) error {
	if j.UUID != "" && j.UUID != m.UUID() {
		return fmt.Errorf("it belongs to cluster %s, this is cluster %s: start it with addresses of its own cluster, or empty its confdir to make it a new node", j.UUID, m.UUID())
	}
	if j.Incarnation < known.Incarnation {
		return fmt.Errorf("it is out of date: its start number is %d, the last seen was %d: its confdir is an old copy, empty it to make it a new node", j.Incarnation, known.Incarnation)
	}
	if old, found := m.Node(j.Node.ID); found {
		if old.Type != j.Node.Type {
			return fmt.Errorf("its id is that of %s: give it another id", old)
		}
		again := j.UUID != "" && j.Incarnation > known.Incarnation // it knows that it is that node
		if known.Alive && !again && !sameAddresses(old, j.Node) {
			return fmt.Errorf("its id is in use at %s: stop that node, or give this one another id and a confdir of its own", old.Control.URL)
		}
	}
	for _, nodes := range [][]*wire.Node{m.Proxies(), m.Targets()} {
		for _, other := range nodes {
			if other.ID != j.Node.ID && !arePair(other, j.Node) && shareAddress(other, j.Node) {
				return fmt.Errorf("it has an address of %s: give it other ports or another host, or remove that node if it is gone for good", other)
			}
		}
	}
	return nil
}

// CheckSetPrimary decides whether an administrator may make the node of that id
// the primary. Errors: NotFound, Conflict (it is a target, cannot be elected, or
// is in maintenance).
func CheckSetPrimary(s *State, id string) error {
	const op = "cluster.CheckSetPrimary"
	n, found := s.Map.Node(id)
	switch {
	case !found:
		return nodeNotFound(op, id)
	case !n.IsProxy():
		return errs.E(op, n.String(), errs.Conflict, errors.New("a target cannot be primary"))
	case n.Has(wire.NodeNonElectable):
		return errs.E(op, n.String(), errs.Conflict, errors.New("it is configured as non-electable"))
	case n.InMaintenance():
		return errs.E(op, n.String(), errs.Conflict, errors.New("it is in maintenance"))
	}
	return nil
}

// CheckCreateBucket decides whether a client may create a bucket: name and
// properties are good, the name is not reserved, there is none of that name,
// and there are targets to hold it. Errors: Invalid, Exists, Unavailable.
func CheckCreateBucket(s *State, name wire.Bucket, props *wire.BucketProps) error {
	const op = "cluster.CheckCreateBucket"
	name = normal(name)
	if err := name.Validate(); err != nil {
		return errs.E(op, "", "", err)
	}
	if name.IsSystem() {
		return errs.E(op, name.String(), errs.Invalid, errors.New("names that begin with a dot are reserved"))
	}
	if err := checkProps(name, props); err != nil {
		return errs.E(op, name.String(), "", err)
	}
	if _, found := s.Buckets.Get(name); found || s.reserved(name) {
		return errs.BucketExists(op, name.String())
	}
	if len(s.Map.InForce().Targets()) == 0 {
		return errs.E(op, name.String(), "", s.Map.noTargets())
	}
	return nil
}

// CheckSetProps decides whether a bucket can have those properties, and returns
// the bucket. Errors: Invalid, NotFound.
func CheckSetProps(s *State, name wire.Bucket, props *wire.BucketProps) (*Bucket, error) {
	const op = "cluster.CheckSetProps"
	b, err := CheckBucket(s, name)
	if err != nil {
		return nil, err
	}
	if err := checkProps(b.Bucket, props); err != nil {
		return nil, errs.E(op, b.String(), "", err)
	}
	switch old := b.Props; {
	case old.Versioning.History != wire.HistoryNone && props.Versioning.History == wire.HistoryNone:
		err = errors.New("the bucket keeps older versions of its objects: that can be suspended, not undone")
	case old.Lock.Enabled && !props.Lock.Enabled:
		err = errors.New("the bucket locks versions of its objects: that cannot be undone")
	}
	if err != nil {
		return nil, errs.E(op, b.String(), errs.Invalid, err)
	}
	return b, nil
}

// CheckBucket returns the bucket of that name, which a client wants to use or
// to destroy. Errors: Invalid (no such name is possible), NotFound.
func CheckBucket(s *State, name wire.Bucket) (*Bucket, error) {
	const op = "cluster.CheckBucket"
	name = normal(name)
	if err := name.Validate(); err != nil {
		return nil, errs.E(op, "", "", err)
	}
	b, found := s.Buckets.Get(name)
	switch {
	case found:
		return b, nil
	case name.IsRemote():
		return nil, errs.RemoteBucketNotFound(op, name.String())
	}
	return nil, errs.BucketNotFound(op, name.String())
}

// reserved tells whether a bucket is about to get that name.
func (s *State) reserved(name wire.Bucket) bool {
	for _, j := range s.Jobs.Touching(name) {
		if j.Hidden && normal(*j.To) == normal(name) {
			return true
		}
	}
	return false
}

func checkProps(name wire.Bucket, props *wire.BucketProps) error {
	if props.Provider != name.Provider {
		return errs.E("", "", errs.Invalid, fmt.Errorf("its properties are for provider %.32q", props.Provider))
	}
	return props.Validate()
}

// arePair tells whether a and b are the proxy and the target of one process.
func arePair(a, b *wire.Node) bool {
	return a.Type != b.Type && len(a.ID) > 1 && len(b.ID) > 1 && a.ID[1:] == b.ID[1:] &&
		strings.ContainsRune("pt", rune(a.ID[0])) && strings.ContainsRune("pt", rune(b.ID[0]))
}

func sameAddresses(a, b *wire.Node) bool {
	return a.Public.URL == b.Public.URL && a.Control.URL == b.Control.URL && a.Data.URL == b.Data.URL
}

func shareAddress(a, b *wire.Node) bool {
	for _, x := range addresses(a) {
		for _, y := range addresses(b) {
			if x == y {
				return true
			}
		}
	}
	return false
}

func addresses(n *wire.Node) []string {
	list := []string{n.Public.URL, n.Control.URL, n.Data.URL}
	for _, extra := range n.PubExtra {
		list = append(list, extra.URL)
	}
	return list
}
