package wire

import (
	"errors"
	"fmt"

	"aistore/errs"
)

// Smap is the cluster map as clients see it: who is in the cluster and who
// leads it. The rules over it are in package cluster.
type Smap struct {
	Proxies      map[string]*Node `json:"pmap"` // by id
	Targets      map[string]*Node `json:"tmap"` // by id
	Primary      *Node            `json:"proxy_si"`
	UUID         string           `json:"uuid"`
	Version      int64            `json:"version,string"`
	CreationTime string           `json:"creation_time"`
	Ext          *SmapExt         `json:"ext,omitempty"`
}

// SmapExt is what the map of this implementation carries beyond that of
// wire clients, which ignore it.
type SmapExt struct {
	Placements []Placement `json:"placements,omitempty"` // the one in force first
	Pending    *Placement  `json:"pending,omitempty"`    // prepared, not yet committed
}

// Placement is a set of targets that objects are, or were, spread over.
type Placement struct {
	Version int64    `json:"version,string"` // of the map that brought it into force
	Targets []string `json:"targets"`        // ids, ascending
}

// Node returns the proxy or target with that id, or nil.
func (m *Smap) Node(id string) *Node {
	if n := m.Proxies[id]; n != nil {
		return n
	}
	return m.Targets[id]
}

// Validate checks that a map from outside can be used: the primary is one of
// its proxies, and each node has the type and the id it is listed under.
// Errors: Invalid.
func (m *Smap) Validate() error {
	if err := m.check(); err != nil {
		return errs.E("wire.Smap.Validate", fmt.Sprintf("cluster map v%d", m.Version), errs.Invalid, err)
	}
	return nil
}

func (m *Smap) check() error {
	if m.Primary == nil {
		return errors.New("no primary")
	}
	if m.Proxies[m.Primary.ID] == nil {
		return fmt.Errorf("the primary %s is not among the proxies", m.Primary)
	}
	if err := checkNodes(m.Proxies, NodeProxy); err != nil {
		return err
	}
	return checkNodes(m.Targets, NodeTarget)
}

func checkNodes(nodes map[string]*Node, kind string) error {
	for id, n := range nodes {
		if n == nil || n.ID != id || n.Type != kind {
			return fmt.Errorf("%.64q is not a %s of that id", id, kind)
		}
	}
	return nil
}
