package proxy

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/run"
)

// jobShares are the shares of jobs, by target.
type jobShares map[string][]wire.JobSnapshot

// all returns the shares of all targets.
func (s jobShares) all() []wire.JobSnapshot {
	var list []wire.JobSnapshot
	for _, shares := range s {
		list = append(list, shares...)
	}
	return list
}

// askTimeout bounds how long a target may take to answer about its jobs.
const askTimeout = 5 * time.Second

// sharesOf asks all targets, or the one that q names, for their shares of jobs.
// Those that do not answer are left out as long as one does. Errors: NotFound (no
// such target), Unavailable (none answers).
func (p *Proxy) sharesOf(ctx context.Context, q *wire.JobQuery) (jobShares, error) {
	const op = "proxy.jobs"
	targets := p.core.Meta.State().Map.Targets()
	if id := q.NodeID(); id != "" {
		targets = slices.DeleteFunc(slices.Clone(targets), func(n *wire.Node) bool { return n.ID != id })
		if len(targets) == 0 {
			e := errs.E(op, id, errs.NotFound, nil)
			e.Public = fmt.Sprintf("target %q does not exist", id)
			return nil, e
		}
	}
	var mu sync.Mutex // guards shares and last
	shares, last := jobShares{}, error(nil)
	err := run.Each(ctx, len(targets), targets, func(ctx context.Context, n *wire.Node) error {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		list, err := p.core.Peers.Jobs(ctx, n, q)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			last = err
			return nil
		}
		if list == nil {
			list = []wire.JobSnapshot{}
		}
		shares[n.ID] = list
		return nil
	})
	if err == nil && len(shares) == 0 && last != nil {
		err = errs.E(op, "", "", last)
	}
	return shares, err
}

// jobQuery reads the body of a query, which may be empty.
func jobQuery(w http.ResponseWriter, r *http.Request) (*wire.JobQuery, error) {
	q := &wire.JobQuery{}
	if r.Body == nil || r.ContentLength == 0 {
		return q, nil
	}
	return q, rest.Decode(w, r, q)
}

// jobQueries are what a gateway answers about jobs.
func (p *Proxy) jobQueries() node.Queries {
	return node.Queries{
		wire.WhatJobQuery:     p.jobSnapshots,
		wire.WhatJobByID:      p.jobSnapshots,
		wire.WhatJobStatus:    p.jobStatus,
		wire.WhatJobStatusAll: p.jobStatusAll,
		wire.WhatRunningJobs:  p.runningJobs,
	}
}

// jobSnapshots answers with the shares of jobs by target; for an id that nobody
// knows, with 404.
func (p *Proxy) jobSnapshots(w http.ResponseWriter, r *http.Request) error {
	q, err := jobQuery(w, r)
	if err != nil {
		return err
	}
	if id := rest.QueryOf(r).Get(wire.QueryUUID); id != "" {
		q.ID = id
	}
	shares, err := p.sharesOf(r.Context(), q)
	if err != nil {
		return err
	}
	if q.ID != "" && len(shares.all()) == 0 {
		return cluster.JobNotFound("proxy.jobSnapshots", q.ID)
	}
	return rest.JSON(w, shares)
}

// jobStatus answers with the status of one job: the one of that id, or the
// newest that is selected otherwise.
func (p *Proxy) jobStatus(w http.ResponseWriter, r *http.Request) error {
	q, err := jobQuery(w, r)
	if err != nil {
		return err
	}
	list, err := p.statuses(r.Context(), q)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		name := q.ID
		if name == "" {
			name = q.Kind
		}
		return cluster.JobNotFound("proxy.jobStatus", name)
	}
	return rest.JSON(w, list[0])
}

// jobStatusAll answers with the status of every job that is selected.
func (p *Proxy) jobStatusAll(w http.ResponseWriter, r *http.Request) error {
	q, err := jobQuery(w, r)
	if err != nil {
		return err
	}
	list, err := p.statuses(r.Context(), q)
	if err != nil {
		return err
	}
	return rest.JSON(w, list)
}

// runningJobs answers with what runs, each as "kind[id]".
func (p *Proxy) runningJobs(w http.ResponseWriter, r *http.Request) error {
	q, err := jobQuery(w, r)
	if err != nil {
		return err
	}
	active := true
	q.OnlyActive = &active
	list, err := p.statuses(r.Context(), q)
	if err != nil {
		return err
	}
	names := []string{}
	for _, s := range list {
		names = append(names, s.Kind+"["+s.ID+"]")
	}
	return rest.JSON(w, names)
}

// statuses put the shares of each selected job together, newest first.
func (p *Proxy) statuses(ctx context.Context, q *wire.JobQuery) ([]*wire.JobStatus, error) {
	shares, err := p.sharesOf(ctx, q)
	if err != nil {
		return nil, err
	}
	list := shares.all()
	slices.SortStableFunc(list, func(a, b wire.JobSnapshot) int { return b.StartTime.Compare(a.StartTime) })
	jobs := p.core.Meta.State().Jobs
	byID := map[string]*wire.JobStatus{}
	statuses := []*wire.JobStatus{}
	for i := range list {
		s := byID[list[i].ID]
		if s == nil {
			s = &wire.JobStatus{Kind: list[i].Kind, ID: list[i].ID, EndTime: list[i].EndTime.UnixNano(), Idle: true}
			byID[s.ID] = s
			statuses = append(statuses, s)
		}
		addShare(s, &list[i], jobs.Get(s.ID) != nil)
	}
	for _, s := range statuses {
		s.EndTime = max(s.EndTime, 0)
	}
	return statuses, nil
}

// addShare adds the share of one target to the status of a job, which is still
// under way if any share is.
func addShare(s *wire.JobStatus, share *wire.JobSnapshot, underWay bool) {
	switch {
	case underWay || share.EndTime.IsZero():
		s.EndTime = running
	case s.EndTime != running:
		s.EndTime = max(s.EndTime, share.EndTime.UnixNano())
	}
	s.Idle = s.Idle && share.Idle && !underWay
	s.Aborted = s.Aborted || share.Aborted
	if s.Error == "" {
		s.Error = share.Error
	}
	if s.Error == "" {
		s.Error = share.AbortError
	}
}

// running stands for the end time of a job under way while its shares are put
// together.
const running = -1
