package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// UploadsOptions selects open uploads. The zero value selects all.
type UploadsOptions struct {
	Prefix  string   // of the names of their objects
	After   string   // objects that follow this one, or
	AfterID UploadID // uploads of this very object that follow this one; zero: none of them
	Max     int      // uploads wanted at most, the first in order; 0 is all

	// Group says which group an object is in, "" for none: of the uploads of a group
	// only the first is wanted. Names of a group follow each other. Nil is no groups.
	Group func(object string) string
}

// Uploads returns the open uploads of a bucket on this target that are not
// hidden, by the names of their objects, those of one object in order of their
// ids. It reads the records of all, and holds about twice as many as are wanted.
// Errors: Unavailable, Canceled.
func (s *Store) Uploads(ctx context.Context, b *cluster.Bucket, o UploadsOptions) ([]UploadInfo, error) {
	var found []UploadInfo
	for _, mount := range s.mounts.Available() {
		sh, err := s.shelfIn(ctx, b, mount)
		if err != nil {
			return nil, err
		}
		if sh == nil {
			continue
		}
		if found, err = s.appendUploads(ctx, found, sh, &o); err != nil {
			return nil, err
		}
	}
	return o.first(found), nil
}

// first puts uploads in order, and leaves out what is not wanted of them.
func (o *UploadsOptions) first(found []UploadInfo) []UploadInfo {
	slices.SortFunc(found, func(a, b UploadInfo) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), slices.Compare(a.ID[:], b.ID[:]))
	})
	if o.Group != nil {
		found = slices.CompactFunc(found, func(a, b UploadInfo) bool {
			group := o.Group(a.Object)
			return group != "" && group == o.Group(b.Object)
		})
	}
	if o.Max > 0 && len(found) > o.Max {
		clear(found[o.Max:])
		found = found[:o.Max]
	}
	return found
}

func (s *Store) appendUploads(ctx context.Context, found []UploadInfo, sh *shelf, o *UploadsOptions) ([]UploadInfo, error) {
	ids, err := s.uploadsOn(sh)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			return nil, errs.E("store.Uploads", sh.bucket.String(), "", context.Cause(ctx))
		}
		info, err := s.readUpload(sh, id)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errs.Corrupt), errors.Is(err, errs.Unsupported):
			continue // it has ended, or the collector will see to it
		case err != nil:
			return nil, err
		}
		if info.Hidden || !o.selects(&info) {
			continue
		}
		if found = append(found, info); o.Max > 0 && len(found) >= 2*o.Max {
			found = o.first(found)
		}
	}
	return found, nil
}

// selects tells whether an upload is among those that are wanted.
func (o *UploadsOptions) selects(info *UploadInfo) bool {
	if !strings.HasPrefix(info.Object, o.Prefix) {
		return false
	}
	after := strings.Compare(info.Object, o.After)
	return after > 0 || after == 0 && !o.AfterID.IsZero() && slices.Compare(info.ID[:], o.AfterID[:]) > 0
}

// uploadsOn returns the ids of the uploads on a shelf, in no order.
func (s *Store) uploadsOn(sh *shelf) ([]UploadID, error) { return idsIn(sh, fs.Uploads) }

// idsIn returns the names in a directory that are ids of uploads.
func idsIn(sh *shelf, content fs.Content) ([]UploadID, error) {
	entries, err := sh.fsys.ReadDir(sh.top(content))
	if ignoreMissing(err) != nil {
		return nil, sh.fail("store.Uploads", sh.top(content), err)
	}
	var ids []UploadID
	for _, entry := range entries {
		raw, err := hex.DecodeString(entry.Name)
		if err == nil && len(raw) == len(UploadID{}) {
			ids = append(ids, UploadID(raw))
		}
	}
	return ids, nil
}
