package target

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"aistore/ais/node"
	"aistore/ais/objects"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/module"
	"aistore/store"
)

// Calls between targets about an upload that follows its object. They are to the
// data network: POST /v1/uploads/<call>/<bucket>, with an uploadCall.
const (
	uploadCalls   = "uploads"
	callUpload    = "tell"    // answers with a store.UploadState
	callContent   = "content" // answers with the content of parts, one behind the other
	callDropped   = "drop"    // removes it
	maxUploadCall = 64 << 10  // bytes of a call
)

// uploadCall says what is asked about which upload.
type uploadCall struct {
	Object string        `json:"object"`
	ID     string        `json:"id"`
	Claim  objects.Claim `json:"claim"`
	After  int           `json:"after,omitempty"` // of content: parts that follow this one
}

// routesOfUploads declares what later owners ask.
func (t *Target) routesOfUploads(r *rest.Router) {
	path := "POST /v1/" + uploadCalls + "/"
	r.Data(path+callUpload+"/{bucket}", t.peerCall(t.tellUpload))
	r.Data(path+callDropped+"/{bucket}", t.peerCall(t.dropUpload))
	r.Data(path+callContent+"/{bucket}", t.sendUpload)
}

// calledUpload reads a call.
func (t *Target) calledUpload(b *cluster.Bucket, body []byte) (call uploadCall, u store.Upload, err error) {
	if err := jsonx.Unmarshal(body, &call); err != nil {
		return call, u, errs.E("target.uploads", b.String(), errs.Invalid, err)
	}
	u, err = t.verbs.Upload(store.Name{Bucket: b, Object: call.Object}, call.ID)
	return call, u, err
}

func (t *Target) tellUpload(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	call, u, err := t.calledUpload(b, body)
	if err != nil {
		return nil, err
	}
	state, err := t.verbs.UploadHere(ctx, u, call.Claim)
	if err != nil {
		return nil, err
	}
	return state.Append(nil), nil
}

func (t *Target) dropUpload(ctx context.Context, b *cluster.Bucket, body []byte) ([]byte, error) {
	call, u, err := t.calledUpload(b, body)
	if err != nil {
		return nil, err
	}
	return nil, t.verbs.DropUploadHere(ctx, u, call.Claim)
}

// sendUpload streams the content of parts.
func (t *Target) sendUpload(w http.ResponseWriter, r *http.Request) error {
	b, err := t.verbs.Bucket(rest.BucketOf(r))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUploadCall))
	if err != nil {
		return errs.E("target.uploads", b.String(), errs.Invalid, err)
	}
	call, u, err := t.calledUpload(b, body)
	if err != nil {
		return err
	}
	content, size, err := t.verbs.UploadContentHere(r.Context(), u, call.Claim, call.After)
	if err != nil {
		return err
	}
	defer content.Close()
	w.Header().Set("Content-Type", wire.ContentBinary)
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	_, err = io.Copy(w, content) // fewer bytes than were said cut the connection
	return err
}

// Upload tells of the upload that a peer has.
func (p *peers) Upload(ctx context.Context, n *wire.Node, u store.Upload, c objects.Claim) (*store.UploadState, error) {
	answer, err := p.callUpload(ctx, n, callUpload, u, c)
	if err != nil {
		return nil, err
	}
	state, err := store.ParseUploadState(answer)
	if err != nil {
		return nil, errs.E("target.peers.Upload", u.Name.String(), errs.Unavailable, err)
	}
	return state, nil
}

// DropUpload removes the upload that a peer has.
func (p *peers) DropUpload(ctx context.Context, n *wire.Node, u store.Upload, c objects.Claim) error {
	_, err := p.callUpload(ctx, n, callDropped, u, c)
	return err
}

func (p *peers) callUpload(ctx context.Context, n *wire.Node, call string, u store.Upload, c objects.Claim) ([]byte, error) {
	body, err := jsonx.Marshal(&uploadCall{Object: u.Name.Object, ID: u.ID.String(), Claim: c})
	if err != nil {
		return nil, errs.E("target.peers", u.Name.String(), errs.Internal, err)
	}
	return p.Call(ctx, n, module.PeerAddress{Module: uploadCalls, Call: call, Bucket: u.Name.Bucket.Bucket}, body)
}

// UploadContent reads the parts of the upload that a peer has. The stream may be
// long, and ends with the context.
func (p *peers) UploadContent(ctx context.Context, n *wire.Node, u store.Upload, c objects.Claim, after int) (io.ReadCloser, error) {
	body, err := jsonx.Marshal(&uploadCall{Object: u.Name.Object, ID: u.ID.String(), Claim: c, After: after})
	if err != nil {
		return nil, errs.E("target.peers", u.Name.String(), errs.Internal, err)
	}
	from := n.Data.URL + "/v1/" + uploadCalls + "/" + callContent + "/" + u.Name.Bucket.Name + "?" + node.BucketQuery(u.Name.Bucket.Bucket)
	response, err := p.Request(ctx, http.MethodPost, from, nil, body)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}
