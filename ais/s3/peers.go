package s3

import (
	"context"
	"io"
	"net/http"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/module"
)

// moduleName is the part of the package of the paths between nodes.
const moduleName = "s3"

// Calls between nodes.
const (
	callDelete  = "delete"
	callRenamed = "renamed"
	callUploads = "uploads"

	callVersions = "versions"
)

// peerCalls are what a target does for the node that a request came to.
func (d *Dialect) peerCalls() map[string]module.PeerCall {
	return map[string]module.PeerCall{
		callDelete: d.deleteHere, callRenamed: d.renamedHere, callUploads: d.uploadsHere, callVersions: d.versionsHere,
	}
}

// maxPeerCall bounds what a node asks of another, in bytes.
const maxPeerCall = 16 << 20

// peerCall is the handler of a call between nodes.
func (d *Dialect) peerCall(answer module.PeerCall) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		b, err := d.options.Objects.Bucket(rest.BucketOf(r))
		if err != nil {
			return err
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPeerCall))
		if err != nil {
			return errs.E("s3.peerCall", b.String(), errs.Invalid, err)
		}
		reply, err := answer(r.Context(), b, body)
		if err != nil {
			return err
		}
		return rest.Bytes(w, http.StatusOK, wire.ContentBinary, reply)
	}
}

// ask has a target answer a message, which may be this process. One that is down is
// not waited for.
func (c *call) ask(ctx context.Context, node *wire.Node, name string, message, reply any) error {
	if node.Has(wire.NodeDown) {
		return isDown(node)
	}
	body, err := jsonx.Marshal(message)
	if err != nil {
		return errs.E("s3.ask", name, errs.Internal, err)
	}
	var answer []byte
	if node.ID == c.options.Self {
		answer, err = c.peerCalls()[name](ctx, c.bucket, body)
	} else {
		answer, err = c.options.Peers.Call(ctx, node, module.PeerAddress{Module: moduleName, Call: name, Bucket: c.bucket.Bucket}, body)
	}
	if err != nil {
		return err
	}
	if err := jsonx.Unmarshal(answer, reply); err != nil {
		return errs.E("s3.ask", node.ID, errs.Unavailable, err)
	}
	return nil
}

// answerOf is the answer of a target to a message.
func answerOf[Message, Reply any](b *cluster.Bucket, body []byte, do func(*Message) (Reply, error)) ([]byte, error) {
	message := new(Message)
	if err := jsonx.Unmarshal(body, message); err != nil {
		return nil, errs.E("s3.answer", b.String(), errs.Invalid, err)
	}
	reply, err := do(message)
	if err != nil {
		return nil, err
	}
	return jsonx.Marshal(reply)
}
