package wire

import (
	"errors"
	"fmt"
	"net/url"

	"aistore/errs"
)

// Values of [Node.Type].
const (
	NodeProxy  = "proxy"
	NodeTarget = "target"
)

// Bits of [Node.Flags].
const (
	NodeNonElectable uint64 = 1 << iota
	NodeInformationCenter
	NodeMaintenance
	NodeDecommission
	NodeMaintenanceAfterRebalance
)

// Bits of [Node.Flags] that are ours.
const (
	NodeDown     uint64 = 1 << (16 + iota) // silent beyond its lease, keeps its place
	NodeShutdown                           // in maintenance: it stops when no object has to move any more
	NodeWipe                               // in decommission: it deletes what is on its mountpaths when it leaves
	NodeStay                               // in decommission: it keeps running when it has left
)

// maxNodeID bounds the id of a node, in bytes.
const maxNodeID = 64

// Node describes one node of a cluster (an "Snode").
type Node struct {
	ID           string    `json:"daemon_id"`
	Type         string    `json:"daemon_type"` // NodeProxy or NodeTarget
	Public       NetInfo   `json:"public_net"`
	Control      NetInfo   `json:"intra_control_net"`
	Data         NetInfo   `json:"intra_data_net"`
	PubExtra     []NetInfo `json:"pub_extra,omitempty"` // more public addresses
	Flags        uint64    `json:"flags"`
	IDDigest     uint64    `json:"id_digest"`               // hrw.Digest(ID)
	VerifyingKey []byte    `json:"verifying_key,omitempty"` // public key (Ed25519) by which others know that a call is n's
}

// NetInfo is where a node listens on one of the three networks.
type NetInfo struct {
	Host string `json:"node_ip_addr"`
	Port string `json:"daemon_port"`
	URL  string `json:"direct_url"` // scheme://host:port, no slash at the end
}

// IsProxy tells whether n is a proxy.
func (n *Node) IsProxy() bool { return n.Type == NodeProxy }

// IsTarget tells whether n is a target.
func (n *Node) IsTarget() bool { return n.Type == NodeTarget }

// Has tells whether all the given bits of Flags are set.
func (n *Node) Has(flags uint64) bool { return n.Flags&flags == flags }

// InMaintenance tells whether n is on its way out of service, or out of it:
// objects are not placed on such a target. Clients that compute owners look at
// these two bits only; NodeMaintenanceAfterRebalance comes on top of them.
func (n *Node) InMaintenance() bool {
	return n.Flags&(NodeMaintenance|NodeDecommission) != 0
}

// String returns "p[id]" for a proxy and "t[id]" for a target.
func (n *Node) String() string {
	if n.IsProxy() {
		return "p[" + n.ID + "]"
	}
	return "t[" + n.ID + "]"
}

// Validate checks a node that wants to join: id, type, and all three URLs.
// Errors: Invalid.
func (n *Node) Validate() error {
	if err := n.check(); err != nil {
		return errs.E("wire.Node.Validate", fmt.Sprintf("node %.100q", n.ID), errs.Invalid, err)
	}
	return nil
}

func (n *Node) check() error {
	if err := ValidateNodeID(n.ID); err != nil {
		return err
	}
	if n.Type != NodeProxy && n.Type != NodeTarget {
		return fmt.Errorf("type %.32q is neither proxy nor target", n.Type)
	}
	for _, net := range append([]NetInfo{n.Public, n.Control, n.Data}, n.PubExtra...) {
		u, err := url.Parse(net.URL)
		if err != nil {
			return err
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" {
			return fmt.Errorf("direct_url %.200q is not of the form http://host:port", net.URL)
		}
	}
	return nil
}

// ValidateNodeID checks an id: 8 to 64 letters, digits, dashes and
// underscores, of which the first is a letter. Errors: Invalid.
func ValidateNodeID(id string) error {
	if checkNodeID(id) {
		return nil
	}
	return errs.E("wire.ValidateNodeID", fmt.Sprintf("%.100q", id), errs.Invalid,
		errors.New("a node id has 8 to 64 letters, digits, dashes and underscores, and begins with a letter"))
}

func checkNodeID(id string) bool {
	if len(id) < 8 || len(id) > maxNodeID || id[0]|0x20 < 'a' || id[0]|0x20 > 'z' {
		return false
	}
	for i := range len(id) {
		if !isWord(id[i]) {
			return false
		}
	}
	return true
}
