package proxy

import (
	"net/http"
	"time"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/jobs/summary"
)

// summarize is the action summary-bck on a bucket, or on all: without an id it
// starts a job, with one it answers with what that has found out. 202 is "not yet".
func (p *Proxy) summarize(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	request := &wire.SummaryRequest{}
	if err := a.Decode(request); err != nil {
		return err
	}
	if request.ID == "" {
		return p.startSummary(w, r, a, request)
	}
	list, ended, err := p.summaries(r, request.ID)
	switch {
	case err != nil:
		return err
	case !ended:
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return rest.JSON(w, list)
}

// startSummary starts the job and answers 202 with its id.
func (p *Proxy) startSummary(w http.ResponseWriter, r *http.Request, a *wire.Action, request *wire.SummaryRequest) error {
	job, err := p.summaryJob(r, request)
	if err != nil {
		return err
	}
	return p.startJob(w, r, a, job, http.StatusAccepted)
}

func (p *Proxy) summaryJob(r *http.Request, request *wire.SummaryRequest) (*primary.JobRequest, error) {
	const op = "proxy.summary"
	spec, found := p.specs.Get(wire.ActionSummary)
	if !found {
		return nil, errs.E(op, wire.ActionSummary, errs.Unsupported, nil)
	}
	args, err := jsonx.Marshal(request)
	if err != nil {
		return nil, errs.E(op, wire.ActionSummary, errs.Internal, err)
	}
	job := &primary.JobRequest{Spec: spec, Args: args}
	if b := rest.BucketOf(r); b.Name != "" {
		job.Bucket = &b
	}
	return job, nil
}

// summaries is what the job of that id has found out; false while it has not
// ended.
func (p *Proxy) summaries(r *http.Request, id string) ([]wire.BucketSummary, bool, error) {
	shares, err := p.sharesOf(r.Context(), &wire.JobQuery{ID: id, Kind: wire.ActionSummary})
	if err != nil {
		return nil, false, err
	}
	list := shares.all()
	if len(list) == 0 {
		return nil, false, cluster.JobNotFound("proxy.summary", id)
	}
	if err := p.complete(shares); err != nil {
		return nil, false, err
	}
	for i := range list {
		if text := list[i].Error + list[i].AbortError; text != "" {
			e := errs.E("proxy.summary", id, errs.Unavailable, nil)
			e.Public = "the summary has ended early: " + text
			return nil, false, e
		}
	}
	if j := p.core.Meta.State().Jobs.Get(id); j != nil && len(list) < len(j.Targets) {
		return nil, false, nil
	}
	return summary.Merge(list)
}

// complete is nil unless a target that may hold objects has not told of its share.
func (p *Proxy) complete(shares jobShares) error {
	m := p.core.Meta.State().Map
	for _, n := range m.Targets() {
		if _, answered := shares[n.ID]; !answered && m.MayHold(n.ID) {
			e := errs.E("proxy.summary", n.ID, errs.Unavailable, nil)
			e.Public, e.RetryAfter = "target "+n.ID+" does not answer: its objects would be missing in the summary", time.Second
			return e
		}
	}
	return nil
}

// bucketInfo is HEAD of a bucket, with the words of a prefix behind it: its
// properties in a header, and with bsumm_remote a summary in another, as soon as
// that is there.
func (p *Proxy) bucketInfo(w http.ResponseWriter, r *http.Request, prefix string) error {
	q := rest.QueryOf(r)
	if id := q.Get(wire.QueryUUID); id != "" {
		list, ended, err := p.summaries(r, id)
		if err != nil {
			return err
		}
		if !ended || len(list) == 0 {
			w.WriteHeader(http.StatusAccepted)
			return nil
		}
		text, err := jsonx.Marshal(&list[0])
		if err != nil {
			return errs.E("proxy.bucketInfo", id, errs.Internal, err)
		}
		w.Header().Set(wire.HeaderBucketSummary, string(text))
		return nil
	}
	job, err := p.summaryJob(r, &wire.SummaryRequest{Prefix: prefix, Cached: true, Present: true})
	if err != nil {
		return err
	}
	return p.change(w, r, nil, func(leader *primary.Primary) error {
		id, err := leader.StartJob(r.Context(), job)
		if err != nil {
			return err
		}
		w.Header().Set(wire.HeaderJobID, id)
		w.WriteHeader(http.StatusAccepted)
		return nil
	})
}
