package store

import (
	"errors"
	"fmt"
	"time"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

const (
	recordAttr = "user.ais"
	attrMax    = 4000     // bytes of a record beyond which the attribute spills
	attrBuffer = 64 << 10 // the longest attribute that Linux knows
	ordinary   = 68       // bytes of the record of an ordinary object; fits wherever attributes are
)

// found is what stands on disk for a name.
type found struct {
	object  *Object // nil if there is none, or its record is of no use
	damaged error   // Corrupt: why the record of the file at path is of no use
	path    string  // of the file that counts, "" if there is none; one of another bucket counts as a file only
	extra   string  // a second file of the name, which a crash has left; "" mostly
	file    fs.File // of object, open, if it was asked for
}

// order returns the write order of what was found.
func (f *found) order() cluster.Order {
	if f.object == nil {
		return cluster.Order{}
	}
	return f.object.Order
}

// close closes the file, if any.
func (f *found) close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// lookup finds the file that stands for n in a content type, and reads its
// record. The caller holds the lock of the name, and closes the found.
// Errors: Unavailable; a record that is of no use is not one.
func (s *Store) lookup(sh *shelf, content fs.Content, n Name, rel string) (found, error) {
	plain := sh.path(content, rel)
	first, err := s.inspect(sh, n, plain)
	if err != nil {
		return found{}, err
	}
	second, err := s.inspect(sh, n, fs.Beside(plain))
	if err != nil {
		return found{}, errors.Join(err, first.close())
	}
	if first.path == "" {
		return second, nil
	}
	if second.path == "" {
		return first, nil
	}
	if first.damaged == nil && second.order().Compare(first.order()) > 0 {
		first, second = second, first
	}
	first.extra = second.path
	return first, second.close()
}

// inspect describes the file at path, which may be absent or a directory.
func (s *Store) inspect(sh *shelf, n Name, path string) (found, error) {
	f, err := sh.fsys.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir):
		return found{}, nil
	case err != nil:
		return found{}, sh.fail("store.open", n.String(), err)
	}
	info, err := f.Stat()
	if err != nil {
		return found{}, errors.Join(sh.fail("store.open", n.String(), err), f.Close())
	}
	if info.Dir {
		return found{}, f.Close()
	}
	it := found{path: path, file: f}
	it.object, err = s.readObject(sh, n, f, info)
	if err == nil && it.object != nil {
		it.object.path = path
		return it, nil
	}
	if errors.Is(err, errs.Corrupt) {
		it.damaged, err = err, nil
	}
	return it, errors.Join(err, it.close())
}

// readObject reads the record of an open file. It is nil if the file belongs
// to another bucket. Errors: Corrupt, Unavailable, Unsupported.
func (s *Store) readObject(sh *shelf, n Name, f fs.File, info fs.Info) (*Object, error) {
	buf := s.pool.Get(attrBuffer)
	defer s.pool.Put(buf)
	size, err := f.GetXattr(recordAttr, buf)
	switch {
	case errors.Is(err, fs.ErrNoXattr):
		return nil, corrupt(n, errors.New("the file has no record: it was not written by the store"))
	case err != nil:
		return nil, sh.fail("store.record", n.String(), err)
	}
	o := &Object{Mountpath: sh.root, volume: sh.volume, inode: info.Inode}
	if o.spill, err = o.parseInto(buf[:size]); err != nil {
		return nil, errs.E("store.record", n.String(), "", recordError(err))
	}
	if o.BucketID != n.Bucket.ID() {
		return nil, nil
	}
	if !o.spill.isZero() {
		if err := s.readSpill(sh, n, o); err != nil {
			return nil, err
		}
	}
	if err := o.checkChunks(); err != nil {
		return nil, corrupt(n, err)
	}
	if size := o.fileSize(); info.Size != size {
		return nil, corrupt(n, fmt.Errorf("the file has %d bytes instead of %d", info.Size, size))
	}
	o.setAtime(info.Atime)
	return o, nil
}

// setAtime makes the access time that of the file, if that is later.
func (o *Object) setAtime(atime time.Time) {
	if atime.After(o.Record.Atime) {
		o.accessed.Store(atime.UnixNano())
	}
	o.flushed.Store(max(atime.UnixNano(), 0))
}

// corrupt says that what is on disk for n is not what was stored.
func corrupt(n Name, cause error) error {
	return errs.E("store.read", n.String(), errs.Corrupt, cause)
}

// notFound says that there is no object n.
func notFound(op string, n Name) error { return errs.ObjectNotFound(op, n.String()) }
