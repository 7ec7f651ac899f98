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
	"slices"
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
	PathJoin      = wire.PathCluster + "/autoreg"
	PathKeepalive = wire.PathCluster + "/keepalive"
	PathBegin     = "/v1/txn"            // of a change that targets may refuse
	PathJobs      = "/v1/xactions"       // what a target knows of jobs
	PathJobStart  = "/v1/xactions/start" // of a job that a target wants
	PathDone      = "/v1/xactions/done"  // shares of jobs that are done, told to the primary
	PathLeave     = "/v1/membership/leave"
	PathInvite    = "/v1/membership/invite"
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
	alive    *Peers // for keepalives and probes: connections that wait for no others; nil in itself
	relay    *relay // for what is only passed on; nil in alive
	maxReply int64
	pause    time.Duration // see watchPause
}

// NewPeers makes the way to the peers of a node that signs with signer, over
// transport; nil is one for plain HTTP. A reply longer than maxReply bytes is an
// error; streams of object bytes are not bounded.
func NewPeers(signer *rest.Signer, transport *http.Transport, maxReply int64) *Peers {
	if transport == nil {
		transport = &http.Transport{DisableCompression: true}
	}
	dial := Dialer(transport.DialContext)
	transport = transport.Clone()
	transport.DialContext = newBulk(dial).dialContext
	own := transport.Clone()
	own.MaxIdleConnsPerHost = 1
	alive := &Peers{signer: signer, client: &http.Client{Transport: own}, maxReply: maxReply}
	return &Peers{signer: signer, client: &http.Client{Transport: transport}, alive: alive, relay: newRelay(dial), maxReply: maxReply, pause: watchPause}
}

// Close drops idle connections.
func (p *Peers) Close() {
	p.client.CloseIdleConnections()
	p.alive.client.CloseIdleConnections()
	p.relay.close()
}

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

// Stream is Request with a body that is read as it goes out, of a known length
// in bytes.
func (p *Peers) Stream(ctx context.Context, method, target string, body io.Reader, length int64) (*http.Response, error) {
	const op = "node.Stream"
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, errs.E(op, target, errs.Internal, err)
	}
	request.ContentLength = length
	if err := p.signer.SignRequest(request); err != nil {
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
	return p.bytesWith(ctx, method, target, nil, body)
}

// bytesWith is bytes for a request with a header.
func (p *Peers) bytesWith(ctx context.Context, method, target string, header http.Header, body []byte) ([]byte, error) {
	response, err := p.Request(ctx, method, target, header, body)
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

// Keepalive tells the node at a control URL, which should lead, that this one
// lives.
func (p *Peers) Keepalive(ctx context.Context, controlURL string, k *primary.Keepalive) (*primary.KeepaliveReply, error) {
	reply := &primary.KeepaliveReply{}
	return reply, p.alive.exchange(ctx, http.MethodPost, controlURL+PathKeepalive, k, reply)
}

// PathProbe is where a node says that it lives.
const PathProbe = "/v1/alive"

// probeReply says who lives.
type probeReply struct {
	IDs         []string `json:"ids"` // of the node, in each of its roles
	Incarnation uint64   `json:"incarnation"`
}

// Probe asks a node whether it lives, and returns how often it has started.
// Errors: Unavailable, Conflict (another node answers).
func (p *Peers) Probe(ctx context.Context, node *wire.Node) (incarnation uint64, err error) {
	const op = "node.Probe"
	answer, err := p.alive.bytes(ctx, http.MethodGet, node.Control.URL+PathProbe, nil)
	if err != nil {
		return 0, err
	}
	var reply probeReply
	if err := jsonx.Unmarshal(answer, &reply); err != nil {
		return 0, errs.E(op, node.ID, errs.Unavailable, err)
	}
	if !slices.Contains(reply.IDs, node.ID) {
		return 0, errs.E(op, node.ID, errs.Conflict, fmt.Errorf("%v answers", reply.IDs))
	}
	return reply.Incarnation, nil
}

// SetPrimary asks the primary at a control URL to hand the lead to another proxy.
// The answer may take longer than the caller wants to wait: it happens anyway.
func (p *Peers) SetPrimary(ctx context.Context, controlURL, id string) error {
	_, err := p.bytes(ctx, http.MethodPut, controlURL+wire.PathCluster+"/proxy/"+id, nil)
	return err
}

// Leave gives an order to stop to a node.
func (p *Peers) Leave(ctx context.Context, node *wire.Node, order *primary.LeaveOrder) error {
	body, err := jsonx.Marshal(order)
	if err == nil {
		_, err = p.bytes(ctx, http.MethodPost, node.Control.URL+PathLeave, body)
	}
	return err
}

// Invite asks the node at a URL, public or of its control network, to join a
// cluster. Errors: Unavailable, and what the node answers.
func (p *Peers) Invite(ctx context.Context, url string, i *primary.Invitation) (*primary.InvitationReply, error) {
	url, err := p.controlOf(ctx, url)
	if err != nil {
		return nil, err
	}
	reply := &primary.InvitationReply{}
	return reply, p.exchange(ctx, http.MethodPost, url+PathInvite, i, reply)
}

// controlOf is the control URL of the node at a URL, public or of that network.
func (p *Peers) controlOf(ctx context.Context, url string) (string, error) {
	info, err := p.Info(ctx, url)
	switch {
	case errors.Is(err, errs.Forbidden): // as a listener of another network does
	case err != nil:
		return "", err
	case len(info.Nodes) > 0:
		url = info.Nodes[0].Control.URL
	}
	return url, nil
}

// Remains asks a node what it has of the metadata.
func (p *Peers) Remains(ctx context.Context, node *wire.Node) (*Remains, error) {
	return p.remains(ctx, node.Control.URL+PathRemains)
}

// RemainsWithState is Remains with the metadata themselves.
func (p *Peers) RemainsWithState(ctx context.Context, node *wire.Node) (*Remains, error) {
	return p.remains(ctx, node.Control.URL+PathRemains+"?"+queryState+"=true")
}

func (p *Peers) remains(ctx context.Context, url string) (*Remains, error) {
	answer, err := p.bytes(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	remains := &Remains{}
	if err := jsonx.Unmarshal(answer, remains); err != nil {
		return nil, errs.E("node.Remains", url, errs.Unavailable, err)
	}
	return remains, nil
}

// Sync pushes changes to a node.
func (p *Peers) Sync(ctx context.Context, node *wire.Node, m *primary.SyncMessage) (*primary.SyncReply, error) {
	reply := &primary.SyncReply{}
	return reply, p.exchange(ctx, http.MethodPut, node.Control.URL+wire.PathMetasync, m, reply)
}

// Begin asks a target whether it lets a change happen.
func (p *Peers) Begin(ctx context.Context, node *wire.Node, b *primary.BeginMessage) (*primary.BeginReply, error) {
	reply := &primary.BeginReply{}
	return reply, p.exchange(ctx, http.MethodPost, node.Control.URL+PathBegin, b, reply)
}

// Release tells a target that what it was asked about will not happen.
func (p *Peers) Release(ctx context.Context, node *wire.Node, id string) error {
	_, err := p.bytes(ctx, http.MethodDelete, node.Control.URL+PathBegin+"/"+id, nil)
	return err
}

// Jobs asks a target for its shares of jobs.
func (p *Peers) Jobs(ctx context.Context, node *wire.Node, q *wire.JobQuery) ([]wire.JobSnapshot, error) {
	var list []wire.JobSnapshot
	return list, p.exchange(ctx, http.MethodPost, node.Control.URL+PathJobs, q, &list)
}

// StartJob has the primary start a job, and returns its id.
func (p *Peers) StartJob(ctx context.Context, leader *wire.Node, m *primary.StartJobMessage) (string, error) {
	var id string
	return id, p.exchange(ctx, http.MethodPost, leader.Control.URL+PathJobStart, m, &id)
}

// JobsDone tells the primary which shares of jobs are done.
func (p *Peers) JobsDone(ctx context.Context, leader *wire.Node, m *primary.JobsDoneMessage) error {
	return p.exchange(ctx, http.MethodPost, leader.Control.URL+PathDone, m, &struct{}{})
}

// Call carries a call to a module of another target. It takes as long as that takes,
// while the target lives.
func (p *Peers) Call(ctx context.Context, node *wire.Node, to module.PeerAddress, body []byte) ([]byte, error) {
	ctx, looked := p.watch(ctx, node)
	defer looked.stop()
	target := node.Data.URL + "/v1/" + to.Module + "/" + to.Call + "/" + to.Bucket.Name + "?" + BucketQuery(to.Bucket)
	return p.bytes(ctx, http.MethodPost, target, body)
}

// Query asks a node about itself, and returns the JSON of its answer.
func (p *Peers) Query(ctx context.Context, node *wire.Node, what string) (jsonx.RawMessage, error) {
	target := node.Control.URL + wire.PathDaemon + "?" + wire.QueryWhat + "=" + what
	return p.bytesWith(ctx, http.MethodGet, target, http.Header{wire.HeaderNodeID: {node.ID}}, nil)
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
