package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/module"
)

// Paths between nodes.
const (
	PathJoin = wire.PathCluster + "/autoreg"
)

// QueryLocal marks a request of a peer that is to be answered from the node's
// own store only.
const QueryLocal = "gfn"

// Dialer opens connections; nil stands for the real network.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Peers reaches other nodes over the networks between nodes. Every request is
// signed with the cluster key. All methods may be called from any goroutine.
type Peers struct {
	signer   *rest.Signer
	client   *http.Client
	maxReply int64
}

// NewPeers makes the way to the peers of a node that signs with signer. A reply
// longer than maxReply bytes is an error; streams of object bytes are not
// bounded.
func NewPeers(signer *rest.Signer, dial Dialer, maxReply int64) *Peers {
	transport := &http.Transport{
		DialContext:         dial,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true,
		ForceAttemptHTTP2:   false,
	}
	return &Peers{signer: signer, client: &http.Client{Transport: transport}, maxReply: maxReply}
}

// Close drops idle connections.
func (p *Peers) Close() { p.client.CloseIdleConnections() }

// Request sends a signed request and returns the answer if it is below 400, else
// the error that the peer sent. Header may be nil. The caller closes the body. A
// peer that cannot be reached is Unavailable.
func (p *Peers) Request(ctx context.Context, method, target string, header http.Header, body []byte) (*http.Response, error) {
	const op = "node.Request"
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, errs.E(op, target, errs.Internal, err)
	}
	maps.Copy(request.Header, header)
	// Without a key yet the request goes out unsigned: it can only be to join.
	if err := p.signer.SignRequest(request); err != nil && !errors.Is(err, errs.Unavailable) {
		return nil, err
	}
	return p.do(request)
}

// do sends a request and returns the answer as Request does.
func (p *Peers) do(request *http.Request) (*http.Response, error) {
	const op = "node.Request"
	target := request.URL.String()
	response, err := p.client.Do(request)
	if err != nil {
		return nil, errs.E(op, target, errs.Unavailable, err)
	}
	if response.StatusCode < http.StatusBadRequest {
		return response, nil
	}
	defer response.Body.Close()
	return nil, errs.E(op, target, "", readError(response))
}

// readError is the error that a peer answered with.
func readError(response *http.Response) error {
	text := []byte(response.Header.Get(wire.HeaderError))
	if len(text) == 0 {
		text, _ = io.ReadAll(io.LimitReader(response.Body, maxErrorBody)) // what arrived is shown
	}
	w := errs.Wire{}
	if jsonx.Unmarshal(text, &w) != nil || w.Status == 0 {
		w = errs.Wire{Status: response.StatusCode, Message: strings.TrimSpace(string(text))}
	}
	return errs.FromWire(w)
}

// maxErrorBody bounds the error of a peer, in bytes.
const maxErrorBody = 64 << 10

// exchange sends a request and decodes a JSON answer into reply.
func (p *Peers) exchange(ctx context.Context, method, target string, message, reply any) error {
	body, err := jsonx.Marshal(message)
	if err != nil {
		return errs.E("node.exchange", target, errs.Internal, err)
	}
	answer, err := p.bytes(ctx, method, target, body)
	if err != nil {
		return err
	}
	if err := jsonx.Unmarshal(answer, reply); err != nil {
		return errs.E("node.exchange", target, errs.Unavailable, err)
	}
	return nil
}

func (p *Peers) bytes(ctx context.Context, method, target string, body []byte) ([]byte, error) {
	response, err := p.Request(ctx, method, target, nil, body)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, p.maxReply+1))
	if err != nil {
		return nil, errs.E("node.Request", target, errs.Unavailable, err)
	}
	if int64(len(answer)) > p.maxReply {
		return nil, errs.E("node.Request", target, errs.TooLarge, fmt.Errorf("reply over %d bytes", p.maxReply))
	}
	return answer, nil
}

// Join asks the node at a control URL to take us into its cluster.
func (p *Peers) Join(ctx context.Context, controlURL string, r *primary.JoinRequest) (*primary.JoinReply, error) {
	reply := &primary.JoinReply{}
	return reply, p.exchange(ctx, http.MethodPost, controlURL+PathJoin, r, reply)
}

// Sync pushes changes to a node.
func (p *Peers) Sync(ctx context.Context, node *wire.Node, m *primary.SyncMessage) (*primary.SyncReply, error) {
	reply := &primary.SyncReply{}
	return reply, p.exchange(ctx, http.MethodPut, node.Control.URL+wire.PathMetasync, m, reply)
}

// Call carries a call to a module of another target.
func (p *Peers) Call(ctx context.Context, node *wire.Node, to module.PeerAddress, body []byte) ([]byte, error) {
	target := node.Data.URL + "/v1/" + to.Module + "/" + to.Call + "/" + to.Bucket.Name + "?" + BucketQuery(to.Bucket)
	return p.bytes(ctx, http.MethodPost, target, body)
}

// Info asks a node at a public URL what cluster it is in and who leads that. A
// node answers while it starts, too. The request is not signed: it may be that
// of a node of another cluster, whose signature would be refused.
func (p *Peers) Info(ctx context.Context, base string) (*wire.NodeInfo, error) {
	const op = "node.Info"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+wire.PathHealth+"?"+wire.QueryNodeInfo+"=true", nil)
	if err != nil {
		return nil, errs.E(op, base, errs.Internal, err)
	}
	response, err := p.do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	info := &wire.NodeInfo{}
	if err := jsonx.NewDecoder(io.LimitReader(response.Body, p.maxReply)).Decode(info); err != nil {
		return nil, errs.E(op, base, errs.Unavailable, err)
	}
	return info, nil
}

// ObjectURL is the URL of an object at a base such as a node's data URL.
func ObjectURL(base string, b wire.Bucket, object, query string) string {
	path := &url.URL{Path: wire.PathObjects + "/" + b.Name + "/" + object}
	return base + path.EscapedPath() + "?" + BucketQuery(b) + query
}

// BucketQuery is the part of a query that names provider and namespace.
func BucketQuery(b wire.Bucket) string {
	q := wire.QueryProvider + "=" + b.Provider
	if b.Namespace != (wire.Namespace{}) {
		q += "&" + wire.QueryNamespace + "=" + url.QueryEscape(b.Namespace.String())
	}
	return q
}
