package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"aistore/api/wire"
)

// ClusterConfig fetches the configuration of the cluster, all sections, as
// JSON.
func (c *Client) ClusterConfig(ctx context.Context) (json.RawMessage, error) {
	var config json.RawMessage
	r := &call{op: "api.ClusterConfig", subject: "cluster", method: http.MethodGet,
		path: wire.PathCluster, query: what(wire.WhatClusterConfig)}
	return config, c.control(ctx, r, intoJSON(&config))
}

// ClusterSettings fetches every setting of the cluster with what there is to
// know of it, by name.
func (c *Client) ClusterSettings(ctx context.Context) ([]wire.ConfigSetting, error) {
	var settings []wire.ConfigSetting
	r := &call{op: "api.ClusterSettings", subject: "cluster", method: http.MethodGet,
		path: wire.PathCluster, query: what(wire.WhatConfigSettings)}
	return settings, c.control(ctx, r, intoJSON(&settings))
}

// SetConfigOptions changes how settings are set.
type SetConfigOptions struct {
	Transient bool // until the nodes restart
}

// query returns settings and options as a query.
func (o SetConfigOptions) query(settings map[string]string) string {
	query := url.Values{}
	for name, value := range settings {
		query.Set(name, value)
	}
	if o.Transient {
		query.Set(wire.QueryTransient, "true")
	}
	return query.Encode()
}

// SetClusterConfig changes settings of the cluster, given by dotted name, as
// "log.level", and returns what is different now.
// Errors: Invalid (no such setting, or no such value; nothing was changed).
func (c *Client) SetClusterConfig(ctx context.Context, settings map[string]string, o SetConfigOptions) (*wire.ConfigReply, error) {
	r := &call{op: "api.SetClusterConfig", subject: "cluster", method: http.MethodPut,
		path: wire.PathCluster + "/" + wire.WordSetConfig, query: o.query(settings)}
	return c.configure(ctx, r)
}

// MergeClusterConfig is SetClusterConfig for settings as a JSON object with any
// part of the configuration.
func (c *Client) MergeClusterConfig(ctx context.Context, settings json.RawMessage) (*wire.ConfigReply, error) {
	r := &call{op: "api.MergeClusterConfig", subject: "cluster", method: http.MethodPut, path: wire.PathCluster}
	return c.configureBy(ctx, r, wire.ActionSetConfig, settings)
}

// ResetClusterConfig gives settings and sections of those names their defaults
// back. Without any name all have them back, but those by which nodes find,
// reach and trust each other, and the remote backends.
// Errors: Invalid (no such setting; nothing was changed).
func (c *Client) ResetClusterConfig(ctx context.Context, names ...string) (*wire.ConfigReply, error) {
	r := &call{op: "api.ResetClusterConfig", subject: "cluster", method: http.MethodPut, path: wire.PathCluster}
	return c.configureBy(ctx, r, wire.ActionResetConfig, listed(names))
}

// NodeSettings fetches every setting that a node works with: its own, and those
// of the cluster, with where each comes from.
// Errors: NotFound (no such node), Unavailable (it does not answer).
func (c *Client) NodeSettings(ctx context.Context, id string) ([]wire.ConfigSetting, error) {
	var settings []wire.ConfigSetting
	return settings, c.control(ctx, node("api.NodeSettings", id, what(wire.WhatConfigSettings)), intoJSON(&settings))
}

// SetNodeConfig changes settings on one node only, its own ones or those that it
// otherwise has from its cluster, and returns what is different there now.
// Errors: Invalid (no such setting, no such value, or one that all nodes have
// to agree on; nothing was changed), NotFound (no such node), Unavailable (it
// does not answer).
func (c *Client) SetNodeConfig(ctx context.Context, id string, settings map[string]string, o SetConfigOptions) (*wire.ConfigReply, error) {
	r := node("api.SetNodeConfig", id, o.query(settings))
	r.method, r.path = http.MethodPut, wire.PathReverse+"/"+wire.WordSetConfig
	return c.configure(ctx, r)
}

// MergeNodeConfig is SetNodeConfig for settings as a JSON object.
func (c *Client) MergeNodeConfig(ctx context.Context, id string, settings json.RawMessage) (*wire.ConfigReply, error) {
	return c.configureBy(ctx, nodeChange("api.MergeNodeConfig", id), wire.ActionSetConfig, settings)
}

// ResetNodeConfig ends what is set on one node only, for settings and sections
// of those names, or for all without any.
// Errors: as SetNodeConfig.
func (c *Client) ResetNodeConfig(ctx context.Context, id string, names ...string) (*wire.ConfigReply, error) {
	return c.configureBy(ctx, nodeChange("api.ResetNodeConfig", id), wire.ActionResetConfig, listed(names))
}

// nodeChange returns a change that a proxy passes on to a node.
func nodeChange(op, id string) *call {
	r := node(op, id, "")
	r.method = http.MethodPut
	return r
}

// listed returns names as the value of an action: none is no value.
func listed(names []string) any {
	if len(names) == 0 {
		return nil
	}
	return names
}

func (c *Client) configureBy(ctx context.Context, r *call, action string, value any) (*wire.ConfigReply, error) {
	header := r.header
	if err := r.withAction(action, "", value); err != nil {
		return nil, err
	}
	for name, values := range header {
		r.header[name] = values
	}
	return c.configure(ctx, r)
}

func (c *Client) configure(ctx context.Context, r *call) (*wire.ConfigReply, error) {
	reply := new(wire.ConfigReply)
	return reply, c.control(ctx, r, intoJSON(reply))
}
