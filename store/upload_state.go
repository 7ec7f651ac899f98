package store

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"time"

	"aistore/errs"
	"aistore/fs"
)

// What is on disk of an open upload:
//
//	%up/<id>          a file: what CreateUpload was told, see appendUpload
//	%ch/<id>/         a directory, with the name of the object in an attribute
//	%ch/<id>/<part>   a part: a file with the bytes, and a record of their sums
//
// The file in %up makes it an upload: it comes last and goes first.

const (
	uploadLayout  = 1
	uploadHidden  = 1                 // flag of an upload that is not listed
	uploadAdopted = 2                 // flag of one that came from another target
	chunkAttr     = "user.ais.chunks" // on a directory of chunks: name of the object
	maxPartNumber = 1 << 30           // greater numbers are of chunks that the store has joined
)

// appendUpload appends the content of the file of an upload:
//
//	offset  size
//	     0     1  layout: 1
//	     1     4  CRC32C of byte 0 and of bytes 5 on
//	     5     1  flags: 1 is hidden, 2 is adopted
//	     6     8  created: unix nanoseconds
//	    14     …  varint length and text of the object's name
//	     …     …  a record: content headers, user metadata, tags, retention, and as placement version that of the map
func appendUpload(dst []byte, info *UploadInfo, bucket uint64) []byte {
	start := len(dst)
	var flags byte
	if info.Hidden {
		flags |= uploadHidden
	}
	if info.Adopted {
		flags |= uploadAdopted
	}
	dst = append(dst, uploadLayout, 0, 0, 0, 0, flags)
	dst = binary.BigEndian.AppendUint64(dst, uint64(info.Created.UnixNano()))
	dst = appendText(dst, info.Object)
	r := Record{Header: info.Header, Custom: info.Custom, Tags: info.Tags, Retention: info.Retention, BucketID: bucket, Placement: info.MapVersion}
	dst = r.Append(dst)
	binary.BigEndian.PutUint32(dst[start+1:], recordSum(dst[start:]))
	return dst
}

// parseUpload is the inverse of appendUpload; it leaves the id to the caller.
func parseUpload(src []byte) (info UploadInfo, bucket uint64, err error) {
	const head = recordHead + 1 + 8
	if len(src) < head {
		return info, 0, errShortRecord
	}
	if binary.BigEndian.Uint32(src[1:]) != recordSum(src) {
		return info, 0, errRecordSum
	}
	if src[0] != uploadLayout {
		return info, 0, errRecordLayout
	}
	info.Hidden = src[recordHead]&uploadHidden != 0
	info.Adopted = src[recordHead]&uploadAdopted != 0
	info.Created = unixNano(binary.BigEndian.Uint64(src[recordHead+1:]))
	d := decoder{rest: src[head:]}
	if info.Object, err = d.text(); err != nil {
		return info, 0, err
	}
	r := Record{}
	spill, err := r.parseInto(d.rest)
	if err == nil && !spill.isZero() {
		err = errRecordField
	}
	info.Header, info.Custom, info.Tags, info.Retention = r.Header, r.Custom, r.Tags, r.Retention
	info.MapVersion = r.Placement
	return info, r.BucketID, err
}

// writeUpload makes an upload on disk, durable if the bucket is. The caller
// holds its lock, and drops it after an error.
func (s *Store) writeUpload(t target, info *UploadInfo) error {
	if err := s.makeChunkDir(t, info.ID); err != nil {
		return err
	}
	if t.Bucket.Durable() {
		if err := t.shelf.settle(t.shelf.chunkDir(info.ID)); err != nil {
			return err
		}
	}
	return s.writeUploadFile(t, info)
}

// makeChunkDir makes the directory of an upload's parts, if there is none, not yet
// durable.
func (s *Store) makeChunkDir(t target, id UploadID) error {
	sh := t.shelf
	for _, kind := range []fs.Content{fs.Chunks, fs.Uploads} {
		if err := sh.fsys.Mkdir(sh.top(kind)); err != nil && !errors.Is(err, fs.ErrExist) {
			return s.missing(sh, t.Name, err)
		}
	}
	dir := sh.chunkDir(id)
	err := sh.fsys.Mkdir(dir)
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = sh.fsys.SetXattr(dir, chunkAttr, []byte(t.Object))
	}
	if err != nil {
		return s.missing(sh, t.Name, err)
	}
	return nil
}

// writeUploadFile writes the file that makes an upload, durable if the bucket is.
// The caller holds its lock.
func (s *Store) writeUploadFile(t target, info *UploadInfo) error {
	content := appendUpload(nil, info, t.Bucket.ID())
	if len(content) > maxMetadata {
		return errs.E("store.CreateUpload", t.String(), errs.TooLarge, errRecordTooLong)
	}
	sh := t.shelf
	work, err := s.writeWork(t, content)
	if err != nil {
		return err
	}
	defer s.live.remove(work)
	path := sh.path(fs.Uploads, info.ID.String())
	if err := sh.fsys.Rename(work, path); err != nil {
		return errors.Join(s.missing(sh, t.Name, err), ignoreMissing(sh.fsys.Remove(work)))
	}
	return s.settle(t, path)
}

// writeWork makes a work file with that content, synced if the bucket is
// durable. It is live until the caller says otherwise.
func (s *Store) writeWork(t target, content []byte) (path string, err error) {
	path = s.workPath(t.shelf)
	s.live.add(path)
	f, err := t.shelf.fsys.Create(path)
	if err != nil {
		s.live.remove(path)
		return "", s.missing(t.shelf, t.Name, err)
	}
	_, err = f.Write(content)
	if err != nil {
		err = t.shelf.fail("store.Upload", t.String(), err)
	} else if t.Bucket.Durable() {
		err = s.syncFile(t.shelf, t.Name, f)
	}
	if closing := f.Close(); err == nil && closing != nil {
		err = t.shelf.fail("store.Upload", t.String(), closing)
	}
	if err != nil {
		err = errors.Join(err, ignoreMissing(t.shelf.fsys.Remove(path)))
		s.live.remove(path)
		return "", err
	}
	return path, nil
}

// findUpload returns an open upload of n and makes the caller its user; nil if
// there is none. The caller holds its lock.
func (s *Store) findUpload(ctx context.Context, n Name, id UploadID) (*openUpload, error) {
	open := s.uploads.get(id)
	if open == nil {
		var err error
		if open, err = s.loadUpload(ctx, n, id); open == nil || err != nil {
			return nil, err
		}
		s.uploads.put(open)
	}
	if open.info.Object != n.Object || open.target.Bucket.ID() != n.Bucket.ID() || open.target.shelf.gone(s) {
		s.uploads.leave(open)
		return nil, nil
	}
	return open, nil
}

// gone tells whether the bucket of the shelf was destroyed, or its mountpath
// is out of use.
func (s *shelf) gone(of *Store) bool {
	return of.shelves.isGone(s.id) || of.shelves.volume(s.mount) != s.volume
}

// loadUpload reads an upload of n from disk, wherever it was begun; nil if
// there is none. The caller holds its lock.
func (s *Store) loadUpload(ctx context.Context, n Name, id UploadID) (*openUpload, error) {
	t, err := s.resolve(ctx, n, shared)
	if err != nil {
		return nil, err
	}
	for _, mount := range s.mounts.Available() {
		sh, err := s.shelfIn(ctx, n.Bucket, mount)
		if err != nil {
			return nil, err
		}
		if sh == nil {
			continue
		}
		info, err := s.readUpload(sh, id)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t.shelf = sh
		open := newOpenUpload(t, info)
		finished, err := s.isCompleted(ctx, t, id)
		if err == nil && finished {
			return nil, s.finishUpload(ctx, t, id)
		}
		if err == nil {
			err = s.loadParts(open)
		}
		return open, err
	}
	return nil, nil
}

// readUpload reads the file of an upload. Errors: those of the seam if there is
// none, Corrupt, Unavailable.
func (s *Store) readUpload(sh *shelf, id UploadID) (UploadInfo, error) {
	path := sh.path(fs.Uploads, id.String())
	content, err := readWhole(sh.fsys, path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return UploadInfo{}, err
	}
	if err != nil {
		return UploadInfo{}, sh.fail("store.Upload", path, err)
	}
	info, bucket, err := parseUpload(content)
	if err == nil && bucket != sh.id {
		return UploadInfo{}, fs.ErrNotExist // of an earlier bucket of that name
	}
	if err != nil {
		return UploadInfo{}, errs.E("store.Upload", path, "", recordError(err))
	}
	info.ID = id
	return info, nil
}

// loadParts reads what is recorded with the parts of an upload. A part that
// cannot be read is missing.
func (s *Store) loadParts(open *openUpload) error {
	sh, dir := open.target.shelf, open.target.shelf.chunkDir(open.info.ID)
	entries, err := sh.fsys.ReadDir(dir)
	if ignoreMissing(err) != nil {
		return sh.fail("store.Upload", dir, err)
	}
	buf := s.pool.Get(attrBuffer)
	defer s.pool.Put(buf)
	for _, entry := range entries {
		number, err := strconv.Atoi(entry.Name)
		if err != nil || number > maxPartNumber || chunkName(uint64(number)) != entry.Name {
			continue
		}
		size, err := sh.fsys.GetXattr(dir+"/"+entry.Name, recordAttr, buf)
		if err != nil {
			return sh.fail("store.Upload", dir, err)
		}
		r, err := ParseRecord(buf[:size])
		if err != nil {
			s.log.Warn("part of an upload is damaged", "object", open.target.String(), "upload", open.info.ID.String(), "part", number, "err", err)
			continue
		}
		open.parts[number] = Part{Number: number, Size: r.Size, Modified: r.Modified, Sums: r.Sums}
	}
	return nil
}

// isCompleted tells whether the object of an upload, on its shelf or where it
// belongs, is the one that the upload has made.
func (s *Store) isCompleted(ctx context.Context, t target, id UploadID) (bool, error) {
	o, err := s.glance(ctx, t.Name)
	if errors.Is(err, errs.NotFound) {
		o, err = s.statIn(ctx, t.shelf, t.Name)
	}
	switch {
	case err == nil && o.Upload == id:
		return true, nil
	case err != nil && !errors.Is(err, errs.NotFound) && !errors.Is(err, errs.Corrupt):
		return false, err
	}
	held, err := s.lock(ctx, t, shared)
	if err != nil {
		return false, err
	}
	defer held.release()
	o, err = s.olderMadeBy(t, id)
	return o != nil, err
}

// olderMadeBy returns the older version that an upload has made, nil if there is
// none. The caller holds the lock of the name.
func (s *Store) olderMadeBy(t target, id UploadID) (*Object, error) {
	h, err := s.history(t, nil)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Concat(h.keys, h.stray) {
		it, err := s.version(t, key)
		if err == nil {
			err = it.close()
		}
		if err != nil {
			return nil, err
		}
		if it.object != nil && it.object.Upload == id {
			return it.object, nil
		}
	}
	return nil, nil
}

// finishUpload removes what a crash after its completion has left of an upload,
// once the object is durable for sure. The caller holds its lock.
func (s *Store) finishUpload(ctx context.Context, t target, id UploadID) error {
	at := t
	if owner := s.mounts.Owner(t.digest); owner != nil && owner != t.shelf.mount {
		sh, err := s.shelfIn(ctx, t.Bucket, owner)
		if err != nil {
			return err
		}
		if sh != nil {
			at.shelf = sh
		}
	}
	held, err := s.lock(ctx, at, shared)
	if err != nil {
		return err
	}
	defer held.release()
	it, err := s.lookup(at.shelf, fs.Objects, at.Name, at.rel)
	if err == nil {
		err = it.close()
	}
	if err == nil && (it.object == nil || it.object.Upload != id) {
		it.object, err = s.olderMadeBy(at, id)
	}
	if err != nil || it.object == nil {
		return err
	}
	if err := s.settle(at, it.object.path); err != nil {
		return err
	}
	if len(it.object.Chunks) == 0 {
		return s.dropUpload(t.shelf, id)
	}
	if err := t.shelf.fsys.Remove(t.shelf.path(fs.Uploads, id.String())); ignoreMissing(err) != nil {
		return t.shelf.fail("store.Upload", t.String(), err)
	}
	return s.dropParts(t.shelf, &it.object.Record)
}

// lastActive returns when something was last done with an upload.
func (u *openUpload) lastActive() time.Time {
	last := u.info.Created
	for _, p := range u.parts {
		if p.Modified.After(last) {
			last = p.Modified
		}
	}
	return last
}
