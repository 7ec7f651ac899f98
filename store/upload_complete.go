package store

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/checksum"
)

// Piece says which part comes next in the object.
type Piece struct {
	Number int            // of the part
	Expect []checksum.Sum // that the part must have; nil does not ask
}

// CompleteOptions says how an upload becomes an object. The zero value asks
// nothing.
type CompleteOptions struct {
	Conditions Conditions
	Expect     checksum.Sum // of the whole content; zero does not ask
	MinPart    int64        // bytes that every part but the last must have
	MaxSize    int64        // bytes that the object may have; 0 is no bound
	All        bool         // refuse to leave a part out

	MapVersion int64        // as in WriteOptions
	Base       *Object      // as in WriteOptions
	Fence      func() error // as in WriteOptions

	// Describe changes what will be recorded with the object, such as further
	// sums or an entity tag; parts are those of the object, in order. An error
	// refuses them. Nil does not. Without it the entity tag is that of S3 where all
	// parts have an MD5.
	Describe func(parts []Part, r *Record) error
}

// Complete makes the parts that pieces name, in order, the object, durable as
// its bucket says, and ends the upload. On error object and upload are as they
// were, with one exception: Unavailable after a failed sync, as in
// Writer.Commit. To complete an upload again, of the same parts, gives the object
// that it made, as long as that is there, or is an older version.
// Errors: Invalid (no pieces; wrong order; a part that is missing, too small
// or not the one expected; sum), TooLarge, NotFound (no such upload),
// Precondition, Corrupt (a part is damaged), NoSpace, Unavailable, and what
// Fence returns.
func (u Upload) Complete(ctx context.Context, pieces []Piece, o CompleteOptions) (*Object, error) {
	s := u.store
	held, err := s.lockUpload(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	defer held.release()
	open, err := s.findUpload(ctx, u.Name, u.ID)
	if err != nil {
		return nil, err
	}
	if open == nil {
		made, err := u.completed(ctx)
		if err == nil {
			err = u.CheckMade(made, pieces, o)
		}
		if err != nil {
			return nil, err
		}
		return made, nil
	}
	defer s.uploads.leave(open)
	parts, err := open.choose(pieces, &o)
	if err != nil {
		return nil, err
	}
	made, err := u.commit(ctx, open, parts, &o)
	if err != nil {
		return made, s.undecided(ctx, open, err)
	}
	s.count.uploads.Inc()
	s.retire(open, made)
	return made, nil
}

// completed answers who completes an upload that is not open.
func (u Upload) completed(ctx context.Context) (*Object, error) {
	s := u.store
	t, held, err := s.reading(ctx, u.Name)
	if err != nil {
		return nil, err
	}
	if t.shelf == nil {
		return nil, uploadNotFound("store.Complete", u.Name, u.ID.String())
	}
	defer held.release()
	p, err := s.prior(t, nil, s.cached(t))
	if err != nil {
		return nil, err
	}
	o := p.object
	if o == nil || o.Upload != u.ID {
		o, err = s.olderMadeBy(t, u.ID)
	}
	switch {
	case err != nil:
		return nil, err
	case o == nil && p.damaged != nil:
		return nil, s.counted(p.damaged)
	case o == nil:
		return nil, uploadNotFound("store.Complete", u.Name, u.ID.String())
	}
	return o, s.settle(t, o.path) // whoever completed it may not have come so far
}

// CheckMade checks that an object was made of the parts that pieces name, as far as it
// still tells: by their number, by its entity tag and by its checksum. Conditions
// have held when it was made. Errors: Invalid.
func (u Upload) CheckMade(made *Object, pieces []Piece, o CompleteOptions) error {
	same := len(pieces) == len(made.PartSizes)
	if tag := tagOfPieces(pieces); same && tag != "" && isComposite(made.ETag) {
		same = tag == made.ETag
	}
	if same && !o.Expect.IsZero() && o.Expect.Kind == made.Checksum.Kind {
		same = o.Expect.Equal(made.Checksum)
	}
	if same {
		return nil
	}
	e := errs.E("store.Complete", u.Name.String(), errs.Invalid, errors.New("the upload was completed with other parts"))
	e.Code = errs.CodePartInvalid
	return e
}

// tagOfPieces returns the entity tag that S3 gives to an object of these pieces, ""
// if that cannot be told.
func tagOfPieces(pieces []Piece) string {
	parts := make([]Part, len(pieces))
	for i := range pieces {
		parts[i].Sums = pieces[i].Expect
	}
	return CompositeETag(parts)
}

// isComposite tells whether an entity tag is one that CompositeETag gives.
func isComposite(tag string) bool {
	digest, count, found := strings.Cut(tag, "-")
	_, err := strconv.Atoi(count)
	return found && err == nil && len(digest) == 2*md5.Size
}

// undecided ends an upload whose completion has failed after the object was in
// place: its parts are no longer its own. What is on disk says how it goes on.
func (s *Store) undecided(ctx context.Context, open *openUpload, err error) error {
	if done, looking := s.isCompleted(context.WithoutCancel(ctx), open.target, open.info.ID); done || looking != nil {
		open.ended = true
		s.uploads.forget(open.info.ID)
	}
	return err
}

// choose returns the parts that pieces name.
func (u *openUpload) choose(pieces []Piece, o *CompleteOptions) ([]Part, error) {
	if len(pieces) == 0 {
		return nil, u.invalid(errs.CodePartInvalid, "no chunks: the list of parts is empty")
	}
	if o.All && len(pieces) != len(u.parts) {
		return nil, u.invalid(errs.CodePartInvalid, "partial completion: %d parts are listed, %d were uploaded", len(pieces), len(u.parts))
	}
	parts := make([]Part, 0, len(pieces))
	var total int64
	for i, piece := range pieces {
		if i > 0 && piece.Number <= pieces[i-1].Number {
			return nil, u.invalid(errs.CodePartOrder, "part %d is listed behind part %d", piece.Number, pieces[i-1].Number)
		}
		part, ok := u.parts[piece.Number]
		if !ok {
			return nil, u.invalid(errs.CodePartInvalid, "part %d was not uploaded", piece.Number)
		}
		for _, want := range piece.Expect {
			if got := part.Sum(want.Kind); !got.Equal(want) {
				return nil, u.invalid(errs.CodePartInvalid, "part %d has checksum %v instead of %v", piece.Number, got, want)
			}
		}
		if part.Size < o.MinPart && i < len(pieces)-1 {
			return nil, u.invalid(errs.CodePartTooSmall, "part %d has %d bytes, all but the last must have %d", piece.Number, part.Size, o.MinPart)
		}
		total += part.Size
		parts = append(parts, part)
	}
	if o.MaxSize > 0 && total > o.MaxSize {
		return nil, errs.E("store.Complete", u.target.String(), errs.TooLarge, fmt.Errorf("the object has %d bytes, at most %d are allowed", total, o.MaxSize))
	}
	return parts, nil
}

func (u *openUpload) invalid(code, format string, arguments ...any) error {
	e := errs.E("store.Complete", u.target.String(), errs.Invalid, fmt.Errorf(format, arguments...))
	e.Code = code
	return e
}

// commit makes the object.
func (u Upload) commit(ctx context.Context, open *openUpload, parts []Part, o *CompleteOptions) (*Object, error) {
	s := u.store
	t, err := s.resolve(ctx, u.Name, exclusive)
	if err != nil {
		return nil, err
	}
	option := WriteOptions{
		Header: open.info.Header, Custom: open.info.Custom, Tags: open.info.Tags,
		Retention:  open.info.Retention,
		Conditions: o.Conditions, MapVersion: o.MapVersion, Base: o.Base, Fence: o.Fence,
	}
	for _, p := range parts {
		option.Size += p.Size
	}
	var w *Writer
	if option.Size <= s.joinBelow || t.shelf != open.target.shelf {
		option.Expect = o.Expect
		w, err = s.joinAll(ctx, open, parts, u.Name, option)
	} else {
		w, err = s.keepChunks(ctx, open, parts, t, option, o.Expect)
	}
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	w.record.Upload = u.ID
	w.record.PartSizes = make([]int64, len(parts))
	for i, p := range parts {
		w.record.PartSizes[i] = p.Size
	}
	w.record.ETag = CompositeETag(parts)
	if o.Describe != nil {
		if err := o.Describe(parts, &w.record); err != nil {
			return nil, err
		}
	}
	if err := w.record.checkLengths(u.Name); err != nil {
		return nil, err
	}
	return w.Commit(ctx)
}

// CompositeETag returns the entity tag that S3 gives to an object of these
// parts: the MD5 of their MD5s, and how many there are. "" if one has no MD5.
func CompositeETag(parts []Part) string {
	var sums []byte
	for i := range parts {
		sum := parts[i].Sum(checksum.MD5)
		if sum.IsZero() {
			return ""
		}
		sums = sum.Append(sums)
	}
	digest := md5.Sum(sums)
	return hex.EncodeToString(digest[:]) + "-" + strconv.Itoa(len(parts))
}

// joinAll writes the parts into one file, where the object belongs.
func (s *Store) joinAll(ctx context.Context, open *openUpload, parts []Part, n Name, o WriteOptions) (*Writer, error) {
	w, err := s.Create(ctx, n, o)
	if err != nil {
		return nil, err
	}
	if err := s.copyParts(ctx, open, parts, w); err != nil {
		return nil, errors.Join(err, w.discard())
	}
	return w, nil
}

// copyParts appends parts to w, each compared with its sum.
func (s *Store) copyParts(ctx context.Context, open *openUpload, parts []Part, w io.ReaderFrom) error {
	sh := open.target.shelf
	for _, p := range parts {
		if ctx.Err() != nil {
			return errs.E("store.Complete", open.target.String(), "", context.Cause(ctx))
		}
		f, err := sh.fsys.Open(sh.chunkDir(open.info.ID) + "/" + strconv.Itoa(p.Number))
		if err != nil {
			return sh.fail("store.Complete", open.target.String(), err)
		}
		n, err := w.ReadFrom(checksum.NewVerifier(f, p.Sum(checksum.CRC32C)))
		if err == nil && n != p.Size {
			err = corrupt(open.target.Name, fmt.Errorf("part %d has %d bytes instead of %d", p.Number, n, p.Size))
		}
		if err = errors.Join(s.counted(err), f.Close()); err != nil {
			return errs.E("store.Complete", open.target.String(), "", err)
		}
	}
	return nil
}

// retire removes what a completed upload leaves. What fails is left to the
// collector. The caller holds the upload's lock.
func (s *Store) retire(open *openUpload, made *Object) {
	sh, t := open.target.shelf, open.target
	s.end(open)
	if len(made.Chunks) == 0 {
		s.cleanup(t, s.dropUpload(sh, open.info.ID))
		return
	}
	path := sh.path(fs.Uploads, open.info.ID.String())
	s.cleanup(t, sh.fsys.Remove(path))
	s.cleanup(t, s.settle(t, path))
	s.cleanup(t, s.dropParts(sh, &made.Record))
}

// dropParts removes the parts that did not become chunks.
func (s *Store) dropParts(sh *shelf, r *Record) error {
	dir := sh.chunkDir(r.Upload)
	entries, err := sh.fsys.ReadDir(dir)
	if err != nil {
		return err
	}
	used := make(map[string]bool, len(r.Chunks))
	for _, c := range r.Chunks {
		used[chunkName(c.ID)] = true
	}
	for _, entry := range entries {
		if !used[entry.Name] {
			err = errors.Join(err, ignoreMissing(sh.fsys.Remove(dir+"/"+entry.Name)))
		}
	}
	return err
}
