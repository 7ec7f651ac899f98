package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"aistore/api/wire"
)

// node returns a call that a proxy passes on to a node.
func node(op, id, query string) *call {
	return &call{
		op:      op,
		subject: "node " + id,
		method:  http.MethodGet,
		path:    wire.PathReverse,
		query:   query,
		header:  http.Header{wire.HeaderNodeID: {id}},
	}
}

// NodeStatus fetches state, load and capacity of the node with that id.
// Errors: NotFound (no such node), Unavailable (it does not answer).
func (c *Client) NodeStatus(ctx context.Context, id string) (*wire.NodeStatus, error) {
	status := new(wire.NodeStatus)
	return status, c.control(ctx, node("api.NodeStatus", id, what(wire.WhatNodeStatus)), intoJSON(status))
}

// NodeConfig fetches the configuration that a node works with, its own part
// and the cluster's, as JSON.
// Errors: NotFound (no such node), Unavailable (it does not answer).
func (c *Client) NodeConfig(ctx context.Context, id string) (json.RawMessage, error) {
	var config json.RawMessage
	return config, c.control(ctx, node("api.NodeConfig", id, what(wire.WhatConfig)), intoJSON(&config))
}

// NodeVersion fetches the version of the software that a node runs.
// Errors: NotFound (no such node), Unavailable (it does not answer).
func (c *Client) NodeVersion(ctx context.Context, id string) (string, error) {
	var version string
	return version, c.control(ctx, node("api.NodeVersion", id, what(wire.WhatVersion)), intoText(&version))
}

// NodeMap fetches the cluster map as a node has it.
// Errors: NotFound (no such node), Unavailable (it does not answer).
func (c *Client) NodeMap(ctx context.Context, id string) (*wire.Smap, error) {
	m := new(wire.Smap)
	return m, c.control(ctx, node("api.NodeMap", id, what(wire.WhatSmap)), intoJSON(m))
}

// NodeQuery fetches any other selector (a wire.What constant) of a node and
// decodes its JSON into what into points to.
// Errors: Invalid (unknown selector), NotFound (no such node), Unavailable
// (it does not answer).
func (c *Client) NodeQuery(ctx context.Context, id, selector string, into any) error {
	return c.control(ctx, node("api.NodeQuery", id, what(url.QueryEscape(selector))), intoJSON(into))
}

// LogOptions says which part of a log to fetch. The zero value is all of the
// newest file at severity info.
type LogOptions struct {
	Severity string // "info", "warning" or "error"; "" is info
	Offset   int64  // bytes to skip
	All      bool   // all files, as tar.gz
}

// NodeLog copies the log of a node to w.
// Errors: NotFound (no such node, no such log), Unavailable (it does not
// answer), and what w returns.
func (c *Client) NodeLog(ctx context.Context, id string, w io.Writer, o LogOptions) error {
	query := url.Values{wire.QueryWhat: {wire.WhatLog}}
	if o.Severity != "" {
		query.Set(wire.QuerySeverity, o.Severity)
	}
	if o.Offset > 0 {
		query.Set(wire.QueryOffset, strconv.FormatInt(o.Offset, 10))
	}
	if o.All {
		query.Set(wire.QueryAll, "true")
	}
	return c.control(ctx, node("api.NodeLog", id, query.Encode()), func(resp *http.Response) error {
		_, err := io.Copy(w, resp.Body)
		return err
	})
}

// Mountpaths fetches the mountpaths of the target with that id.
// Errors: NotFound (no such node), Invalid (a proxy has none), Unavailable (it
// does not answer).
func (c *Client) Mountpaths(ctx context.Context, id string) (*wire.MountpathList, error) {
	list := new(wire.MountpathList)
	return list, c.control(ctx, node("api.Mountpaths", id, what(wire.WhatMountpaths)), intoJSON(list))
}

// DiskStatus fetches how full the mountpaths of the target with that id are, and
// what its disks do, as far as it measures that.
// Errors: NotFound (no such node), Invalid (a proxy has none), Unavailable (it
// does not answer).
func (c *Client) DiskStatus(ctx context.Context, id string) (*wire.DiskStatus, error) {
	status := new(wire.DiskStatus)
	return status, c.control(ctx, node("api.DiskStatus", id, what(wire.WhatDisk)), intoJSON(status))
}
