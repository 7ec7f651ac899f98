package aistest

import (
	"errors"
	"fmt"
	"strings"

	"aistore/api/wire"
)

// Leader returns the gateway that leads, once there is one.
func (c *Cluster) Leader() *Node {
	c.t.Helper()
	c.owned("its nodes")
	var leader *Node
	c.Await("a primary", func() error {
		for _, n := range c.Proxies() {
			if n.running && !n.paused && c.ask(n.self[0].Public.URL+wire.PathHealth+"?"+wire.QueryPrimaryReady+"=true", nil) == nil {
				leader = n
				return nil
			}
		}
		return errors.New("no gateway says that it leads")
	})
	return leader
}

// Claim makes a gateway take the lead whenever it has joined, from its next start
// on, as AIS_PRIMARY_ID does.
func (c *Cluster) Claim(n *Node) { n.claims = true }

// AwaitVoters returns when as many nodes vote in the log of metadata as wanted,
// as every node knows that runs and votes.
func (c *Cluster) AwaitVoters(want int) {
	c.t.Helper()
	c.owned("its nodes")
	c.Await(fmt.Sprintf("%d voters", want), func() error {
		informed := 0
		for _, n := range c.nodes {
			if !n.running || n.paused {
				continue
			}
			voters, err := c.votersOf(n)
			if err != nil {
				return err
			}
			if voters == want {
				informed++
			}
		}
		if informed < want {
			return fmt.Errorf("%d nodes know of %d voters", informed, want)
		}
		return nil
	})
}

// votersOf is how many nodes vote as a node knows.
func (c *Cluster) votersOf(n *Node) (int, error) {
	status := &wire.NodeStatus{}
	if err := c.ask(n.URL()+wire.PathDaemon+"?"+wire.QueryWhat+"="+wire.WhatNodeStatus, status); err != nil {
		return 0, err
	}
	for name, value := range status.Tracker {
		if strings.HasSuffix(name, "metadata_voters") {
			return int(value), nil
		}
	}
	return 0, fmt.Errorf("%s does not say how many nodes vote", n.name)
}
