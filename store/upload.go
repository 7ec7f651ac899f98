package store

import (
	"context"
	"errors"
	"time"

	"aistore/errs"
	"aistore/fs"
)

// Upload is one object on its way in several parts: a multipart upload, or a
// series of appends. Nothing of it can be read before Complete. It is kept on
// disk, so it outlives restarts; one that nobody touches for long is collected.
// It is a plain value that names the upload; all methods may be called from
// any goroutine, of any value that names it.
type Upload struct {
	ID   UploadID
	Name Name

	store *Store
}

// UploadOptions says what is recorded with the object, and who makes it. The
// zero value is a multipart upload of an object without metadata.
type UploadOptions struct {
	Header []Pair
	Custom []Pair
	Tags   []Pair
	Hidden bool // Uploads does not list it: it belongs to appends

	Retention Retention // of the object; zero is what the bucket says

	MapVersion int64 // as in WriteOptions
}

// UploadInfo describes an open upload.
type UploadInfo struct {
	ID      UploadID
	Object  string // name of the object
	Created time.Time
	Header  []Pair
	Custom  []Pair
	Tags    []Pair
	Hidden  bool

	Retention Retention // of the object; zero is what the bucket says

	MapVersion int64 // of the cluster map when it began, or came here last
	Adopted    bool  // it came from another target, which may have it still, as it was then
}

// CreateUpload begins to upload n in parts. It is durable as the bucket says.
// Errors: Invalid, TooLarge (metadata), NotFound (the bucket was destroyed),
// Throttled (too many uploads are open), NoSpace, Unavailable.
func (s *Store) CreateUpload(ctx context.Context, n Name, o UploadOptions) (Upload, error) {
	const op = "store.CreateUpload"
	t, err := s.resolve(ctx, n, exclusive)
	if err != nil {
		return Upload{}, err
	}
	if err := t.shelf.mount.Admit(0); err != nil {
		return Upload{}, errs.E(op, n.String(), "", err)
	}
	if err := s.uploads.admit(s.options.uploadLimits().Open); err != nil {
		return Upload{}, errs.E(op, n.String(), "", err)
	}
	id, err := newUploadID()
	if err != nil {
		return Upload{}, err
	}
	info := UploadInfo{
		ID: id, Object: n.Object, Created: time.Now().UTC(),
		Header: o.Header, Custom: o.Custom, Tags: o.Tags, Hidden: o.Hidden,
		Retention: o.Retention, MapVersion: o.MapVersion,
	}
	held, err := s.lockUpload(ctx, id) // keeps the collector away
	if err != nil {
		return Upload{}, err
	}
	defer held.release()
	if err := s.writeUpload(t, &info); err != nil {
		return Upload{}, errors.Join(err, s.dropUpload(t.shelf, id))
	}
	open := newOpenUpload(t, info)
	s.uploads.opened()
	s.uploads.put(open)
	s.uploads.leave(open)
	return Upload{ID: id, Name: n, store: s}, nil
}

// Upload names an upload that exists, or not: its methods will tell.
func (s *Store) Upload(n Name, id UploadID) Upload { return Upload{ID: id, Name: n, store: s} }

// lockUpload takes the lock of an upload. It comes before that of a name.
func (s *Store) lockUpload(ctx context.Context, id UploadID) (heldLock, error) {
	held, err := s.uploadLocks.acquire(ctx, id.key(), exclusive)
	if err != nil {
		return held, errs.E("store.lock", id.String(), "", err)
	}
	return held, nil
}

// Info describes the upload. Errors: NotFound, Corrupt, Unavailable.
func (u Upload) Info(ctx context.Context) (UploadInfo, error) {
	open, held, err := u.acquire(ctx, "store.Upload.Info")
	if err != nil {
		return UploadInfo{}, err
	}
	defer held.release()
	defer u.store.uploads.leave(open)
	return open.info, nil
}

// Abort ends the upload without effect on the object, and removes its parts. A
// part that is being written then fails. Errors: NotFound, Unavailable.
func (u Upload) Abort(ctx context.Context) error {
	open, held, err := u.acquire(ctx, "store.Upload.Abort")
	if err != nil {
		return err
	}
	defer held.release()
	defer u.store.uploads.leave(open)
	if err := u.store.dropUpload(open.target.shelf, u.ID); err != nil {
		return err
	}
	u.store.end(open)
	return nil
}

// acquire takes the lock of the upload and finds it. The caller releases both.
func (u Upload) acquire(ctx context.Context, op string) (*openUpload, heldLock, error) {
	s := u.store
	held, err := s.lockUpload(ctx, u.ID)
	if err != nil {
		return nil, held, err
	}
	open, err := s.findUpload(ctx, u.Name, u.ID)
	if err == nil && open == nil {
		err = uploadNotFound(op, u.Name, u.ID.String())
	}
	if err != nil {
		held.release()
		return nil, heldLock{}, err
	}
	return open, held, nil
}

// end forgets an upload that is no longer open. The caller holds its lock.
func (s *Store) end(open *openUpload) {
	open.ended = true
	s.uploads.remove(open.info.ID)
}

// dropUpload removes an upload from disk: first what makes it an upload, then
// its parts. The caller holds its lock.
func (s *Store) dropUpload(sh *shelf, id UploadID) error {
	err := sh.fsys.Remove(sh.path(fs.Uploads, id.String()))
	if ignoreMissing(err) != nil {
		return sh.fail("store.Upload", id.String(), err)
	}
	if err == nil {
		if err := sh.settle(sh.top(fs.Uploads)); err != nil {
			return err
		}
	}
	return sh.trash(sh.chunkDir(id))
}
