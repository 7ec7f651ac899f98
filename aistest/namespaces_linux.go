package aistest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// namespaces is a network of the kernel's: each host has a network namespace and
// an address of its own on one bridge, and cuts drop packets without a word. It
// has no hosts in this process, but this process is on the bridge.
type namespaces struct {
	t      testing.TB
	prefix string         // of the names of namespaces and interfaces
	subnet string         // "10.213.7.", to which the number of a host is added
	hosts  map[string]int // numbers, from 1
}

// newNamespaces makes the bridge. The test ends it, and is skipped where there
// may be none.
func newNamespaces(t testing.TB) *namespaces {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("network namespaces need the command ip: install iproute2")
	}
	number := rand.IntN(250)
	n := &namespaces{t: t, prefix: fmt.Sprintf("ais%d-%d", os.Getpid()%10000, number), subnet: fmt.Sprintf("10.213.%d.", number), hosts: map[string]int{}}
	if err := n.ip("link add " + n.prefix + " type bridge"); err != nil {
		t.Skipf("network namespaces are not allowed here: %v", err)
	}
	t.Cleanup(n.remove)
	n.must("addr add " + n.subnet + "254/24 dev " + n.prefix)
	n.must("link set " + n.prefix + " up")
	return n
}

func (n *namespaces) ip(arguments string) error {
	out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", arguments, err, out)
	}
	return nil
}

func (n *namespaces) must(arguments string) {
	n.t.Helper()
	if err := n.ip(arguments); err != nil {
		n.t.Fatal(err)
	}
}

func (n *namespaces) remove() {
	for host := range n.hosts {
		// The link by itself: connections that never ended may keep the namespace.
		if err := errors.Join(n.ip("link del "+n.link(host)), n.ip("netns del "+n.space(host))); err != nil {
			n.t.Error(err)
		}
	}
	if err := n.ip("link del " + n.prefix); err != nil {
		n.t.Error(err)
	}
}

func (n *namespaces) space(host string) string { return fmt.Sprintf("%s-%d", n.prefix, n.hosts[host]) }

// link is the end of a host's link on the bridge.
func (n *namespaces) link(host string) string { return n.space(host) + "v" }

// command returns what runs a program on a host.
func (n *namespaces) command(host string) []string {
	return []string{"ip", "netns", "exec", n.space(host)}
}

// address gives a host its namespace, the first time.
func (n *namespaces) address(host string) string {
	n.t.Helper()
	if n.hosts[host] == 0 {
		n.hosts[host] = len(n.hosts) + 1
		n.add(host)
	}
	return fmt.Sprintf("%s%d", n.subnet, n.hosts[host])
}

func (n *namespaces) add(host string) {
	n.t.Helper()
	space := n.space(host)
	link := n.link(host)
	n.must("netns add " + space)
	n.must("link add " + link + " type veth peer name eth0 netns " + space)
	n.must("link set " + link + " master " + n.prefix)
	n.must("link set " + link + " up")
	n.must("-n " + space + " addr add " + n.address(host) + "/24 dev eth0")
	n.must("-n " + space + " link set eth0 up")
	n.must("-n " + space + " link set lo up")
}

// cut makes a host send what is for another to a station that does not exist.
func (n *namespaces) cut(from, to string) {
	n.must("-n " + n.space(from) + " neigh replace " + n.address(to) + " lladdr 02:00:00:00:00:ff nud permanent dev eth0")
}

func (n *namespaces) heal(from, to string) {
	n.must("-n " + n.space(from) + " neigh del " + n.address(to) + " dev eth0")
}

// host, freeze and thaw are for hosts in this process.
func (n *namespaces) host(string) host { return nil }
func (n *namespaces) freeze(string)    {}
func (n *namespaces) thaw(string)      {}
