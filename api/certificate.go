package api

import (
	"context"
	"net/http"
	"net/url"

	"aistore/api/wire"
)

// NodeCertificate fetches the properties of the certificate that a node shows
// under TLS.
// Errors: NotFound (no such node, or it has none), Unavailable (it does not
// answer).
func (c *Client) NodeCertificate(ctx context.Context, id string) (*wire.Certificate, error) {
	certificate := new(wire.Certificate)
	return certificate, c.control(ctx, node("api.NodeCertificate", id, what(wire.WhatCertificate)), intoJSON(certificate))
}

// LoadCertificate makes a node read its certificate from its files now, or all
// nodes with id "". They do so by themselves within seconds of a change. A node
// that cannot use what it finds keeps the certificate it has.
// Errors: Invalid (a file cannot be used), NotFound (no such node), Unsupported
// (the cluster serves plain HTTP), Unavailable (a node does not answer).
func (c *Client) LoadCertificate(ctx context.Context, id string) error {
	r := &call{op: "api.LoadCertificate", subject: "node " + id, method: http.MethodPut,
		path: wire.PathCluster + "/" + wire.WordLoadCertificate}
	if id == "" {
		r.subject = "cluster"
	} else {
		r.path += "/" + url.PathEscape(id)
	}
	return c.control(ctx, r, nil)
}
