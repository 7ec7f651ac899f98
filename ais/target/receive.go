package target

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/module"
	"aistore/store"
)

// maxRecord bounds the record in front of an object that a peer sends, in bytes.
const maxRecord = 16 << 20

// receiveObject takes an object that a peer sends, for a bucket or for a job's
// hidden one. Empty 200 once it is durable as the bucket says.
func (t *Target) receiveObject(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	n, err := t.destination(q)
	if err != nil {
		return err
	}
	record, err := readRecord(r.Body)
	if err != nil {
		return errs.E("target.receive", n.String(), errs.Invalid, err)
	}
	o := module.PutOptions{Record: record, Keep: q.Query.Bool(queryKeep), IfAbsent: q.Query.Bool(queryIfAbsent)}
	if o.Conditions, err = sentConditions(q.Query); err != nil {
		return err
	}
	if _, err := t.keep(r.Context(), n, o, r.Body); err != nil {
		return err
	}
	if job := t.jobs.Get(q.Query.Get(wire.QueryJobID)); job != nil {
		job.Received(record.Size)
	}
	return nil
}

// destination finds the name that a peer sends an object for. A target that does
// not know of the job yet, or no longer owns the name, is Unavailable: the sender
// looks again.
func (t *Target) destination(q *rest.ObjectRequest) (store.Name, error) {
	const op = "target.receive"
	state := t.applied.Load()
	b, err := t.receivingBucket(state, q)
	if err != nil {
		return store.Name{}, err
	}
	n := store.Name{Bucket: b, Object: q.Object}
	owner, err := state.Map.Owner(n.Digest())
	if err == nil && owner.ID != t.id {
		err = errs.E(op, n.String(), errs.Unavailable, fmt.Errorf("by map v%d the owner is %s", state.Map.Version(), owner.ID))
	}
	return n, err
}

func (t *Target) receivingBucket(state *cluster.State, q *rest.ObjectRequest) (*cluster.Bucket, error) {
	id := q.Query.Get(wire.QueryJobID)
	if id == "" {
		return t.verbs.Bucket(q.Bucket)
	}
	j := state.Jobs.Get(id)
	if j == nil || j.Bucket == nil {
		return nil, errs.E("target.receive", id, errs.Unavailable, errors.New("this target does not know of such a job"))
	}
	source, found := state.Buckets.Get(*j.Bucket)
	if hidden := j.HiddenBucket(source); found && hidden != nil {
		return hidden, nil
	}
	return t.verbs.Bucket(q.Bucket)
}

// readRecord reads the record in front of the content.
func readRecord(r io.Reader) (*store.Record, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(length[:])
	if size > maxRecord {
		return nil, fmt.Errorf("a record of %d bytes", size)
	}
	record := make([]byte, size)
	if _, err := io.ReadFull(r, record); err != nil {
		return nil, err
	}
	return store.ParseRecord(record)
}
