package objects

import (
	"context"
	"errors"
	"io"

	"aistore/cluster"
	"aistore/errs"
	"aistore/store"
)

// CreateUpload begins to upload an object in parts. It is a write like Put, as
// is every change of the upload; nothing of it can be seen. Errors: Invalid,
// TooLarge (metadata), Throttled, NoSpace, Unavailable.
func (v *Verbs) CreateUpload(ctx context.Context, n store.Name, o store.UploadOptions) (store.Upload, error) {
	pass, err := v.gate.Enter(ctx, n.Digest())
	if err != nil {
		return store.Upload{}, err
	}
	defer pass.Leave()
	o.MapVersion = v.state().Map.Version()
	u, err := v.store.CreateUpload(pass.Context(), n, o)
	if err != nil {
		return store.Upload{}, err
	}
	return u, pass.Confirm()
}

// Upload names an upload by the text of its id. Errors: NotFound (there can be
// no such upload).
func (v *Verbs) Upload(n store.Name, id string) (store.Upload, error) {
	parsed, err := store.ParseUploadID(n, id)
	return v.store.Upload(n, parsed), err
}

// Uploads returns the open uploads of a bucket on this target, see
// store.Store.Uploads.
func (v *Verbs) Uploads(ctx context.Context, b *cluster.Bucket, o store.UploadsOptions) ([]store.UploadInfo, error) {
	return v.store.Uploads(ctx, b, o)
}

// UploadInfo describes an open upload. Only the owner in force answers, under
// its lease, as with everything that is done with an upload. Errors: those of
// store.Upload.Info; Unavailable.
func (v *Verbs) UploadInfo(ctx context.Context, u store.Upload) (store.UploadInfo, error) {
	pass, err := v.enterUpload(ctx, u)
	if err != nil {
		return store.UploadInfo{}, err
	}
	defer pass.Leave()
	return u.Info(pass.Context())
}

// UploadParts returns parts of an open upload, see store.Upload.Parts. Errors:
// those of that; Unavailable.
func (v *Verbs) UploadParts(ctx context.Context, u store.Upload, after, limit int) (parts []store.Part, more bool, err error) {
	pass, err := v.enterUpload(ctx, u)
	if err != nil {
		return nil, false, err
	}
	defer pass.Leave()
	return u.Parts(pass.Context(), after, limit)
}

// WritePart stores the body as a part of an upload. It is a write like Put.
// Errors: those of store.Upload.WritePart, and those of Put.
func (v *Verbs) WritePart(ctx context.Context, u store.Upload, number int, body io.Reader, o store.PartOptions) (store.Part, error) {
	pass, err := v.enterUpload(ctx, u)
	if err != nil {
		return store.Part{}, err
	}
	defer pass.Leave()
	o.Fence = pass.Check
	part, err := u.WritePart(pass.Context(), number, pass.body(body), o)
	if err != nil {
		return store.Part{}, err
	}
	return part, pass.Confirm()
}

// AbortUpload gives an upload up, wherever there is anything of it. It is a write
// like Put. Errors: those of store.Upload.Abort, and those of Put.
func (v *Verbs) AbortUpload(ctx context.Context, u store.Upload) error {
	pass, err := v.gate.Enter(ctx, u.Name.Digest())
	if err != nil {
		return err
	}
	defer pass.Leave()
	done, err := v.taking.wait(pass.Context(), uploadKey(u))
	if err != nil {
		return err
	}
	defer done()
	had, err := v.aloneWith(pass.Context(), v.state().Map, u)
	if err != nil {
		return err
	}
	if err := pass.Check(); err != nil {
		return err
	}
	if err := u.Abort(pass.Context()); err != nil && !(had && errors.Is(err, errs.NotFound)) {
		return err
	}
	return pass.Confirm()
}

// CompleteUpload makes the object of the parts that pieces name. It is a write
// like Put. Errors: those of store.Upload.Complete, and those of Put.
func (v *Verbs) CompleteUpload(ctx context.Context, u store.Upload, pieces []store.Piece, o store.CompleteOptions) (*store.Object, error) {
	pass, err := v.gate.Enter(ctx, u.Name.Digest())
	if err != nil {
		return nil, err
	}
	defer pass.Leave()
	made, err := v.completeUpload(pass, u, pieces, o)
	if err != nil {
		return nil, err
	}
	return made, pass.Confirm()
}

func (v *Verbs) completeUpload(pass *Pass, u store.Upload, pieces []store.Piece, o store.CompleteOptions) (*store.Object, error) {
	ctx, state := pass.Context(), v.state()
	err := v.hold(pass, u)
	ended := errors.Is(err, errs.NotFound)
	if err == nil {
		_, err = v.aloneWith(ctx, state.Map, u)
	}
	if err != nil && !ended {
		return nil, err
	}
	base, err := v.base(ctx, state, u.Name)
	if err != nil {
		return nil, err
	}
	o.Base, o.MapVersion, o.Fence = base, state.Map.Version(), pass.Check
	made, err := u.Complete(ctx, pieces, o)
	if ended && errors.Is(err, errs.NotFound) {
		if made, err = v.madeElsewhere(ctx, state.Map, u, err); err == nil {
			err = u.CheckMade(made, pieces, o)
		}
	}
	if err != nil {
		return nil, err
	}
	return made, nil
}

// aloneWith sees to it that no other target has an upload that is about to end, and
// tells whether one had it. Errors: Unavailable, with the code CodeNotNow.
func (v *Verbs) aloneWith(ctx context.Context, m *cluster.Map, u store.Upload) (had bool, err error) {
	info, err := u.Info(ctx)
	switch {
	case err == nil && !info.Adopted && v.tenured(m, u.Name.Digest(), info.MapVersion):
		return false, nil // it has never been elsewhere
	case err != nil && !errors.Is(err, errs.NotFound):
		return false, err
	}
	return v.dropElsewhere(ctx, m, u)
}

// enterUpload begins something with an open upload, which this target has then. The
// caller ends it by Leave. Errors: those of hold; Unavailable.
func (v *Verbs) enterUpload(ctx context.Context, u store.Upload) (*Pass, error) {
	pass, err := v.gate.Enter(ctx, u.Name.Digest())
	if err != nil {
		return nil, err
	}
	if err := v.hold(pass, u); err != nil {
		pass.Leave()
		return nil, err
	}
	return pass, nil
}
