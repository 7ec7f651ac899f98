package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/hrw"
)

// Map says which nodes make up the cluster, which proxy leads it, and which
// target owns an object. It is immutable: a change is a new Map with the
// version one higher. The zero value is the map of no cluster, version 0.
//
// The nodes it returns are shared and must not be changed.
type Map struct {
	version    int64
	uuid       string
	created    string
	primary    *wire.Node
	proxies    []*wire.Node // ascending by id
	targets    []*wire.Node // ascending by id
	placements []Placement  // the one in force first, the latest earlier one next
	placed     []*wire.Node // the targets of the placement in force, index by index
	pending    *Placement
}

// NewMap returns the first map, version 1, of a new cluster that consists of
// one proxy. Created is the time of creation as text. Errors: Invalid.
func NewMap(uuid, created string, primary *wire.Node) (*Map, error) {
	const op = "cluster.NewMap"
	if uuid == "" {
		return nil, errs.E(op, "", errs.Invalid, errors.New("the cluster has no uuid"))
	}
	if !primary.IsProxy() {
		return nil, errs.E(op, primary.String(), errs.Invalid, errors.New("the primary is not a proxy"))
	}
	m, err := (&Map{uuid: uuid, created: created}).WithNode(primary)
	if err != nil {
		return nil, err
	}
	m.primary = m.proxies[0]
	m.place()
	return m, nil
}

// Version returns the version of m: 0 for the map of no cluster.
func (m *Map) Version() int64 { return m.version }

// UUID returns the id of the cluster, "" if there is none yet.
func (m *Map) UUID() string { return m.uuid }

// Created returns the time of creation of the cluster, as text.
func (m *Map) Created() string { return m.created }

// Primary returns the proxy that leads the cluster, nil if there is no cluster yet.
func (m *Map) Primary() *wire.Node { return m.primary }

// Proxies returns the proxies, ascending by id, in a shared slice.
func (m *Map) Proxies() []*wire.Node { return m.proxies }

// Targets returns the targets, ascending by id, in a shared slice. Those in
// maintenance are among them.
func (m *Map) Targets() []*wire.Node { return m.targets }

// Node returns the node with that id.
func (m *Map) Node(id string) (*wire.Node, bool) {
	if n := find(m.proxies, id); n != nil {
		return n, true
	}
	n := find(m.targets, id)
	return n, n != nil
}

// InForce returns the placement by which objects are written now.
func (m *Map) InForce() Placement {
	if len(m.placements) == 0 {
		return Placement{}
	}
	return m.placements[0]
}

// Placements returns the placement in force and after it, latest first, those
// whose objects may not have moved yet, in a shared slice.
func (m *Map) Placements() []Placement { return m.placements }

// Pending returns the placement that is prepared and not yet committed, if any.
// Its version is that of the map that prepared it.
func (m *Map) Pending() (Placement, bool) {
	if m.pending == nil {
		return Placement{}, false
	}
	return *m.pending, true
}

// Owner returns the target that owns the name with this digest, see
// [Bucket.Digest]. It does not allocate. Errors: Unavailable (no targets).
func (m *Map) Owner(digest uint64) (*wire.Node, error) {
	i := hrw.Owner(m.InForce().candidates, digest)
	if i < 0 {
		return nil, m.noTargets()
	}
	return m.placed[i], nil
}

// OwnerIn returns the target that owns the name with this digest by placement
// p, which may be an earlier one. It does not allocate. Errors: Unavailable (p
// is empty), NotFound (the owner has left the cluster).
func (m *Map) OwnerIn(p Placement, digest uint64) (*wire.Node, error) {
	id := p.Owner(digest)
	if id == "" {
		return nil, m.noTargets()
	}
	if n := find(m.targets, id); n != nil {
		return n, nil
	}
	return nil, errs.E("cluster.Map.OwnerIn", "t["+id+"]", errs.NotFound, errors.New("the target has left the cluster"))
}

// Owners returns the targets that may hold the name with this digest: the owner
// first, then the owners by earlier placements, latest first, each target once,
// without those that have left. It is empty only if no placement has targets.
func (m *Map) Owners(digest uint64) []*wire.Node {
	owners := make([]*wire.Node, 0, len(m.placements))
	for _, p := range m.placements {
		if n := find(m.targets, p.Owner(digest)); n != nil && !slices.Contains(owners, n) {
			owners = append(owners, n)
		}
	}
	return owners
}

func (m *Map) noTargets() error {
	e := errs.E("cluster.Map.Owner", fmt.Sprintf("map v%d", m.version), errs.Unavailable, errors.New("the cluster has no targets"))
	e.Public = "the cluster has no targets"
	return e
}

// find returns the node with that id among nodes that are sorted by id, or nil.
func find(nodes []*wire.Node, id string) *wire.Node {
	i, found := search(nodes, id)
	if !found {
		return nil
	}
	return nodes[i]
}

func search(nodes []*wire.Node, id string) (int, bool) {
	return slices.BinarySearchFunc(nodes, id, func(n *wire.Node, id string) int { return strings.Compare(n.ID, id) })
}
