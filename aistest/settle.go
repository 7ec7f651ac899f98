package aistest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"

	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// Settle returns when all nodes that run and are not paused are ready, are in
// the cluster map at their addresses, and have the same one, by which none of them is
// down, and every target among them that is not in maintenance owns its part.
func (c *Cluster) Settle() {
	c.t.Helper()
	c.owned("nodes of its own")
	c.Await("the cluster", c.settled)
}

// Await returns when holds returns nil, and fails the test, with the last
// error, when that takes too long.
func (c *Cluster) Await(what string, holds func() error) {
	c.t.Helper()
	var last error
	defer func() {
		if last != nil {
			c.t.Logf("waiting for %s: %v", what, last)
		}
	}()
	check.Eventually(c.t, func() bool {
		last = holds()
		return last == nil
	})
}

func (c *Cluster) settled() error {
	for _, n := range c.nodes {
		if err, is := n.runner.ended(); is && n.running {
			c.t.Fatalf("%s: %v", n.name, err)
		}
	}
	var first *wire.Smap
	for _, n := range c.nodes {
		if !n.running || n.paused {
			continue
		}
		m, err := c.mapOf(n)
		if err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
		if first == nil {
			first = m
		}
		if m.Version != first.Version {
			return fmt.Errorf("%s has map v%d, others v%d", n.name, m.Version, first.Version)
		}
		for _, self := range n.self {
			known := m.Node(self.ID)
			if known == nil || known.Public.URL != self.Public.URL || known.Control.URL != self.Control.URL || known.Data.URL != self.Data.URL {
				return fmt.Errorf("%s is not in map v%d as it is", self.ID, m.Version)
			}
			if known.Has(wire.NodeDown) {
				return fmt.Errorf("%s is down by map v%d", self.ID, m.Version)
			}
			if self.IsTarget() && !known.InMaintenance() && !slices.Contains(m.Ext.Placements[0].Targets, self.ID) {
				return fmt.Errorf("%s owns nothing by map v%d", self.ID, m.Version)
			}
		}
	}
	return nil
}

// Map returns the cluster map as a node has it.
func (c *Cluster) Map(n *Node) *wire.Smap {
	c.t.Helper()
	m, err := c.mapOf(n)
	check.NoError(c.t, err)
	return m
}

// mapOf is the map of a node that is ready.
func (c *Cluster) mapOf(n *Node) (*wire.Smap, error) {
	if err := c.ask(n.URL()+wire.PathHealth+"?"+wire.QueryReadiness+"=true", nil); err != nil {
		return nil, err
	}
	m := &wire.Smap{}
	return m, c.ask(n.URL()+wire.PathDaemon+"?"+wire.QueryWhat+"="+wire.WhatSmap, m)
}

// ask gets JSON.
func (c *Cluster) ask(url string, into any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := c.HTTP().Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d: %s", url, response.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return jsonx.Unmarshal(text, into)
}
