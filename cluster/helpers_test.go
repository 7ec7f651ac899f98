package cluster_test

import (
	"aistore/api/wire"
	"aistore/config"
)

// proxy and target return a node that listens on a host of its own name.
func proxy(id string) *wire.Node  { return node(id, wire.NodeProxy) }
func target(id string) *wire.Node { return node(id, wire.NodeTarget) }

func node(id, kind string) *wire.Node {
	return &wire.Node{ID: id, Type: kind, Public: net(id, "8080"), Control: net(id, "9080"), Data: net(id, "10080")}
}

func net(host, port string) wire.NetInfo {
	return wire.NetInfo{Host: host, Port: port, URL: "http://" + host + ":" + port}
}

func defaults() *config.Cluster {
	c := config.Default()
	return &c
}
