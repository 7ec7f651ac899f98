package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"aistore/api/wire"
)

// HealthOptions says what to ask of the cluster's health. The zero value
// asks whether the proxy answers.
type HealthOptions struct {
	Ready        bool // also that the proxy is ready for clients
	PrimaryReady bool // also that the primary is ready to change things
}

// Health is what a healthy proxy says about itself.
type Health struct {
	NodeUptime    time.Duration
	ClusterUptime time.Duration
}

// Health asks a proxy whether the cluster works. An error of kind Unavailable
// says that it does not, or not yet.
func (c *Client) Health(ctx context.Context, o HealthOptions) (Health, error) {
	query := ""
	switch {
	case o.PrimaryReady:
		query = wire.QueryPrimaryReady + "=true"
	case o.Ready:
		query = wire.QueryReadiness + "=true"
	}
	var h Health
	r := &call{op: "api.Health", subject: "cluster", method: http.MethodGet, path: wire.PathHealth, query: query}
	err := c.control(ctx, r, func(resp *http.Response) error {
		h.NodeUptime = nanoseconds(resp.Header.Get(wire.HeaderNodeUptime))
		h.ClusterUptime = nanoseconds(resp.Header.Get(wire.HeaderClusterUptime))
		return nil
	})
	return h, err
}

func nanoseconds(text string) time.Duration {
	n, _ := strconv.ParseInt(text, 10, 64) // absent is zero
	return time.Duration(n)
}

// HealthInfo asks a proxy for the versions of all metadata that it has, and
// for its state.
func (c *Client) HealthInfo(ctx context.Context) (*wire.NodeInfo, error) {
	info := new(wire.NodeInfo)
	r := &call{op: "api.HealthInfo", subject: "cluster", method: http.MethodGet,
		path: wire.PathHealth, query: wire.QueryNodeInfo + "=true"}
	return info, c.control(ctx, r, intoJSON(info))
}

// Map fetches the cluster map from a proxy. From then on object calls use it
// if it is newer than the one in use. The map must not be changed.
func (c *Client) Map(ctx context.Context) (*wire.Smap, error) {
	m, err := c.fetchMap(ctx, &call{op: "api.Map", subject: "cluster map"})
	if err != nil {
		return nil, err
	}
	c.owners.offer(m)
	return m, nil
}

func (c *Client) fetchMap(ctx context.Context, r *call) (*wire.Smap, error) {
	m := new(wire.Smap)
	r.method, r.path, r.query = http.MethodGet, wire.PathDaemon, what(wire.WhatSmap)
	if err := c.control(ctx, r, intoJSON(m)); err != nil {
		return nil, err
	}
	if err := m.Validate(); err != nil {
		return nil, r.wrap(err)
	}
	return m, nil
}

// BMD fetches the bucket metadata: every bucket with its properties.
func (c *Client) BMD(ctx context.Context) (*wire.BMD, error) {
	m := new(wire.BMD)
	r := &call{op: "api.BMD", subject: "bucket metadata", method: http.MethodGet,
		path: wire.PathDaemon, query: what(wire.WhatBMD)}
	return m, c.control(ctx, r, intoJSON(m))
}

func what(selector string) string { return wire.QueryWhat + "=" + selector }
