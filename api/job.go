package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// DeleteObjects starts a job that deletes objects of a bucket, and returns its
// id. Names that do not exist are no error. Errors: NotFound (bucket), Invalid.
func (c *Client) DeleteObjects(ctx context.Context, b wire.Bucket, which wire.Selector) (string, error) {
	return c.bucketJob(ctx, "api.DeleteObjects", http.MethodDelete, b, wire.ActionDeleteObjects, which)
}

// EvictObjects starts a job that drops the local copies of objects of a remote
// bucket, and returns its id. Errors: NotFound (bucket), Invalid.
func (c *Client) EvictObjects(ctx context.Context, b wire.Bucket, which wire.Selector) (string, error) {
	return c.bucketJob(ctx, "api.EvictObjects", http.MethodDelete, b, wire.ActionEvictObjects, which)
}

// PrefetchObjects starts a job that fetches objects of a remote bucket, and
// returns its id. Errors: NotFound (bucket), Invalid.
func (c *Client) PrefetchObjects(ctx context.Context, b wire.Bucket, which wire.Selector) (string, error) {
	return c.bucketJob(ctx, "api.PrefetchObjects", http.MethodPost, b, wire.ActionPrefetchObjects, which)
}

// CopyObjects starts a job that copies objects to the bucket which.To, which is
// created if it is missing, and returns its id. Errors: NotFound (bucket), Invalid.
func (c *Client) CopyObjects(ctx context.Context, b wire.Bucket, which wire.CopyObjects) (string, error) {
	return c.bucketJob(ctx, "api.CopyObjects", http.MethodPost, b, wire.ActionCopyObjects, which)
}

// ArchiveObjects starts a job that puts objects of a bucket into an archive, and
// returns its id. Errors: NotFound (bucket), Invalid.
func (c *Client) ArchiveObjects(ctx context.Context, b wire.Bucket, which wire.ArchiveObjects) (string, error) {
	return c.bucketJob(ctx, "api.ArchiveObjects", http.MethodPut, b, wire.ActionArchive, which)
}

// CopyBucket starts a job that copies the objects of a bucket to another one,
// which is created if it is missing, and returns its id.
// Errors: NotFound (bucket), Invalid, Busy (one of them is being renamed).
func (c *Client) CopyBucket(ctx context.Context, from, to wire.Bucket, o wire.CopyOptions) (string, error) {
	return c.toBucket(ctx, "api.CopyBucket", from, to, wire.ActionCopyBucket, o)
}

// RenameBucket starts a job that gives a bucket another name, and returns its id.
// Until it has ended the bucket has its old name and takes no writes.
// Errors: NotFound (bucket), Exists, Busy (a job is working on it).
func (c *Client) RenameBucket(ctx context.Context, from, to wire.Bucket) (string, error) {
	return c.toBucket(ctx, "api.RenameBucket", from, to, wire.ActionMoveBucket, nil)
}

func (c *Client) toBucket(ctx context.Context, op string, from, to wire.Bucket, action string, value any) (string, error) {
	r, err := bucketCall(op, http.MethodPost, from)
	if err != nil {
		return "", err
	}
	if err := to.Validate(); err != nil {
		return "", r.wrap(err)
	}
	r.query += "&" + wire.QueryBucketTo + "=" + url.QueryEscape(to.Uname(""))
	return c.bucketAction(ctx, r, action, value)
}

func (c *Client) bucketJob(ctx context.Context, op, method string, b wire.Bucket, action string, value any) (string, error) {
	r, err := bucketCall(op, method, b)
	if err != nil {
		return "", err
	}
	return c.bucketAction(ctx, r, action, value)
}

// Promote starts to make objects of files that targets see on their disks, and
// returns the id of the job, "" for a single file, which is an object then.
// Errors: NotFound (bucket, or no target sees the path), Invalid.
func (c *Client) Promote(ctx context.Context, b wire.Bucket, p wire.Promotion) (string, error) {
	r, err := bucketCall("api.Promote", http.MethodPost, b)
	if err != nil {
		return "", err
	}
	r.path = wire.PathObjects + "/" + b.Name
	if err := r.withAction(wire.ActionPromote, p.Source, p); err != nil {
		return "", err
	}
	var job string
	return job, c.control(ctx, r, intoText(&job))
}

// StartJob starts a job of a kind that needs no argument, and returns its id.
// Errors: NotFound (kind or bucket), Unsupported (the kind needs arguments), Busy.
func (c *Client) StartJob(ctx context.Context, job wire.JobStart) (string, error) {
	r := jobCall("api.StartJob", http.MethodPut, job.Kind, "")
	if err := r.withAction(wire.ActionStartJob, "", job); err != nil {
		return "", err
	}
	var id string
	return id, c.control(ctx, r, intoText(&id))
}

// StopJob stops the job of that id, or those of a kind, maybe on one bucket.
// When it returns they have ended. Errors: NotFound.
func (c *Client) StopJob(ctx context.Context, job wire.JobStart) error {
	r := jobCall("api.StopJob", http.MethodPut, job.ID+job.Kind, "")
	if err := r.withAction(wire.ActionStopJob, "", job); err != nil {
		return err
	}
	return c.control(ctx, r, nil)
}

// Jobs asks every target for its shares of the jobs that q selects, newest first.
// Errors: NotFound (nobody knows the id, or there is no such target).
func (c *Client) Jobs(ctx context.Context, q wire.JobQuery) (map[string][]wire.JobSnapshot, error) {
	var shares map[string][]wire.JobSnapshot
	return shares, c.jobQuery(ctx, "api.Jobs", wire.WhatJobQuery, q, &shares)
}

// JobStatus returns the status of the job of an id, or of the newest that q
// selects. Errors: NotFound.
func (c *Client) JobStatus(ctx context.Context, q wire.JobQuery) (*wire.JobStatus, error) {
	status := new(wire.JobStatus)
	return status, c.jobQuery(ctx, "api.JobStatus", wire.WhatJobStatus, q, status)
}

// JobStatuses returns the status of all jobs that q selects, newest first.
func (c *Client) JobStatuses(ctx context.Context, q wire.JobQuery) ([]wire.JobStatus, error) {
	var list []wire.JobStatus
	return list, c.jobQuery(ctx, "api.JobStatuses", wire.WhatJobStatusAll, q, &list)
}

// RunningJobs returns what runs of what q selects, each as "kind[id]".
func (c *Client) RunningJobs(ctx context.Context, q wire.JobQuery) ([]string, error) {
	var list []string
	return list, c.jobQuery(ctx, "api.RunningJobs", wire.WhatRunningJobs, q, &list)
}

func (c *Client) jobQuery(ctx context.Context, op, selector string, q wire.JobQuery, into any) error {
	r := jobCall(op, http.MethodGet, q.ID+q.Kind, what(selector))
	text, err := jsonx.Marshal(q)
	if err != nil {
		return errs.E(op, r.subject, errs.Invalid, err)
	}
	r.body = ownBody(text)
	r.header = http.Header{"Content-Type": {wire.ContentJSON}}
	return c.control(ctx, r, intoJSON(into))
}

func jobCall(op, method, subject, query string) *call {
	return &call{op: op, subject: "job " + subject, method: method, path: wire.PathCluster, query: query}
}

// WaitOptions say how to wait for a job. The zero value waits as long as the
// context allows.
type WaitOptions struct {
	Every    time.Duration            // between two looks; 0 begins at 50 ms and grows to 1 s
	Progress func([]wire.JobSnapshot) // told of the shares after each look; nil is nobody
}

// WaitJob waits until the job of an id has ended on every target, and returns what
// each of them did. Errors: NotFound, Canceled (it was stopped), Internal (it has ended
// with an error, which is the cause).
func (c *Client) WaitJob(ctx context.Context, id string, o WaitOptions) ([]wire.JobSnapshot, error) {
	const op = "api.WaitJob"
	pause := o.Every
	if pause == 0 {
		pause = 50 * time.Millisecond
	}
	for {
		status, err := c.JobStatus(ctx, wire.JobQuery{ID: id})
		if err != nil {
			return nil, err
		}
		shares, err := c.jobShares(ctx, id)
		if err != nil {
			return nil, err
		}
		if o.Progress != nil {
			o.Progress(shares)
		}
		if status.EndTime != 0 || status.Idle {
			return shares, jobError(op, status)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, errs.E(op, "job "+id, "", context.Cause(ctx))
		case <-timer.C:
		}
		if o.Every == 0 {
			pause = min(2*pause, time.Second)
		}
	}
}

func (c *Client) jobShares(ctx context.Context, id string) ([]wire.JobSnapshot, error) {
	byTarget, err := c.Jobs(ctx, wire.JobQuery{ID: id})
	var list []wire.JobSnapshot
	for _, shares := range byTarget {
		list = append(list, shares...)
	}
	return list, err
}

func jobError(op string, s *wire.JobStatus) error {
	subject := s.Kind + "[" + s.ID + "]"
	switch {
	case s.Aborted:
		return errs.E(op, subject, errs.Canceled, errors.New("the job was stopped before its end"))
	case s.Error != "":
		return errs.E(op, subject, errs.Internal, errors.New(s.Error))
	}
	return nil
}

// SummaryOptions say what to count. The zero value is all objects.
type SummaryOptions struct {
	Prefix string
}

// Summary counts the objects of a bucket, or with the zero bucket those of each
// bucket, in order. It waits until that is done. Errors: NotFound (bucket).
func (c *Client) Summary(ctx context.Context, b wire.Bucket, o SummaryOptions) ([]wire.BucketSummary, error) {
	const op = "api.Summary"
	request := wire.SummaryRequest{Prefix: o.Prefix, Cached: true, Present: true}
	pause := 50 * time.Millisecond
	for {
		r := &call{op: op, subject: b.String(), method: http.MethodGet, path: wire.PathBuckets}
		if b.Name != "" {
			var err error
			if r, err = bucketCall(op, http.MethodGet, b); err != nil {
				return nil, err
			}
		}
		if err := r.withAction(wire.ActionSummary, "", request); err != nil {
			return nil, err
		}
		list, done := []wire.BucketSummary(nil), false
		err := c.control(ctx, r, func(resp *http.Response) error {
			if done = resp.StatusCode == http.StatusOK; done {
				return intoJSON(&list)(resp)
			}
			if request.ID == "" {
				return intoText(&request.ID)(resp)
			}
			return nil
		})
		if err != nil || done {
			return list, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, errs.E(op, b.String(), "", context.Cause(ctx))
		case <-timer.C:
		}
		pause = min(2*pause, time.Second)
	}
}
