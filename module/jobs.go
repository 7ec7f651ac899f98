package module

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/store"
	"aistore/xaction"
)

// Verbs are what modules do with the objects of the cluster, wherever those are.
type Verbs interface {
	// Head describes an object as clients see it at this target, which owns it.
	// Errors: NotFound, Corrupt, Unavailable.
	Head(ctx context.Context, n store.Name) (*store.Object, error)
	// Open opens an object for reading, whoever owns it. The caller closes the
	// reader. Errors: as of Head.
	Open(ctx context.Context, n store.Name) (*store.Object, io.ReadCloser, error)
	// Delete deletes an object at its owner. Errors: NotFound, Unavailable.
	Delete(ctx context.Context, n store.Name) error
	// Remove deletes an object that this target owns, or one of its versions, and
	// tells what was done. Errors: those of store.Store.Remove; Unavailable.
	Remove(ctx context.Context, n store.Name, o store.DeleteOptions) (store.Deletion, error)
	// Uploads are the open uploads of a bucket at this target. Errors: Unavailable,
	// Canceled.
	Uploads(ctx context.Context, b *cluster.Bucket, o store.UploadsOptions) ([]store.UploadInfo, error)
	// AbortUpload gives up one of them. Errors: NotFound (it has ended), Unavailable.
	AbortUpload(ctx context.Context, n store.Name, id store.UploadID) error
	// Put stores an object at its owner, durable and verified there when it
	// returns, and tells whether that is another target. The body must have the
	// size of the record. Errors: Invalid (what came is not what the record
	// says), NoSpace, Unavailable.
	Put(ctx context.Context, n store.Name, o PutOptions, body io.Reader) (away bool, err error)
	// Mine tells whether this target is the one to work on an object that it
	// holds: it is, unless the owner, or a later owner than this target, holds a
	// newer one or knows that it was deleted.
	Mine(ctx context.Context, n store.Name) (bool, error)
	// Owner tells whether this target owns a name, held or not.
	Owner(n store.Name) (bool, error)
	// WriteArchive makes the archive n, which this target owns, of the members
	// that fill adds. Readers see it whole, or what was there before. The context
	// that fill gets ends when the write may go on no longer. Errors: those of
	// fill, Invalid (a member, or the format), Exists (a member, when appending),
	// NoSpace, Unavailable.
	WriteArchive(ctx context.Context, n store.Name, w ArchiveWrite, fill func(context.Context, AddMember) error) error
}

// ArchiveWrite says how an archive is written. The zero value makes it anew, of
// the format that its name says.
type ArchiveWrite struct {
	Append bool   // to the archive that is there, if one is
	MIME   string // format; "" lets the name say it
}

// AddMember adds a member of that size in bytes to an archive being written.
type AddMember func(name string, size int64, modified time.Time, content io.Reader) error

// PutOptions say how [Verbs.Put] stores an object.
type PutOptions struct {
	// Record is what is recorded with the content: size and checksum, headers,
	// user metadata, times. Required.
	Record *store.Record
	// Keep stores the record as it is, with version and order: what is written
	// is the same object in another place. Otherwise it is a new write of this
	// name, which follows what is there.
	Keep bool
	// Job is the id of the job that writes: an owner that does not know of it
	// yet, nor of the bucket that it made, is Unavailable.
	Job string
	// IfAbsent stores nothing where there is an object. The error is Precondition.
	IfAbsent bool
	// Conditions must hold for what is there, beside IfAbsent; IfOrder is not
	// for another target.
	Conditions store.Conditions
}

// JobWorker is a module that does the work of kinds of jobs, by kind: those of
// the specs of its Maker.
type JobWorker interface {
	Jobs() map[string]xaction.Work
}

// Item is an object that a walk has found on a mountpath.
type Item struct {
	Name   store.Name
	Object *store.Object
}

// EachObject does the share of a job that is about the objects of a bucket whose
// names begin with prefix: it calls do for each that this target is the one to
// work on, on every mountpath at the same time. Do returns an error to end the
// job. What targets that are absent hold is reported as left undone. See
// [xaction.EachMount].
func (h *Host) EachObject(ctx context.Context, j *xaction.Job, b *cluster.Bucket, prefix string, workers int, do func(context.Context, Item) error) error {
	if err := j.Absence(); err != nil {
		j.Fail(err)
	}
	return xaction.EachMount(ctx, j, h.Mounts(), xaction.Line[Item]{
		Items: func(ctx context.Context, mount *fs.Mountpath, after string) iter.Seq2[Item, error] {
			return h.itemsOn(ctx, b, store.WalkOptions{Prefix: prefix, After: after, Records: true, Mountpath: mount.Root()})
		},
		Key: func(i Item) string { return i.Name.Object },
		Do: func(ctx context.Context, i Item) error {
			mine, err := h.Verbs.Mine(ctx, i.Name)
			if err != nil || !mine {
				return err
			}
			return do(ctx, i)
		},
		Workers: workers,
	})
}

// itemsOn yields the objects of one mountpath. One that is on another mountpath
// as well counts where it belongs.
func (h *Host) itemsOn(ctx context.Context, b *cluster.Bucket, o store.WalkOptions) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		w, err := h.Objects.Walk(ctx, b, o)
		if err != nil {
			yield(Item{}, err)
			return
		}
		defer w.Close()
		for e, ok := w.Next(ctx); ok; e, ok = w.Next(ctx) {
			if e.Object == nil || e.Object.Mountpath != o.Mountpath {
				continue
			}
			if !yield(Item{store.Name{Bucket: b, Object: e.Name}, e.Object}, nil) {
				return
			}
		}
		if err := w.Err(); err != nil {
			yield(Item{}, err)
		}
	}
}

// Source finds the bucket that a job works on, as this target knows it.
// Errors: NotFound (it was destroyed meanwhile).
func (h *Host) Source(j *xaction.Job) (*cluster.Bucket, error) { return h.bucket(j.Bucket) }

// Destination finds the bucket that a job writes to: one that nobody else sees,
// if the job has such. Errors: NotFound (it was destroyed meanwhile).
func (h *Host) Destination(j *xaction.Job) (*cluster.Bucket, error) {
	if !j.Hidden {
		return h.bucket(j.To)
	}
	source, err := h.Source(j)
	if err != nil {
		return nil, err
	}
	return j.HiddenBucket(source), nil
}

func (h *Host) bucket(name *wire.Bucket) (*cluster.Bucket, error) {
	if name == nil {
		return nil, errs.E("module.bucket", "", errs.Invalid, nil)
	}
	if b, ok := h.State().Buckets.Get(*name); ok {
		return b, nil
	}
	return nil, errs.BucketNotFound("module.bucket", name.String())
}

// Copy copies an object to its place in another bucket, and counts it. What is
// kept of the record is what belongs to the content; with o.Keep all of it.
func (h *Host) Copy(ctx context.Context, j *xaction.Job, from, to store.Name, o PutOptions) error {
	object, body, err := h.Verbs.Open(ctx, from)
	if err != nil {
		return err
	}
	defer body.Close()
	o.Record, o.Job = object.Portable(), j.ID
	away, err := h.Verbs.Put(ctx, to, o, body)
	if err != nil {
		return err
	}
	j.Did(object.Size)
	if away {
		j.Sent(object.Size)
	}
	return nil
}

// Patiently calls do again, a few times, as long as nobody can serve it now.
func Patiently(ctx context.Context, do func() error) error {
	const attempts = 6
	pause := 50 * time.Millisecond
	for i := 1; ; i++ {
		err := do()
		if i == attempts || !errors.Is(err, errs.Unavailable) || ctx.Err() != nil {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
		pause *= 2
	}
}
