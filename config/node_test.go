package config_test

import (
	"testing"

	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func goodNode() config.Node {
	n := config.DefaultNode()
	n.ID, n.Role, n.ConfDir, n.LogDir = "t1234567", config.RoleTarget, "/etc/ais", "/var/log/ais"
	n.FSPaths.Paths = map[string]string{"/mnt/b": "", "/mnt/a": "fast"}
	return n
}

func TestNodeMountpaths(t *testing.T) {
	n := goodNode()
	check.NoError(t, n.Validate())
	check.Equal(t, n.Mountpaths(), []string{"/mnt/a", "/mnt/b"})
	check.Equal(t, n.IsTest(), false)
	n.TestFSPaths = config.TestFSPaths{Root: "/tmp/ais", Count: 2, Instance: 3}
	check.NoError(t, n.Validate())
	check.Equal(t, n.Mountpaths(), []string{"/tmp/ais/3/1", "/tmp/ais/3/2"})
	check.Equal(t, n.IsTest(), true)
	n.Role = config.RoleAll
	check.Equal(t, n.IsProxy() && n.IsTarget(), true)
}

func TestNodesThatAreRefused(t *testing.T) {
	tests := map[string]func(*config.Node){
		"no role":         func(n *config.Node) { n.Role = "" },
		"bad id":          func(n *config.Node) { n.ID = "../x" },
		"no confdir":      func(n *config.Node) { n.ConfDir = "" },
		"relative":        func(n *config.Node) { n.LogDir = "log" },
		"no mountpaths":   func(n *config.Node) { n.FSPaths.Paths = nil },
		"root":            func(n *config.Node) { n.FSPaths.Paths = map[string]string{"/": ""} },
		"unclean":         func(n *config.Node) { n.FSPaths.Paths = map[string]string{"/a/../b": ""} },
		"nested":          func(n *config.Node) { n.FSPaths.Paths = map[string]string{"/a": "", "/a/b": ""} },
		"port":            func(n *config.Node) { n.HostNet.Port = "" },
		"control port":    func(n *config.Node) { n.HostNet.PortControl = "65536" },
		"test root":       func(n *config.Node) { n.TestFSPaths.Count = 1 },
		"test count":      func(n *config.Node) { n.TestFSPaths = config.TestFSPaths{Root: "/a", Count: -1} },
		"huge test count": func(n *config.Node) { n.TestFSPaths = config.TestFSPaths{Root: "/a", Count: 1 << 30} },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			n := goodNode()
			spoil(&n)
			check.ErrorIs(t, n.Validate(), errs.Invalid)
		})
	}
	proxy := goodNode()
	proxy.Role, proxy.FSPaths.Paths = config.RoleProxy, nil
	check.NoError(t, proxy.Validate())
}

func TestProxyURLs(t *testing.T) {
	p := config.Proxy{PrimaryURL: "http://a", OriginalURL: "http://a", DiscoveryURL: "http://b"}
	check.Equal(t, p.URLs(), []string{"http://a", "http://b"})
}
