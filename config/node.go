package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// Values of [Node.Role].
const (
	RoleProxy  = wire.NodeProxy
	RoleTarget = wire.NodeTarget
	RoleAll    = "all" // both, in one process
)

// Node is the configuration of one node, which no other node shares.
type Node struct {
	ID          string      `json:"id"`      // "" lets the node choose one and keep it in ConfDir
	Role        string      `json:"role"`    // what the node is; "all" is both in one process
	ConfDir     string      `json:"confdir"` // directory of what the node keeps about the cluster
	LogDir      string      `json:"log_dir"` // "" logs to stderr
	HostNet     HostNet     `json:"host_net"`
	FSPaths     FSPaths     `json:"fspaths"`
	TestFSPaths TestFSPaths `json:"test_fspaths"`
}

// HostNet is where a node listens. A network without a host name shares that
// of the public network. One without a port is served where the public network
// is, whatever its host is called; so is one with the same host and port, or
// with the same port if the public network listens on every address.
type HostNet struct {
	Host        string `json:"hostname"`               // name or address; several separated by commas; "" finds one
	HostControl string `json:"hostname_intra_control"` // "" is that of the public network
	HostData    string `json:"hostname_intra_data"`    // "" is that of the public network
	Port        string `json:"port"`                   // "0" takes a free one
	PortControl string `json:"port_intra_control"`     // "" shares the public one
	PortData    string `json:"port_intra_data"`        // "" shares the public one
	PortS3      string `json:"port_s3"`                // of the listener for S3 alone, on the public hosts; "" is net.s3.port, "0" takes a free one
}

// FSPaths are the mountpaths of a target.
type FSPaths struct {
	Paths map[string]string `json:"paths"` // absolute path → label, which may be ""
}

// TestFSPaths makes mountpaths that may share one file system, for trying
// things out. With Count > 0 it replaces FSPaths.
type TestFSPaths struct {
	Root     string `json:"root"`     // directory that they are below
	Count    int    `json:"count"`    // how many; 0 uses fspaths
	Instance int    `json:"instance"` // keeps several nodes on one machine apart
}

// DefaultNode returns a node that listens on ports 8080, 9080 and 10080 of an
// address it finds. Role, ConfDir and mountpaths are still to be set.
func DefaultNode() Node {
	return Node{
		HostNet: HostNet{Port: "8080", PortControl: "9080", PortData: "10080"},
		FSPaths: FSPaths{Paths: map[string]string{}},
	}
}

// IsTarget tells whether the node stores objects.
func (n Node) IsTarget() bool { return n.Role == RoleTarget || n.Role == RoleAll }

// IsProxy tells whether the node is a gateway.
func (n Node) IsProxy() bool { return n.Role == RoleProxy || n.Role == RoleAll }

// IsTest tells whether the mountpaths come from TestFSPaths.
func (n Node) IsTest() bool { return n.TestFSPaths.Count > 0 }

// Mountpaths returns the paths of all mountpaths, sorted: those of FSPaths,
// or root/instance/1 up to root/instance/count of TestFSPaths.
func (n Node) Mountpaths() []string {
	var paths []string
	if !n.IsTest() {
		for path := range n.FSPaths.Paths {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		return paths
	}
	root := filepath.Join(n.TestFSPaths.Root, strconv.Itoa(n.TestFSPaths.Instance))
	for i := range n.TestFSPaths.Count {
		paths = append(paths, filepath.Join(root, strconv.Itoa(i+1)))
	}
	slices.Sort(paths)
	return paths
}

// Validate checks that the node can be run, and names all that is wrong.
// Errors: Invalid.
func (n Node) Validate() error {
	err := errors.Join(
		oneOf("role", n.Role, roles()...),
		n.validateID(),
		validateDir("confdir", n.ConfDir),
		n.HostNet.validate(),
		n.validatePaths(),
	)
	if n.LogDir != "" {
		err = errors.Join(err, validateDir("log_dir", n.LogDir))
	}
	if err != nil {
		return errs.E("config.Node.Validate", "", errs.Invalid, err)
	}
	return nil
}

func (n Node) validateID() error {
	if n.ID == "" {
		return nil
	}
	return wire.ValidateNodeID(n.ID)
}

func (n Node) validatePaths() error {
	const most = 1024
	if err := within(bound{"test_fspaths.count", int64(n.TestFSPaths.Count), 0, most}); err != nil {
		return err
	}
	if n.IsTest() {
		return validateDir("test_fspaths.root", n.TestFSPaths.Root)
	}
	paths := n.Mountpaths()
	if n.IsTarget() && len(paths) == 0 {
		return bad("fspaths.paths", "a target needs a mountpath")
	}
	for i, path := range paths {
		if err := validateDir("fspaths.paths", path); err != nil {
			return err
		}
		if i > 0 && strings.HasPrefix(path, paths[i-1]+"/") {
			return bad("fspaths.paths", "%q is inside %q", path, paths[i-1])
		}
	}
	return nil
}

func validateDir(key, path string) error {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path || path == "/" {
		return bad(key, "%.200q is not a clean absolute path of a directory below /", path)
	}
	return nil
}

func (h HostNet) validate() error {
	ports := [][2]string{{"port", h.Port}, {"port_intra_control", h.PortControl}, {"port_intra_data", h.PortData}, {"port_s3", h.PortS3}}
	for i, pair := range ports {
		if pair[1] == "" && i > 0 {
			continue
		}
		if _, err := strconv.ParseUint(pair[1], 10, 16); err != nil {
			return bad("host_net."+pair[0], "%.32q is not a port", pair[1])
		}
	}
	return nil
}
