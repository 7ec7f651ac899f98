package store

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/checksum"
)

const (
	spillLayout   = 1
	spillNameSize = 16
	spillRefSize  = spillNameSize + 8
	maxMetadata   = 1 << 20 // bytes of a record with all it spills
)

var errSpillGone = errors.New("the spilled metadata is gone")

// spillRef names a spill file and what must be in it.
type spillRef struct {
	name [spillNameSize]byte // random; never used again
	sum  [8]byte             // XXH64 of the file
}

func (r spillRef) isZero() bool { return r == spillRef{} }

// file returns the name of the file below %sp.
func (r spillRef) file() string { return hex.EncodeToString(r.name[:]) }

func (r spillRef) append(dst []byte) []byte {
	return append(append(dst, r.name[:]...), r.sum[:]...)
}

func parseSpillRef(src []byte) (spillRef, error) {
	var r spillRef
	if len(src) != spillRefSize {
		return r, errRecordField
	}
	copy(r.name[:], src)
	copy(r.sum[:], src[spillNameSize:])
	return r, nil
}

// appendSpill appends the content of the spill file of r, which belongs to an
// object of that name.
func (r *Record) appendSpill(dst []byte, object string) []byte {
	dst = appendText(append(dst, spillLayout), object)
	return r.appendSection(dst, spillSection, spillRef{})
}

// parseSpill adds to r what a spill file holds, and returns the name of the
// object that it belongs to.
func (r *Record) parseSpill(src []byte) (object string, err error) {
	if len(src) == 0 || src[0] != spillLayout {
		return "", errRecordLayout
	}
	d := decoder{rest: src[1:]}
	if object, err = d.text(); err != nil {
		return "", err
	}
	nested, err := r.parseInto(d.rest)
	if err == nil && !nested.isZero() {
		err = errRecordField
	}
	return object, err
}

// writeSpill writes what of r does not fit into an attribute, durable if the
// bucket is, and returns where. The caller answers for the file until an
// attribute that names it is in place.
func (s *Store) writeSpill(sh *shelf, n Name, r *Record) (ref spillRef, err error) {
	if _, err := rand.Read(ref.name[:]); err != nil {
		return ref, errs.E("store.spill", n.String(), errs.Internal, err)
	}
	content := r.appendSpill(nil, n.Object)
	if len(content) > maxMetadata {
		return ref, errs.E("store.spill", n.String(), errs.TooLarge, errRecordTooLong)
	}
	checksum.Of(checksum.XXHash2, content).Append(ref.sum[:0])
	path := sh.path(fs.Spill, ref.file())
	s.live.add(path)
	if err := s.createSpill(sh, n, path, content); err != nil {
		return ref, errors.Join(err, s.dropSpill(sh, ref))
	}
	return ref, nil
}

func (s *Store) createSpill(sh *shelf, n Name, path string, content []byte) error {
	f, err := sh.fsys.Create(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := sh.fsys.Mkdir(sh.top(fs.Spill)); err != nil && !errors.Is(err, fs.ErrExist) {
			return s.missing(sh, n, err)
		}
		f, err = sh.fsys.Create(path)
	}
	if err != nil {
		return sh.fail("store.spill", n.String(), err)
	}
	_, err = f.Write(content)
	if err == nil && n.Bucket.Durable() {
		err = s.syncFile(sh, n, f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return sh.fail("store.spill", n.String(), err)
	}
	if n.Bucket.Durable() {
		return sh.settle(sh.top(fs.Spill))
	}
	return nil
}

// keepSpill says that an attribute names the spill file.
func (s *Store) keepSpill(sh *shelf, ref spillRef) {
	if !ref.isZero() {
		s.live.remove(sh.path(fs.Spill, ref.file()))
	}
}

// dropSpill removes a spill file that no attribute names any more. One that
// cannot be removed is collected later.
func (s *Store) dropSpill(sh *shelf, ref spillRef) error {
	if ref.isZero() {
		return nil
	}
	path := sh.path(fs.Spill, ref.file())
	err := sh.fsys.Remove(path)
	s.live.remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// readSpill completes o with the fields in its spill file. Errors: Corrupt,
// with errSpillGone if there is no such file; Unavailable.
func (s *Store) readSpill(sh *shelf, n Name, o *Object) error {
	content, err := readWhole(sh.fsys, sh.path(fs.Spill, o.spill.file()))
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir):
		return corrupt(n, errSpillGone)
	case err != nil:
		return sh.fail("store.spill", n.String(), err)
	}
	sum := checksum.Of(checksum.XXHash2, content).Append(nil)
	if binary.BigEndian.Uint64(sum) != binary.BigEndian.Uint64(o.spill.sum[:]) {
		return corrupt(n, errors.New("the spilled metadata does not match its checksum"))
	}
	if _, err := o.parseSpill(content); err != nil {
		return corrupt(n, err)
	}
	return nil
}

// readWhole reads a small file.
func readWhole(fsys fs.FS, path string) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size > 2*maxMetadata {
		err = fmt.Errorf("the file has %d bytes", info.Size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	content := make([]byte, info.Size)
	_, err = io.ReadFull(f, content)
	return content, errors.Join(err, f.Close())
}
