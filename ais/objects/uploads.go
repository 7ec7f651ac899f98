package objects

import (
	"context"

	"aistore/cluster"
	"aistore/store"
)

// CreateUpload begins to upload an object in parts. Parts are written, listed
// and given up by the methods of the upload; nothing of it can be seen. Errors:
// Invalid, TooLarge (metadata), Throttled, NoSpace, Unavailable.
func (v *Verbs) CreateUpload(ctx context.Context, n store.Name, o store.UploadOptions) (store.Upload, error) {
	return v.store.CreateUpload(ctx, n, o)
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
