package objects

import (
	"context"
	"io"

	"aistore/cluster"
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

// AbortUpload gives an upload up. It is a write like Put. Errors: those of
// store.Upload.Abort, and those of Put.
func (v *Verbs) AbortUpload(ctx context.Context, u store.Upload) error {
	pass, err := v.gate.Enter(ctx, u.Name.Digest())
	if err != nil {
		return err
	}
	defer pass.Leave()
	if err := pass.Check(); err != nil {
		return err
	}
	if err := u.Abort(pass.Context()); err != nil {
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
	state := v.state()
	base, err := v.base(pass.Context(), state, u.Name)
	if err != nil {
		return nil, err
	}
	o.Base, o.MapVersion, o.Fence = base, state.Map.Version(), pass.Check
	made, err := u.Complete(pass.Context(), pieces, o)
	if err != nil {
		return nil, err
	}
	return made, pass.Confirm()
}

// enterUpload begins something with an open upload. The caller ends it by
// Leave. Errors: Unavailable.
func (v *Verbs) enterUpload(ctx context.Context, u store.Upload) (*Pass, error) {
	return v.gate.Enter(ctx, u.Name.Digest())
}
