package target

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// Headers between targets.
const (
	headerOrder   = "Ais-Write-Order" // the write order of an object, or of its deletion
	headerDeleted = "Ais-Deleted"     // "true": the object was deleted there
	headerRecord  = "Ais-Record"      // what is recorded with an object, in base64
)

// peers reaches the objects of other targets over the data network. A request
// carries a mark that makes the other target look no further than its own store.
type peers struct {
	*node.Peers
	config *config.Live[config.Cluster]
}

// local reports whether a request is of a peer that wants what this target
// itself has.
func local(q *rest.ObjectRequest) bool {
	return q.Caller.Identity.Node() != "" && q.Query.Bool(node.QueryLocal)
}

func localURL(n *wire.Node, name store.Name) string {
	return node.ObjectURL(n.Data.URL, name.Bucket.Bucket, name.Object, "&"+node.QueryLocal+"=true")
}

// Head describes the object that a peer has. A peer that does not answer within
// timeout.cplane_operation is Unavailable.
func (p *peers) Head(ctx context.Context, n *wire.Node, name store.Name) (*store.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.Get().Timeout.ControlPlane.Std())
	defer cancel()
	response, err := p.Request(ctx, http.MethodHead, localURL(n, name), nil, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	o, err := parseObject(response)
	if err != nil {
		return nil, errs.E("target.peers.Head", name.String(), errs.Unavailable, err)
	}
	return o, nil
}

// Read reads a part of the object that a peer has.
func (p *peers) Read(ctx context.Context, n *wire.Node, name store.Name, offset, length int64) (io.ReadCloser, error) {
	return p.read(ctx, localURL(n, name), offset, length)
}

func (p *peers) read(ctx context.Context, from string, offset, length int64) (io.ReadCloser, error) {
	if length == 0 {
		return http.NoBody, nil
	}
	last := offset + length - 1
	header := http.Header{"Range": {"bytes=" + strconv.FormatInt(offset, 10) + "-" + strconv.FormatInt(last, 10)}}
	response, err := p.Request(ctx, http.MethodGet, from, header, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// HeadVersion is Head of one version.
func (p *peers) HeadVersion(ctx context.Context, n *wire.Node, name store.Name, id string) (*store.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.Get().Timeout.ControlPlane.Std())
	defer cancel()
	response, err := p.Request(ctx, http.MethodHead, localURL(n, name)+versionQuery(id), nil, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	o, err := parseObject(response)
	if err != nil {
		return nil, errs.E("target.peers.HeadVersion", name.String(), errs.Unavailable, err)
	}
	return o, nil
}

// ReadVersion is Read of one version.
func (p *peers) ReadVersion(ctx context.Context, n *wire.Node, name store.Name, id string, offset, length int64) (io.ReadCloser, error) {
	return p.read(ctx, localURL(n, name)+versionQuery(id), offset, length)
}

// queryVersion names a version between nodes; without a value it is the latest.
const queryVersion = "version_id"

func versionQuery(id string) string { return "&" + queryVersion + "=" + url.QueryEscape(id) }

// parseObject reads back what setOrder and describeProps wrote.
func parseObject(response *http.Response) (*store.Object, error) {
	h := response.Header
	o := &store.Object{}
	o.Size = response.ContentLength
	o.Version = h.Get(wire.HeaderVersion)
	kind, value := h.Get(wire.HeaderChecksumType), h.Get(wire.HeaderChecksumValue)
	var err error
	if value != "" {
		if o.Checksum, err = checksum.ParseSum(checksum.Kind(kind), value); err != nil {
			return nil, err
		}
	}
	if text := h.Get(headerOrder); text != "" || response.Request.Method == http.MethodHead {
		order, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		if o.Order, _, err = cluster.ParseOrder(order); err != nil {
			return nil, err
		}
	}
	if ns, err := strconv.ParseInt(h.Get(wire.HeaderAtime), 10, 64); err == nil {
		o.Record.Atime = time.Unix(0, ns)
	}
	o.DeleteMarker = h.Get(headerDeleted) == "true"
	o.ETag, _ = strconv.Unquote(h.Get("Etag"))
	if text := h.Get(headerRecord); text != "" {
		record, err := parseRecord(text)
		if err != nil {
			return nil, err
		}
		o.Record = *record
		return o, nil
	}
	for _, pair := range h[wire.HeaderCustom] {
		key, value, _ := strings.Cut(pair, "=")
		o.Custom = append(o.Custom, store.Pair{Key: key, Value: value})
	}
	return o, nil
}

// parseRecord reads what setRecord wrote.
func parseRecord(text string) (*store.Record, error) {
	record, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return store.ParseRecord(record)
}
