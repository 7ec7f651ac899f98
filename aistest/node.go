package aistest

import (
	"net"
	"path"
	"path/filepath"
	"strconv"

	"aistore/api/wire"
	"aistore/config"
	"aistore/fs"
	"aistore/fs/faultfs"
)

// Node is one node of a cluster that the harness has started. It keeps its
// identity, addresses and data over restarts.
type Node struct {
	name    string // the id; a node with both roles has "p" and "t" in front of it
	file    config.File
	scheme  string
	self    []*wire.Node                // set by the first start: one for each role, the gateway first
	raw     fs.FS                       // of the mountpaths, without faults
	faulty  *faultfs.FS                 // of the mountpaths, as the node sees it; nil where there are no faults
	faults  map[string][]*faultfs.Fault // at work, by mountpath
	runner  runner
	running bool // as far as the harness has to do with it
	paused  bool
	claims  bool // it takes the lead whenever it has joined
}

// runner runs one node, again and again. It is for one goroutine.
type runner interface {
	start() error                // returns when the node has its addresses
	addresses() []*wire.Node     // of the node that was started
	portS3() string              // of the listener for S3 alone, "" where it has none
	stop() error                 // ends it as a signal does, and waits
	kill() error                 // ends it at once, and waits
	pause() error                // it keeps what it has and does not react
	resume() error               // undoes pause
	ended() (err error, is bool) // whether it has ended, by itself or not, and why
	result() error               // what it has ended with, nil for a clean end
}

// ID returns the id of the node in the cluster map; of a node with both roles
// that of the target.
func (n *Node) ID() string { return n.last().ID }

// URL returns the address for clients.
func (n *Node) URL() string { return n.last().Public.URL }

// S3URL returns the address of the port for S3 alone, which a test asks for with
// host_net.port_s3; "" where there is none.
func (n *Node) S3URL() string {
	if n.file.HostNet.PortS3 == "" {
		return ""
	}
	return n.scheme + "://" + net.JoinHostPort(n.last().Public.Host, n.file.HostNet.PortS3)
}

// Wire returns the node as the cluster map describes it, in the role that ID
// names. It must not be changed.
func (n *Node) Wire() *wire.Node { return n.last() }

func (n *Node) last() *wire.Node { return n.self[len(n.self)-1] }

// IsProxy reports whether the node is a gateway.
func (n *Node) IsProxy() bool { return n.file.IsProxy() }

// IsTarget reports whether the node stores objects.
func (n *Node) IsTarget() bool { return n.file.IsTarget() }

// ConfDir returns the directory of what the node keeps about the cluster. It is
// on a real disk in all modes.
func (n *Node) ConfDir() string { return n.file.ConfDir }

// Mountpaths returns the paths of the mountpaths, in order.
func (n *Node) Mountpaths() []string { return n.file.Mountpaths() }

// FS returns the file system that holds the mountpaths, for looking and for
// damage: faults of disks are not seen through it.
func (n *Node) FS() fs.FS { return n.raw }

// configure fills in the configuration that the harness decides.
func (n *Node) configure(w *world, role string, index int) {
	home := filepath.Join(w.dir, n.name)
	n.file, n.scheme = config.DefaultFile(), "http"
	n.file.ID, n.file.Role = n.name, role
	n.file.ConfDir = filepath.Join(home, "conf")
	n.file.HostNet = config.HostNet{Host: w.network.address(n.name), Port: "0"}
	if !w.options.OnePort {
		n.file.HostNet.PortControl, n.file.HostNet.PortData = "0", "0"
	}
	if n.file.IsTarget() {
		n.file.TestFSPaths = config.TestFSPaths{
			Root:     path.Join(w.data, n.name),
			Count:    w.options.Mountpaths,
			Instance: index,
		}
	}
	if first := w.nodes; len(first) > 0 {
		url := first[0].self[0].Public.URL
		n.file.Proxy = config.Proxy{PrimaryURL: url, OriginalURL: url, DiscoveryURL: url}
	}
	if a := w.authority; a != nil {
		n.scheme = "https"
		n.file.Net.HTTP.UseHTTPS, n.file.Net.HTTP.ClientCA = true, a.path
	}
	if change := w.options.Configure; change != nil {
		change(&n.file)
	}
}

// pin makes the addresses of the first start those of all later ones.
func (n *Node) pin() {
	n.self = n.runner.addresses()
	one, host := n.self[0], &n.file.HostNet
	host.Port = one.Public.Port
	if one.Control.URL != one.Public.URL {
		host.PortControl = one.Control.Port
	}
	if one.Data.URL != one.Public.URL {
		host.PortData = one.Data.Port
	}
	host.PortS3 = n.runner.portS3()
}

// discover tells the node where another one is, for later starts.
func (n *Node) discover(other *Node) {
	if n != other && n.file.Proxy.DiscoveryURL == "" {
		n.file.Proxy.DiscoveryURL = other.self[0].Public.URL
	}
}

// ForgetOthers makes the node's configuration name no other gateway, from its next
// start on.
func (n *Node) ForgetOthers() {
	n.file.Proxy.PrimaryURL, n.file.Proxy.OriginalURL, n.file.Proxy.DiscoveryURL = "", "", ""
}

// number makes an id of at least eight characters.
func number(kind string, index int) string {
	text := strconv.Itoa(index)
	return kind + "000"[:max(0, 3-len(text))] + text
}
