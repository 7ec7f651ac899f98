package aistest

import (
	"net/netip"

	"aistore/config"
	"aistore/module"
)

// Options says what cluster to start. The zero value is one gateway and one
// target. An external cluster is as it is.
type Options struct {
	Proxies    int  // gateways; 0 is 1, or none beside All
	Targets    int  // 0 is 1, or none beside All
	All        int  // processes that are both gateway and target
	Mountpaths int  // of each target; 0 is 2
	Processes  bool // run nodes as processes, whatever AISTEST_MODE says
	Namespaces bool // processes on hosts of the kernel's, whose network can be cut; needs root
	OnePort    bool // one port for the three networks of a node, not one each
	HTTPS      bool // on all networks, with certificates of an authority of the test's
	// ClientCertificate makes clients show a certificate of that authority.
	ClientCertificate bool

	// Near are the addresses of clients that are sent to the data network of
	// targets, as AIS_CLUSTER_CIDR; the zero value is nobody.
	Near netip.Prefix

	// Configure changes the configuration of a node before it starts for the
	// first time; nil changes nothing. Where the configuration is that of the
	// cluster, it has to be the same for all. Not for external clusters.
	Configure func(*config.File)

	// Modules are those of targets, of nodes in this process; nil are those that
	// there are. A test that gives any is skipped where nodes are processes.
	Modules []module.Maker
}

func (o Options) withDefaults() Options {
	if o.All == 0 {
		o.Proxies, o.Targets = max(o.Proxies, 1), max(o.Targets, 1)
	}
	if o.Mountpaths == 0 {
		o.Mountpaths = 2
	}
	return o
}
