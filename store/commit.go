package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/checksum"
)

// Commit makes what was written the object of its name, durable as the bucket
// says, and returns it. On error the object is as it was before, with one
// exception: Unavailable after a failed sync, when either may be found after a
// crash. The Writer has ended either way.
//
// A write with an order of its own that is older than what is here changes
// nothing: Conflict, together with the object that is here, nil if the name was
// deleted since.
// Errors: Invalid (size or checksum do not match), Precondition, Conflict,
// NotFound (the bucket was destroyed), NoSpace, TooLarge, Unavailable, and what
// Fence returns.
func (w *Writer) Commit(ctx context.Context) (*Object, error) {
	if w.file == nil {
		return nil, w.err
	}
	o, err := w.commit(ctx)
	if err != nil {
		return o, errors.Join(err, w.discard())
	}
	w.end()
	w.store.count.commits.Inc()
	w.store.count.commitBytes.Add(o.Size)
	return o, nil
}

func (w *Writer) commit(ctx context.Context) (*Object, error) {
	if err := w.finish(); err != nil {
		return nil, err
	}
	held, err := w.store.lock(ctx, w.target, exclusive)
	if err != nil {
		return nil, err
	}
	defer held.release()
	if err := w.store.current(w.target); err != nil {
		return nil, err
	}
	prior, err := w.store.prior(w.target, w.option.Base, w.store.cached(w.target))
	if err != nil {
		return nil, err
	}
	if err := w.admit(prior); err != nil {
		return prior.object, err
	}
	mode := w.store.keeps(w.target, prior)
	w.number(prior, mode)
	if err := w.keep(prior, mode); err != nil {
		return nil, err
	}
	return w.replace(ctx, held, prior)
}

// finish checks the content, and syncs it if there is much of it, so that the
// sync under the lock has little to do.
func (w *Writer) finish() error {
	if w.err != nil {
		return w.err
	}
	if w.option.Size >= 0 && w.size != w.option.Size {
		return w.sizeError("less")
	}
	if len(w.record.Chunks) == 0 { // those of an object in chunks are known
		if err := w.measure(); err != nil {
			return err
		}
	}
	if w.option.Describe != nil {
		if err := w.option.Describe(w.Sum, &w.record); err != nil {
			return err
		}
		if err := w.record.checkLengths(w.target.Name); err != nil {
			return err
		}
	}
	w.record.BucketID = w.target.Bucket.ID()
	if w.record.Modified.IsZero() {
		w.record.Modified = time.Now()
	}
	if w.record.Atime.IsZero() {
		w.record.Atime = w.record.Modified
	}
	if !w.option.Atime.IsZero() || w.option.Record != nil {
		if err := w.target.shelf.fsys.SetTimes(w.work, w.record.Atime, time.Time{}); err != nil {
			return w.target.shelf.fail("store.Commit", w.target.String(), err)
		}
	}
	if w.size >= w.store.large && w.target.Bucket.Durable() {
		return w.store.syncFile(w.target.shelf, w.target.Name, w.file)
	}
	return nil
}

// measure checks the content and records its size and sum.
func (w *Writer) measure() error {
	if err := w.verify(w.option.Expect); err != nil {
		return err
	}
	if err := w.verify(w.record.Checksum); err != nil {
		return err
	}
	if w.record.Checksum.IsZero() {
		w.record.Checksum = w.Sum(checksum.Kind(w.target.Bucket.Props.Checksum.Type))
	}
	w.record.Size = w.size
	return nil
}

// verify returns Invalid unless the content has the sum want; a zero sum asks
// nothing.
func (w *Writer) verify(want checksum.Sum) error {
	if want.IsZero() {
		return nil
	}
	got := w.Sum(want.Kind)
	if got.Equal(want) {
		return nil
	}
	e := errs.E("store.Commit", w.target.String(), errs.Invalid, fmt.Errorf("the content has checksum %v instead of %v", got, want))
	e.Code = errs.CodeChecksum
	return e
}

// admit checks what must hold for the object that is there.
func (w *Writer) admit(p *prior) error {
	if order := w.record.Order; !order.IsZero() && order.Compare(p.floor) < 0 {
		w.store.count.superseded.Inc()
		return errs.E("store.Commit", w.target.String(), errs.Conflict, errors.New("a later write is here"))
	}
	return w.option.Conditions.check("store.Commit", w.target.Name, p.base, p.damaged != nil)
}

// number gives the write its version and its order; mode is how the bucket keeps
// what the write replaces.
func (w *Writer) number(p *prior, mode string) {
	r := &w.record
	moved := !r.Order.IsZero() // and keeps both
	if !moved {
		r.Order = w.store.nextOrder(w.option.MapVersion, p.floor)
	}
	if r.Placement == 0 {
		r.Placement = r.Order.Map
	}
	if r.ETag == "" && (r.Checksum.IsZero() || len(r.Chunks) > 0) {
		r.ETag = "v1-" + r.Order.String() // nothing else surely tells this content from another
	}
	if !moved && r.VersionID == "" {
		switch mode {
		case wire.HistoryEnabled:
			r.VersionID = versionKey(r.Order)
		case wire.HistorySuspended:
			r.VersionID = versionKey(r.Order) + nullSuffix
		}
		w.lockNew()
	}
	if moved || r.Version != "" || w.option.SkipVersion || !w.target.Bucket.Props.Versioning.Enabled {
		return
	}
	var last uint64
	if p.base != nil {
		last = versionNumber(p.base.Version)
	}
	r.Version = strconv.FormatUint(last+1, 10)
}

// replace makes the work file the object.
func (w *Writer) replace(ctx context.Context, held heldLock, p *prior) (*Object, error) {
	s, t := w.store, w.target
	spill, err := s.writeRecord(t.shelf, t.Name, w.file, &w.record, nil)
	if err != nil {
		return nil, err
	}
	o := &Object{Record: w.record, Mountpath: t.shelf.root, volume: t.shelf.volume, inode: w.inode, spill: spill}
	if err := w.seal(); err != nil {
		return nil, errors.Join(err, s.dropSpill(t.shelf, spill))
	}
	s.cache.remove(t.digest)
	move := move{from: w.work, content: fs.Objects, to: p.path, fence: w.option.Fence}
	o.path, err = s.install(ctx, held, t, move)
	if err != nil {
		return nil, errors.Join(err, s.dropSpill(t.shelf, spill))
	}
	s.keepSpill(t.shelf, spill)
	if err := s.settle(t, o.path); err != nil {
		return nil, err
	}
	if err := s.replaced(ctx, t, p, o); err != nil {
		return nil, err
	}
	o.flushed.Store(w.record.Atime.UnixNano())
	s.cache.put(t.Name, t.digest, o)
	return o, nil
}

// seal makes the work file durable and closes it.
func (w *Writer) seal() error {
	if w.target.Bucket.Durable() {
		if err := w.store.syncFile(w.target.shelf, w.target.Name, w.file); err != nil {
			return err
		}
	}
	w.sealed = true
	if err := w.file.Close(); err != nil {
		return w.target.shelf.fail("store.Commit", w.target.String(), err)
	}
	return nil
}

// syncFile makes a file durable. A failed sync is never repeated: the kernel
// may have dropped what it could not write.
func (s *Store) syncFile(sh *shelf, n Name, f fs.File) error {
	err := f.Sync()
	if err == nil {
		return nil
	}
	s.count.syncFailures.Inc()
	sh.mount.Suspect(err)
	return errs.E("store.sync", n.String(), errs.Unavailable, err)
}

// settle makes durable the entry of a file just changed, if the bucket wants.
func (s *Store) settle(t target, path string) error {
	if !t.Bucket.Durable() {
		return nil
	}
	err := t.shelf.settle(parent(path))
	if err != nil {
		s.count.syncFailures.Inc()
	}
	return err
}

// replaced is the one place that decides what becomes of the object that a
// write has replaced. Either it is an older version by now; or its file is gone
// with the rename, and what else belonged to it goes here. What fails is left to
// the collector, but for a null version that is not the latest of them any more.
func (s *Store) replaced(ctx context.Context, t target, p *prior, by *Object) error {
	if p.damaged != nil {
		s.count.damagedOverwritten.Inc()
	}
	if p.extra != "" {
		s.count.extraFile.Inc()
		s.cleanup(t, t.shelf.fsys.Remove(p.extra))
	}
	switch {
	case p.object == nil:
	case p.kept:
		s.cleanup(t, s.dropUploadOf(t, p.object))
	default:
		s.cleanup(t, s.dropSpill(t.shelf, p.object.spill))
		s.dropChunks(t, p.object)
	}
	if !p.grave.IsZero() {
		s.cleanup(t, s.unbury(ctx, t))
	}
	s.cleanup(t, s.dropSidecar(t))
	if null, found := p.history.null(); found && isNullKey(by.VersionID) && by.VersionID != "" {
		return s.removeVersion(t, null, false)
	}
	return nil
}

// cleanup notes an error that is of no consequence to the caller.
func (s *Store) cleanup(t target, err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Debug("left to the collector", "object", t.String(), "err", err)
	}
}
