package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/checksum"
)

// AdoptOptions says how an upload of another target is taken over.
type AdoptOptions struct {
	// MapVersion is that of the cluster map by which this target owns the object.
	MapVersion int64
	// Fence is asked, with the upload locked, right before the upload is one of
	// this store. Nil does not.
	Fence func() error
	// Content gives the content of the parts whose numbers follow after, one
	// behind the other. Adopt closes it.
	Content func(ctx context.Context, after int) (io.ReadCloser, error)
}

// State returns what another target needs to take the upload over. Errors:
// NotFound (it is not open, and the object here is not the one that it has made),
// Corrupt, Unavailable.
func (u Upload) State(ctx context.Context) (*UploadState, error) {
	open, held, err := u.acquire(ctx, "store.Upload.State")
	if errors.Is(err, errs.NotFound) {
		made, err := u.Made(ctx)
		if err != nil {
			return nil, err
		}
		return &UploadState{Bucket: u.Name.Bucket.ID(), Made: &made.Record}, nil
	}
	if err != nil {
		return nil, err
	}
	defer held.release()
	defer u.store.uploads.leave(open)
	return &UploadState{Bucket: u.Name.Bucket.ID(), Info: open.info, Parts: open.inOrder(0)}, nil
}

// inOrder returns the parts whose numbers follow after.
func (u *openUpload) inOrder(after int) []Part {
	parts := slices.SortedFunc(maps.Values(u.parts), func(a, b Part) int { return cmp.Compare(a.Number, b.Number) })
	first, _ := slices.BinarySearchFunc(parts, after+1, func(p Part, number int) int { return cmp.Compare(p.Number, number) })
	return parts[first:]
}

// Made returns the object that the upload has made, if that is here, or an older
// version. Errors: NotFound, Corrupt, Unavailable.
func (u Upload) Made(ctx context.Context) (*Object, error) { return u.completed(ctx) }

// Adopt makes an upload that another target has told of an open upload of this
// store, durable as the bucket says, with parts that are what they were: content,
// sums and times. An upload of this id that is here already is older, and goes
// first. Nothing of the upload can be seen before all of it is here; parts that
// have come before an error need not come again, unless the collector has been
// there. There is one Adopt of an upload at a time.
// Errors: NotFound (the bucket is another one, or the object was made by the
// upload), Throttled (too many uploads are open), Corrupt (a part is not what it
// was), NoSpace, Unavailable, and what Fence and Content return.
func (u Upload) Adopt(ctx context.Context, from *UploadState, o AdoptOptions) error {
	const op = "store.Upload.Adopt"
	s := u.store
	if from.Bucket != u.Name.Bucket.ID() || from.Info.Object != u.Name.Object || from.Made != nil {
		return uploadNotFound(op, u.Name, u.ID.String())
	}
	t, err := s.resolve(ctx, u.Name, exclusive)
	if err != nil {
		return err
	}
	s.pins.add(u.ID) // keeps the collector away
	defer s.pins.remove(u.ID)
	info := from.Info
	info.ID, info.MapVersion, info.Adopted = u.ID, o.MapVersion, true
	open := newOpenUpload(t, info)
	if err := u.prepare(ctx, open); err != nil {
		return err
	}
	if err := u.fetch(ctx, open, from.Parts, o.Content); err != nil {
		return err
	}
	return u.arrive(ctx, open, o.Fence)
}

// prepare removes an older generation of the upload, and makes the directory of
// the parts, or finds what an earlier try has left there.
func (u Upload) prepare(ctx context.Context, open *openUpload) error {
	s := u.store
	held, err := s.lockUpload(ctx, u.ID)
	if err != nil {
		return err
	}
	defer held.release()
	if err := u.forsake(ctx); err != nil {
		return err
	}
	if made, err := s.isCompleted(ctx, open.target, u.ID); err != nil || made {
		return cmp.Or(err, uploadNotFound("store.Upload.Adopt", u.Name, u.ID.String()))
	}
	if err := s.uploads.admit(s.options.uploadLimits().Open); err != nil {
		return errs.E("store.Upload.Adopt", u.Name.String(), "", err)
	}
	if err := s.makeChunkDir(open.target, u.ID); err != nil {
		return err
	}
	return s.loadParts(open)
}

// forsake removes the upload if it is here. The caller holds its lock.
func (u Upload) forsake(ctx context.Context) error {
	s := u.store
	old, err := s.findUpload(ctx, u.Name, u.ID)
	if err != nil || old == nil {
		return err
	}
	defer s.uploads.leave(old)
	if err := s.dropUpload(old.target.shelf, u.ID); err != nil {
		return err
	}
	s.end(old)
	return nil
}

// fetch writes the parts that are not here, in order. Those that an earlier try
// has left are the first ones.
func (u Upload) fetch(ctx context.Context, open *openUpload, parts []Part, content func(context.Context, int) (io.ReadCloser, error)) error {
	here, after := 0, 0
	for here < len(parts) && parts[here].equal(open.parts[parts[here].Number]) {
		after = parts[here].Number
		here++
	}
	open.parts = make(map[int]Part, len(parts))
	for _, p := range parts[:here] {
		open.parts[p.Number] = p
	}
	if here == len(parts) {
		return nil
	}
	r, err := content(ctx, after)
	if err != nil {
		return err
	}
	for _, p := range parts[here:] {
		if err = u.copyIn(ctx, open, r, p); err != nil {
			break
		}
	}
	return errors.Join(err, r.Close())
}

// equal tells whether two parts are one.
func (p *Part) equal(other Part) bool {
	return p.Number == other.Number && p.Size == other.Size && p.Modified.Equal(other.Modified) &&
		slices.EqualFunc(p.Sums, other.Sums, checksum.Sum.Equal)
}

// copyIn writes one part, which is not durable before its directory is.
func (u Upload) copyIn(ctx context.Context, open *openUpload, r io.Reader, p Part) error {
	const op = "store.Upload.Adopt"
	s, sh := u.store, open.target.shelf
	if ctx.Err() != nil {
		return errs.E(op, u.Name.String(), "", context.Cause(ctx))
	}
	w, err := s.createPart(ctx, open, PartOptions{Size: p.Size})
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.ReadFrom(checksum.NewVerifier(io.LimitReader(r, p.Size), p.Sum(checksum.CRC32C))); err != nil {
		return errs.E(op, u.Name.String(), "", fmt.Errorf("part %d: %w", p.Number, err))
	}
	if w.size != p.Size {
		return errs.E(op, u.Name.String(), errs.Unavailable, fmt.Errorf("part %d has %d bytes instead of %d", p.Number, w.size, p.Size))
	}
	if err := w.sealAs(&p); err != nil {
		return err
	}
	if sh.gone(s) {
		return uploadNotFound(op, u.Name, u.ID.String())
	}
	if err := sh.fsys.Rename(w.work, sh.chunkDir(u.ID)+"/"+strconv.Itoa(p.Number)); err != nil {
		return s.missing(sh, u.Name, err)
	}
	w.end()
	open.parts[p.Number] = p
	return nil
}

// arrive makes what is here an upload.
func (u Upload) arrive(ctx context.Context, open *openUpload, fence func() error) error {
	s, sh := u.store, open.target.shelf
	if u.Name.Bucket.Durable() {
		if err := sh.settle(sh.chunkDir(u.ID)); err != nil {
			return err
		}
	}
	held, err := s.lockUpload(ctx, u.ID)
	if err != nil {
		return err
	}
	defer held.release()
	if sh.gone(s) {
		return uploadNotFound("store.Upload.Adopt", u.Name, u.ID.String())
	}
	if fence != nil {
		if err := fence(); err != nil {
			return err
		}
	}
	if err := s.writeUploadFile(open.target, &open.info); err != nil {
		return errors.Join(err, ignoreMissing(sh.fsys.Remove(sh.path(fs.Uploads, u.ID.String()))))
	}
	s.count.adopted.Inc()
	s.uploads.opened()
	s.uploads.put(open)
	s.uploads.leave(open)
	return nil
}

// Renew records that this target still has the upload by the map of a version,
// which is later than the one that was recorded. Errors: NotFound, Unavailable, and
// what fence returns, which is asked as that of Adopt.
func (u Upload) Renew(ctx context.Context, mapVersion int64, fence func() error) error {
	open, held, err := u.acquire(ctx, "store.Upload.Renew")
	if err != nil {
		return err
	}
	defer held.release()
	defer u.store.uploads.leave(open)
	if err := fence(); err != nil {
		return err
	}
	info := open.info
	info.MapVersion, info.Adopted = mapVersion, true
	if err := u.store.writeUploadFile(open.target, &info); err != nil {
		return err
	}
	open.info = info
	return nil
}
