package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/checksum"
)

const (
	// largeObject is the size in bytes from which space is reserved before the
	// content comes, and the content synced before the name is locked. Below
	// it both cost more than they give.
	largeObject = 1 << 20
	copyBuffer  = 128 << 10
	unknownSize = -1
)

// Writer takes the content of one object. It is for one goroutine. Nothing of
// it is visible until Commit; Abort, or a crash, leaves no trace.
type Writer struct {
	store  *Store
	target target
	option WriteOptions
	work   string // path of the work file
	inode  uint64
	file   fs.File // nil when the writer has ended
	sealed bool    // file is closed
	size   int64   // bytes written
	hashes []*checksum.Hasher
	beside bool // the slow ones are fed by a summing
	record Record
	err    error // what the first failed call returned
}

// Create begins to write n. The caller ends the Writer with Commit or Abort.
// Errors: Invalid, TooLarge (metadata), NotFound (the bucket was destroyed),
// NoSpace, Unavailable (mountpath).
func (s *Store) Create(ctx context.Context, n Name, o WriteOptions) (*Writer, error) {
	t, err := s.resolve(ctx, n, exclusive)
	if err != nil {
		return nil, err
	}
	w := &Writer{store: s, target: t, option: o}
	if w.record, err = o.newRecord(n); err != nil {
		return nil, err
	}
	if err := t.shelf.mount.Admit(max(o.Size, 0)); err != nil {
		return nil, errs.E("store.Create", n.String(), "", err)
	}
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	kinds := append([]checksum.Kind{
		checksum.Kind(n.Bucket.Props.Checksum.Type), o.Expect.Kind, w.record.Checksum.Kind,
	}, o.Hash...)
	if err := w.addHashes(kinds); err != nil {
		return nil, errors.Join(err, w.discard())
	}
	if o.Size >= s.large {
		if err := w.file.Preallocate(o.Size); err != nil {
			return nil, errors.Join(w.target.shelf.fail("store.Create", n.String(), err), w.discard())
		}
	}
	return w, nil
}

// open makes the work file. A bucket's directory that is missing is made
// again, once.
func (w *Writer) open(ctx context.Context) error {
	s, n := w.store, w.target.Name
	err := w.create()
	if errors.Is(err, fs.ErrNotExist) {
		s.shelves.close(n.Bucket.ID(), w.target.shelf.mount)
		if w.target.shelf, err = s.shelfFor(ctx, n.Bucket, w.target.shelf.mount); err != nil {
			return err
		}
		err = w.create()
	}
	if err != nil {
		return w.target.shelf.fail("store.Create", n.String(), err)
	}
	info, err := w.file.Stat()
	if err == nil {
		err = w.target.shelf.mount.Check(info)
	}
	if err != nil {
		return errors.Join(w.target.shelf.fail("store.Create", n.String(), err), w.discard())
	}
	w.inode = info.Inode
	return nil
}

func (w *Writer) create() (err error) {
	w.work = w.store.workPath(w.target.shelf)
	w.store.live.add(w.work)
	if w.file, err = w.target.shelf.fsys.Create(w.work); err != nil {
		w.file = nil
		w.store.live.remove(w.work)
	}
	return err
}

// workPath returns the path of a new work file, "<incarnation>.<number>" in
// base 36.
func (s *Store) workPath(sh *shelf) string {
	buf := make([]byte, 0, 32)
	buf = strconv.AppendUint(buf, s.options.Incarnation, 36)
	buf = strconv.AppendUint(append(buf, '.'), s.sequence.Add(1), 36)
	return sh.path(fs.Work, string(buf))
}

// addHashes makes the hashers, one for each function.
func (w *Writer) addHashes(kinds []checksum.Kind) error {
	for _, kind := range kinds {
		if !kind.Known() {
			_, err := checksum.ParseKind(string(kind))
			return errs.E("store.Create", w.target.String(), "", err)
		}
		if kind.Size() > 0 && w.hasher(kind) == nil {
			w.hashes = append(w.hashes, checksum.Get(kind))
		}
	}
	return nil
}

// hasher returns the hasher that computes sums of a kind, nil if there is none.
func (w *Writer) hasher(kind checksum.Kind) *checksum.Hasher {
	i := slices.IndexFunc(w.hashes, func(h *checksum.Hasher) bool { return sameFunction(h.Kind(), kind) })
	if i < 0 {
		return nil
	}
	return w.hashes[i]
}

// sameFunction tells whether two kinds name one checksum function.
func sameFunction(a, b checksum.Kind) bool {
	isXX := func(k checksum.Kind) bool { return k == checksum.XXHash || k == checksum.XXHash2 }
	return a == b || isXX(a) && isXX(b)
}

// Write appends p to the content. Errors: Invalid (more than the size that was
// announced), NoSpace, Unavailable.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.option.Size >= 0 && w.size+int64(len(p)) > w.option.Size {
		return 0, w.failed(w.sizeError("more"))
	}
	if w.option.Size < 0 {
		if err := w.target.shelf.mount.Admit(int64(len(p))); err != nil {
			return 0, w.failed(errs.E("store.Write", w.target.String(), "", err))
		}
	}
	n, err := w.file.Write(p)
	w.size += int64(n)
	for _, h := range w.hashes {
		if !w.beside || !isSlow(h) {
			h.Write(p[:n])
		}
	}
	if err != nil {
		return n, w.failed(w.target.shelf.fail("store.Write", w.target.String(), err))
	}
	return n, nil
}

// ReadFrom appends what r gives until its end. Errors: those of r as they are,
// and those of Write.
func (w *Writer) ReadFrom(r io.Reader) (int64, error) {
	size := int64(copyBuffer)
	if w.option.Size >= 0 {
		size = min(size, w.option.Size+1) // and one, to meet the end at once
	}
	if w.sumsBeside() {
		s := w.sumBeside(size)
		last := <-s.free
		defer func() { s.end(last) }()
		return w.copyFrom(r, last, func(content []byte) []byte {
			last = s.next(content)
			return last
		})
	}
	buf := w.store.pool.Get(size)
	defer w.store.pool.Put(buf)
	return w.copyFrom(r, buf, func([]byte) []byte { return buf })
}

// copyFrom is ReadFrom with a buffer. Next takes one with content that has been
// written, and returns one for more.
func (w *Writer) copyFrom(r io.Reader, buf []byte, next func([]byte) []byte) (int64, error) {
	var total int64
	for {
		n, err := fill(r, buf)
		if n > 0 {
			written, err := w.Write(buf[:n])
			total += int64(written)
			if err != nil {
				return total, err
			}
			buf = next(buf[:n])
		}
		switch {
		case err == io.EOF:
			return total, nil
		case err != nil:
			return total, w.failed(err)
		}
	}
}

// fill reads until buf is full or r ends.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var more int
		more, err = r.Read(buf[n:])
		n += more
	}
	return n, err
}

// Size returns the bytes written so far.
func (w *Writer) Size() int64 { return w.size }

// Sum returns the checksum of the bytes written so far; zero unless its kind is
// the bucket's, that of Expect, or one of Hash.
func (w *Writer) Sum(kind checksum.Kind) checksum.Sum {
	if h := w.hasher(kind); h != nil {
		return h.Sum()
	}
	return checksum.Sum{}
}

// Edit changes what will be recorded with the object, such as an entity tag
// made of a sum. Size, checksum, version and order are set by Commit.
func (w *Writer) Edit(change func(*Record)) { change(&w.record) }

// Abort ends the write without effect. After Commit it does nothing.
func (w *Writer) Abort() {
	if err := w.discard(); err != nil {
		w.store.log.Warn("work file is left to the collector", "object", w.target.String(), "err", err)
	}
}

// discard closes and removes the work file.
func (w *Writer) discard() error {
	if w.file == nil {
		return nil
	}
	var err error
	if !w.sealed {
		err = w.file.Close()
	}
	if removal := w.target.shelf.fsys.Remove(w.work); !errors.Is(removal, fs.ErrNotExist) {
		err = errors.Join(err, removal)
	}
	w.end()
	return err
}

// end gives back what the writer has borrowed.
func (w *Writer) end() {
	w.store.live.remove(w.work)
	w.file = nil
	for _, h := range w.hashes {
		checksum.Put(h)
	}
	w.hashes = nil
	w.failed(errs.E("store.Write", w.target.String(), errs.Invalid, errors.New("the writer has ended")))
}

// failed remembers the first error: a writer that has failed stays so.
func (w *Writer) failed(err error) error {
	if w.err == nil {
		w.err = err
	}
	return err
}

func (w *Writer) sizeError(what string) error {
	return errs.E("store.Write", w.target.String(), errs.Invalid,
		fmt.Errorf("%s content than the %d bytes announced", what, w.option.Size))
}
