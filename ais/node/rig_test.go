package node_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/internal/check"
	"aistore/internal/memnet"
)

// file is the configuration of a node with a directory of its own and one port.
func file(t testing.TB, role string) config.File {
	t.Helper()
	f := config.DefaultFile()
	f.Role, f.ConfDir = role, t.TempDir()
	f.HostNet = config.HostNet{Host: "127.0.0.1", Port: "0"}
	f.TestFSPaths = config.TestFSPaths{Root: t.TempDir(), Count: 1}
	return f
}

// inMemory makes a node listen and dial in a network in memory.
func inMemory(network *memnet.Network, host string) node.Options {
	h := network.Host(host)
	return node.Options{
		Listen: func(_ context.Context, _, address string) (net.Listener, error) { return h.Listen(address) },
		Dial:   h.DialContext,
	}
}

// open opens a node whose state is that of no cluster.
func open(t testing.TB, f config.File, o node.Options) *node.Core {
	t.Helper()
	c, err := node.Open(t.Context(), f, o)
	check.NoError(t, err)
	t.Cleanup(c.Close)
	c.Meta, err = node.OpenMetadata(t.Context(), c, false)
	check.NoError(t, err)
	t.Cleanup(func() { c.Meta.Close() })
	return c
}

// target opens a target in a network of its own.
func target(t testing.TB) *node.Core {
	t.Helper()
	return open(t, file(t, config.RoleTarget), inMemory(memnet.New(), "node"))
}

// state is that of a cluster of one gateway and one target with changes on top.
func state(t testing.TB, changes ...cluster.Change) *cluster.State {
	t.Helper()
	cfg := config.Default()
	all := append([]cluster.Change{
		cluster.InitCluster("uuid", "now", described("proxy001", wire.NodeProxy), &cfg),
		cluster.PutNode(described("target01", wire.NodeTarget)),
	}, changes...)
	s := cluster.NewState()
	for i, c := range all {
		next, err := s.Apply(c)
		check.NoError(t, err)
		s = next
		s.Position = cluster.Position{Term: 1, Index: uint64(i + 1)}
	}
	return s
}

func described(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}

// public is what a node answers to clients.
func public(t testing.TB, c *node.Core, add func(*rest.Router)) http.Handler {
	t.Helper()
	router := c.Router("t[" + c.Identity.ID + "]")
	if add != nil {
		add(router)
	}
	h, err := router.Handler(rest.Public)
	check.NoError(t, err)
	return h
}

func get(h http.Handler, url string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
	return w
}
