package proxy

import (
	"net/http"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/jobs/listing"
)

// listBuckets answers with the buckets of a provider, or of all, in order. The
// name of the action, if any, is that of the only bucket wanted.
func (p *Proxy) listBuckets(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	q := rest.QueryOf(r)
	query := wire.Bucket{Name: a.Name}
	var err error
	if provider := q.Get(wire.QueryProvider); provider != "" {
		if query.Provider, err = wire.ParseProvider(provider); err != nil {
			return err
		}
	}
	if query.Namespace, err = wire.ParseNamespace(q.Get(wire.QueryNamespace)); err != nil {
		return err
	}
	list := []wire.Bucket{}
	for _, b := range p.core.Meta.State().Buckets.List(query) {
		if q.Bool(wire.QuerySystem) || !b.IsSystem() {
			list = append(list, b.Bucket)
		}
	}
	return rest.JSON(w, list)
}

// listBucket answers with one page of the objects of a bucket, as msgpack to
// who accepts it and as JSON to others.
func (p *Proxy) listBucket(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	b, err := p.bucket(r)
	if err != nil {
		return err
	}
	request := &wire.ListRequest{}
	if a.HasValue() {
		if err := a.Decode(request); err != nil {
			return err
		}
	}
	page, err := listing.Page(r.Context(), p.core.Meta.State().Map, p.core.Peers, b, request)
	if err != nil {
		return err
	}
	return rest.Packed(w, r, page)
}

// bucket finds the bucket that a request names in the books.
func (p *Proxy) bucket(r *http.Request) (*cluster.Bucket, error) {
	return cluster.CheckBucket(p.core.Meta.State(), rest.BucketOf(r))
}

// headBucket answers with the properties of a bucket in a header, and with a
// summary if that is asked for.
func (p *Proxy) headBucket(w http.ResponseWriter, r *http.Request) error {
	b, err := p.bucket(r)
	if err != nil {
		return err
	}
	props, err := jsonx.Marshal(b.Props)
	if err != nil {
		return errs.E("proxy.headBucket", b.String(), errs.Internal, err)
	}
	w.Header().Set(wire.HeaderBucketProps, string(props))
	if rest.QueryOf(r).Get(wire.QuerySummaryRemote) != "" {
		return p.bucketInfo(w, r, r.PathValue("prefix"))
	}
	return nil
}
