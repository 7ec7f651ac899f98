package proxy

import (
	"errors"
	"net/http"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/xaction"
)

// jobActions are the actions on a bucket, of one HTTP method, that start jobs.
func (p *Proxy) jobActions(method string) map[string]rest.Action {
	actions := map[string]rest.Action{}
	for i := range p.specs.All() {
		spec := &p.specs.All()[i]
		if spec.Method != method {
			continue
		}
		actions[spec.Kind] = rest.Act(spec.Need, func(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
			return p.jobAction(w, r, a, spec)
		})
	}
	return actions
}

// jobAction starts a job on the bucket in the path and answers with its id.
func (p *Proxy) jobAction(w http.ResponseWriter, r *http.Request, a *wire.Action, spec *xaction.Spec) error {
	b := rest.BucketOf(r)
	request := &primary.JobRequest{Spec: spec, Bucket: &b}
	if err := p.readArgument(r, a, request); err != nil {
		return err
	}
	return p.startJob(w, r, a, request, http.StatusOK)
}

// readArgument reads what an action wants of a job, and checks that the caller
// may do that with the destination.
func (p *Proxy) readArgument(r *http.Request, a *wire.Action, into *primary.JobRequest) error {
	const op = "proxy.startJob"
	var err error
	if uname := rest.QueryOf(r).Get(wire.QueryBucketTo); uname != "" {
		to, _, parsed := wire.ParseUname(uname)
		if parsed != nil {
			return parsed
		}
		into.To = &to
	}
	if into.Spec.Args != nil {
		args := into.Spec.Args()
		if err := a.Decode(args); err != nil {
			return err
		}
		if checked, ok := args.(xaction.Argument); ok {
			if err := checked.Validate(); err != nil {
				return err
			}
		}
		if destined, ok := args.(xaction.Destined); ok && into.To == nil {
			into.To = destined.Destination()
		}
		if into.Args, err = jsonx.Marshal(args); err != nil {
			return errs.E(op, a.Action, errs.Invalid, err)
		}
	}
	if into.To == nil && into.Spec.Destination == xaction.MadeDestination {
		into.To = into.Bucket
	}
	if into.To == nil {
		return nil
	}
	to, err := into.To.Normal()
	if err != nil {
		return err
	}
	into.To = &to
	return p.router.Authorize(rest.CallerOf(r), to, into.Spec.NeedTo)
}

// startJob starts a job, here or at the primary, and answers with its id.
func (p *Proxy) startJob(w http.ResponseWriter, r *http.Request, a *wire.Action, request *primary.JobRequest, status int) error {
	return p.change(w, r, a, func(leader *primary.Primary) error {
		id, err := leader.StartJob(r.Context(), request)
		if err != nil {
			return err
		}
		return rest.TextStatus(w, status, id)
	})
}

// startByKind is the action start: a job of a kind that needs no argument.
func (p *Proxy) startByKind(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	var q wire.JobStart
	if err := a.Decode(&q); err != nil {
		return err
	}
	spec, err := p.specs.Startable(q.Kind)
	if err != nil {
		return err
	}
	request := &primary.JobRequest{Spec: spec, Flags: q.Flags}
	if q.Bucket != nil && q.Bucket.Name != "" {
		b, err := q.Bucket.Normal()
		if err != nil {
			return err
		}
		request.Bucket = &b
		if err := p.router.Authorize(rest.CallerOf(r), b, spec.Need); err != nil {
			return err
		}
	}
	return p.startJob(w, r, a, request, http.StatusOK)
}

// stopJob is the action stop, by id, or by kind and bucket. A job that has ended
// by itself needs no stopping.
func (p *Proxy) stopJob(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	var q wire.JobStart
	if err := a.Decode(&q); err != nil {
		return err
	}
	if q.ID == "" && q.Kind == "" {
		e := errs.E("proxy.stopJob", "", errs.Invalid, nil)
		e.Public = "say which job to stop, by its id or kind"
		return e
	}
	if q.ID != "" {
		q.Kind = "" // the id says it all; clients send what they believe the kind to be
	}
	return p.change(w, r, a, func(leader *primary.Primary) error {
		_, err := leader.StopJobs(r.Context(), &q)
		if q.ID == "" || !errors.Is(err, errs.NotFound) {
			return err
		}
		if known, asked := p.sharesOf(r.Context(), &wire.JobQuery{ID: q.ID}); asked != nil || len(known.all()) > 0 {
			return asked
		}
		return err
	})
}

// jobForTarget is POST of a target that has a job to be started.
func (p *Proxy) jobForTarget(w http.ResponseWriter, r *http.Request) error {
	m := &primary.StartJobMessage{}
	if err := rest.Decode(w, r, m); err != nil {
		return err
	}
	spec, found := p.specs.Get(m.Kind)
	if !found || p.primary == nil {
		return p.notPrimary()
	}
	id, err := p.primary.StartJob(r.Context(), &primary.JobRequest{Spec: spec, Bucket: m.Bucket, Args: m.Args})
	if err != nil {
		return err
	}
	return rest.JSON(w, id)
}

// jobsDone is POST of a target whose shares of jobs are done.
func (p *Proxy) jobsDone(w http.ResponseWriter, r *http.Request) error {
	m := &primary.JobsDoneMessage{}
	if err := rest.Decode(w, r, m); err != nil {
		return err
	}
	if p.primary == nil {
		return p.notPrimary()
	}
	if err := p.speaksFor(r, m.Node); err != nil {
		return err
	}
	if err := p.primary.JobsDone(r.Context(), m); err != nil {
		return err
	}
	return rest.JSON(w, struct{}{})
}
