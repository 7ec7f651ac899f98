package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"aistore/errs"
	"aistore/fs"
)

// collectUploads ends the uploads that nobody has touched for long, and removes
// what is left of those that have ended. It returns how many are open.
func (s *Store) collectUploads(ctx context.Context, sh *shelf) (open int, failed error) {
	ids, err := s.uploadsOn(sh)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		isOpen, err := s.collectUpload(ctx, sh, id)
		failed = cmp.Or(failed, err)
		if isOpen {
			open++
		}
	}
	return open, failed
}

// collectUpload looks at one upload, and tells whether it stays open.
func (s *Store) collectUpload(ctx context.Context, sh *shelf, id UploadID) (open bool, err error) {
	held, err := s.lockUpload(ctx, id)
	if err != nil {
		return false, err
	}
	defer held.release()
	info, err := s.readUpload(sh, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case errors.Is(err, errs.Corrupt):
		s.log.Warn("an upload is damaged and goes", "bucket", sh.bucket.String(), "upload", id.String(), "err", err)
		s.count.leftovers.Inc()
		return false, s.dropUpload(sh, id)
	case err != nil:
		return true, err
	}
	t := target{Name: Name{Bucket: sh.asBucket(), Object: info.Object}, shelf: sh}
	if t.rel, err = fs.Encode(info.Object); err != nil {
		return false, s.dropUpload(sh, id)
	}
	t.digest = t.Digest()
	done, err := s.isCompleted(ctx, t, id)
	if err != nil {
		return true, err
	}
	if done {
		s.count.leftovers.Inc()
		return false, s.finishUpload(ctx, t, id)
	}
	known := newOpenUpload(t, info)
	if err := s.loadParts(known); err != nil {
		return true, err
	}
	if time.Since(known.lastActive()) < s.options.uploadLimits().Time.Std() {
		return true, nil
	}
	s.log.Info("abandoned upload is removed", "object", t.String(), "upload", id.String(), "parts", len(known.parts))
	s.count.abandoned.Inc()
	if err := s.dropUpload(sh, id); err != nil {
		return true, err
	}
	if loaded := s.uploads.get(id); loaded != nil {
		s.end(loaded)
		s.uploads.leave(loaded)
	}
	return false, nil
}

// collectChunks removes the directories of chunks that belong neither to an
// open upload nor to an object, and from the others what is not a chunk.
func (s *Store) collectChunks(ctx context.Context, sh *shelf) (failed error) {
	ids, err := idsIn(sh, fs.Chunks)
	if err != nil {
		return err
	}
	for _, id := range ids {
		failed = cmp.Or(failed, s.collectChunksOf(ctx, sh, id))
	}
	return failed
}

func (s *Store) collectChunksOf(ctx context.Context, sh *shelf, id UploadID) error {
	held, err := s.lockUpload(ctx, id)
	if err != nil {
		return err
	}
	defer held.release()
	_, err = sh.fsys.Lstat(sh.path(fs.Uploads, id.String()))
	if err == nil {
		return nil // it is open
	}
	if ignoreMissing(err) != nil {
		return sh.fail("store.Collect", sh.chunkDir(id), err)
	}
	object, err := s.chunksBelongTo(sh, id)
	if err != nil {
		return err
	}
	t := target{Name: Name{Bucket: sh.asBucket(), Object: object}, shelf: sh}
	if t.rel, err = fs.Encode(object); err != nil {
		return s.collectDir(sh, id)
	}
	t.digest = t.Digest()
	name, err := s.lock(ctx, t, exclusive)
	if err != nil {
		return err
	}
	defer name.release()
	it, err := s.lookup(sh, fs.Objects, t.Name, t.rel)
	if err == nil {
		err = it.close()
	}
	if err == nil && it.damaged == nil && (it.object == nil || it.object.Upload != id) {
		it.object, err = s.olderMadeBy(t, id)
	}
	switch {
	case err != nil:
		return err
	case it.damaged != nil:
		return nil // who cannot read the record must not judge
	case s.pins.has(id):
		return nil // the last reader will drop it
	case it.object == nil || len(it.object.Chunks) == 0:
		return s.collectDir(sh, id)
	}
	return s.dropParts(sh, &it.object.Record)
}

// chunksBelongTo returns the name of the object that a directory of chunks was
// made for; "" if a crash has come in between.
func (s *Store) chunksBelongTo(sh *shelf, id UploadID) (string, error) {
	var buf [2048]byte
	n, err := sh.fsys.GetXattr(sh.chunkDir(id), chunkAttr, buf[:])
	switch {
	case errors.Is(err, fs.ErrNoXattr), err != nil && ignoreMissing(err) == nil:
		return "", nil
	case err != nil:
		return "", sh.fail("store.Collect", sh.chunkDir(id), err)
	}
	return string(buf[:n]), nil
}

// collectDir removes a directory of chunks that is left over.
func (s *Store) collectDir(sh *shelf, id UploadID) error {
	s.count.leftovers.Inc()
	return sh.trash(sh.chunkDir(id))
}
