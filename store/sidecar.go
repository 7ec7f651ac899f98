package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// The head of a sidecar; see the comment of the package.
const (
	sidecarLayout = 1
	sidecarHead   = 39 // bytes before the name
	maxNameBytes  = 4096
)

// Sidecar is what was derived from one generation of an object, open for
// reading. The caller closes it.
type Sidecar struct {
	file fs.File
	head int64
	size int64
}

// OpenSidecar opens the sidecar of the object n as o describes it.
// Errors: NotFound (there is none, or it is that of another generation),
// Unavailable.
func (s *Store) OpenSidecar(ctx context.Context, n Name, o *Object) (*Sidecar, error) {
	const op = "store.OpenSidecar"
	t, err := s.resolve(ctx, n, shared)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil || !t.shelf.beside.Load() {
		return nil, errs.E(op, n.String(), errs.NotFound, nil)
	}
	f, err := t.shelf.fsys.Open(t.sidecar())
	if ignoreMissing(err) != nil {
		return nil, t.shelf.fail(op, n.String(), err)
	}
	if err != nil {
		return nil, errs.E(op, n.String(), errs.NotFound, nil)
	}
	head := appendSidecarHead(nil, n, o.Order)
	c := &Sidecar{file: f, head: int64(len(head))}
	if err := c.check(head); err != nil {
		return nil, errors.Join(errs.E(op, n.String(), errs.NotFound, err), f.Close())
	}
	return c, nil
}

// check compares the head of the file with what it must be.
func (c *Sidecar) check(want []byte) error {
	info, err := c.file.Stat()
	if err != nil {
		return err
	}
	got := make([]byte, len(want))
	if _, err := c.file.ReadAt(got, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if string(got) != string(want) {
		return errors.New("it is that of another generation")
	}
	c.size = info.Size - c.head
	return nil
}

// Size returns the bytes that were written.
func (c *Sidecar) Size() int64 { return c.size }

// ReadAt is io.ReaderAt over what was written. Any number of goroutines may.
func (c *Sidecar) ReadAt(p []byte, offset int64) (int, error) {
	return c.file.ReadAt(p, c.head+offset)
}

// Close releases the file.
func (c *Sidecar) Close() error { return c.file.Close() }

// SidecarWriter takes what is derived from an object. It is for one goroutine.
// The caller ends it with Commit or Abort.
type SidecarWriter struct {
	store  *Store
	target target
	work   string
	file   fs.File // nil when it has ended
}

// CreateSidecar begins a sidecar of the object n, which need not exist yet.
// Errors: those of Create.
func (s *Store) CreateSidecar(ctx context.Context, n Name) (*SidecarWriter, error) {
	t, err := s.resolve(ctx, n, exclusive)
	if err != nil {
		return nil, err
	}
	if len(n.Object) > maxNameBytes {
		return nil, errs.E("store.CreateSidecar", n.String(), errs.Invalid, errors.New("the name is too long"))
	}
	if err := t.shelf.mount.Admit(0); err != nil {
		return nil, errs.E("store.CreateSidecar", n.String(), "", err)
	}
	w := &SidecarWriter{store: s, target: t, work: s.workPath(t.shelf)}
	s.live.add(w.work)
	if w.file, err = t.shelf.fsys.Create(w.work); err != nil {
		s.live.remove(w.work)
		return nil, s.missing(t.shelf, n, err)
	}
	if _, err := w.Write(make([]byte, sidecarHead+len(n.Object))); err != nil {
		w.Abort()
		return nil, err
	}
	return w, nil
}

// Write appends p. Errors: NoSpace, Unavailable.
func (w *SidecarWriter) Write(p []byte) (int, error) {
	if w.file == nil {
		return 0, errs.E("store.Sidecar", w.target.String(), errs.Invalid, errors.New("the writer has ended"))
	}
	if err := w.target.shelf.mount.Admit(int64(len(p))); err != nil {
		return 0, errs.E("store.Sidecar", w.target.String(), "", err)
	}
	n, err := w.file.Write(p)
	if err != nil {
		return n, w.target.shelf.fail("store.Sidecar", w.target.String(), err)
	}
	return n, nil
}

// Commit makes what was written the sidecar of o, which is the object that was
// written or read. The writer has ended either way. A crash may lose the
// sidecar.
// Errors: Conflict (the object is another one by now), NotFound (the bucket),
// NoSpace, Unavailable.
func (w *SidecarWriter) Commit(ctx context.Context, o *Object) error {
	defer w.Abort()
	s, t := w.store, w.target
	if w.file == nil {
		return errs.E("store.Sidecar", t.String(), errs.Invalid, errors.New("the writer has ended"))
	}
	if _, err := w.file.WriteAt(appendSidecarHead(nil, t.Name, o.Order), 0); err != nil {
		return t.shelf.fail("store.Sidecar", t.String(), err)
	}
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return err
	}
	defer held.release()
	if err := s.current(t); err != nil {
		return err
	}
	now := s.cached(t)
	if now == nil {
		if now, err = s.stat(t); err != nil {
			return errs.E("store.Sidecar", t.String(), errs.Conflict, err)
		}
	}
	if now.Order != o.Order {
		return errs.E("store.Sidecar", t.String(), errs.Conflict, errors.New("the object is another one by now"))
	}
	t.shelf.beside.Store(true)
	return w.install()
}

// install moves the file to its place.
func (w *SidecarWriter) install() error {
	sh := w.target.shelf
	err := sh.fsys.Rename(w.work, w.target.sidecar())
	if errors.Is(err, fs.ErrNotExist) {
		if err := sh.fsys.Mkdir(sh.top(fs.Sidecars)); err != nil && !errors.Is(err, fs.ErrExist) {
			return w.store.missing(sh, w.target.Name, err)
		}
		err = sh.fsys.Rename(w.work, w.target.sidecar())
	}
	if err != nil {
		return w.store.missing(sh, w.target.Name, err)
	}
	return nil
}

// Abort ends the writer without effect. After Commit it does nothing.
func (w *SidecarWriter) Abort() {
	if w.file == nil {
		return
	}
	err := w.file.Close()
	w.file = nil
	err = errors.Join(err, ignoreMissing(w.target.shelf.fsys.Remove(w.work)))
	w.store.live.remove(w.work)
	w.store.cleanup(w.target, err)
}

// sidecar returns the path of the sidecar of t.
func (t target) sidecar() string {
	return t.shelf.path(fs.Sidecars, fmt.Sprintf("%016x", t.digest))
}

// findSidecars sets whether there may be sidecars.
func (s *shelf) findSidecars() error {
	_, err := s.fsys.Lstat(s.top(fs.Sidecars))
	if ignoreMissing(err) != nil {
		return s.fail("store.sidecars", s.bucket.String(), err)
	}
	s.beside.Store(err == nil)
	return nil
}

// dropSidecar removes the sidecar of t. The caller holds the lock of the name
// exclusively.
func (s *Store) dropSidecar(t target) error {
	if !t.shelf.beside.Load() {
		return nil
	}
	return ignoreMissing(t.shelf.fsys.Remove(t.sidecar()))
}

func appendSidecarHead(dst []byte, n Name, o cluster.Order) []byte {
	start := len(dst)
	dst = append(dst, sidecarLayout, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, n.Bucket.ID())
	dst = binary.BigEndian.AppendUint64(dst, uint64(o.Map))
	dst = binary.BigEndian.AppendUint64(dst, o.Incarnation)
	dst = binary.BigEndian.AppendUint64(dst, o.Counter)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(n.Object)))
	dst = append(dst, n.Object...)
	binary.BigEndian.PutUint32(dst[start+1:], crc32.Checksum(dst[start+5:], crc32.MakeTable(crc32.Castagnoli)))
	return dst
}

// parseSidecarHead returns the name and the order in a head; false for what is
// none.
func parseSidecarHead(src []byte) (object string, o cluster.Order, ok bool) {
	if len(src) < sidecarHead || src[0] != sidecarLayout {
		return "", o, false
	}
	n := sidecarHead + int(binary.BigEndian.Uint16(src[37:]))
	if n > len(src) || crc32.Checksum(src[5:n], crc32.MakeTable(crc32.Castagnoli)) != binary.BigEndian.Uint32(src[1:]) {
		return "", o, false
	}
	o.Map = int64(binary.BigEndian.Uint64(src[13:]))
	o.Incarnation = binary.BigEndian.Uint64(src[21:])
	o.Counter = binary.BigEndian.Uint64(src[29:])
	return string(src[sidecarHead:n]), o, true
}

// collectSidecars removes the sidecars of objects that are gone or others by
// now.
func (s *Store) collectSidecars(ctx context.Context, sh *shelf) error {
	return s.eachFile(sh, fs.Sidecars, func(_, path string) error {
		head, err := readHead(sh.fsys, path)
		if err != nil {
			return ignoreMissing(err)
		}
		object, order, ok := parseSidecarHead(head)
		rel, err := fs.Encode(object)
		if !ok || err != nil {
			return s.collectFile(sh, path)
		}
		n := Name{Bucket: sh.asBucket(), Object: object}
		return s.collectSidecarOf(ctx, target{Name: n, rel: rel, digest: n.Digest(), shelf: sh}, order, path)
	})
}

// collectSidecarOf removes a sidecar unless the object has that order.
func (s *Store) collectSidecarOf(ctx context.Context, t target, order cluster.Order, path string) error {
	held, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return err
	}
	defer held.release()
	it, err := s.lookup(t.shelf, fs.Objects, t.Name, t.rel)
	if err == nil {
		err = it.close()
	}
	if err != nil || it.object != nil && it.order() == order && path == t.sidecar() {
		return err
	}
	return s.collectFile(t.shelf, path)
}

// readHead reads the beginning of a file.
func readHead(fsys fs.FS, path string) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, sidecarHead+maxNameBytes)
	n, err := f.ReadAt(head, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], errors.Join(err, f.Close())
}
