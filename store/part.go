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
	"time"

	"aistore/errs"
	"aistore/internal/checksum"
)

// Part is one part of an upload.
type Part struct {
	Number   int // from 1
	Size     int64
	Modified time.Time
	Sums     []checksum.Sum // CRC32C, and those that were asked for
}

// Sum returns the part's checksum of a kind, zero if it has none.
func (p *Part) Sum(kind checksum.Kind) checksum.Sum {
	for _, sum := range p.Sums {
		if sameFunction(sum.Kind, kind) {
			return sum
		}
	}
	return checksum.Sum{}
}

// hiddenParts is how many times more parts appends may have: theirs are small.
const hiddenParts = 10

// PartOptions says how a part is stored. The zero value is an empty part.
type PartOptions struct {
	Size   int64           // bytes that will come; -1 is unknown
	Expect checksum.Sum    // refuse the content unless it has this sum; zero does not ask
	Hash   []checksum.Kind // sums to keep with the part, beside CRC32C and that of Expect

	// Check looks at the content once it is there: an error refuses it. Sum gives
	// the sums that are kept. Nil does not.
	Check func(sum func(checksum.Kind) checksum.Sum) error

	// Fence is asked, with the upload locked, right before the part becomes one
	// of the upload: an error leaves it out. Nil does not.
	Fence func() error
}

// WritePart stores what r gives as the part of that number, durable as the
// bucket says. It replaces an earlier one, at once. Parts may come in any order
// and several at the same time. On error the part is as it was before, except
// after a failed sync, as in Writer.Commit.
// Errors: Invalid (number, size or checksum), NotFound (the upload has ended),
// NoSpace, Unavailable, what Fence returns, and those of r as they are.
func (u Upload) WritePart(ctx context.Context, number int, r io.Reader, o PartOptions) (Part, error) {
	open, held, err := u.acquire(ctx, "store.WritePart")
	if err != nil {
		return Part{}, err
	}
	held.release()
	defer u.store.uploads.leave(open)
	limit := u.store.options.uploadLimits().Parts
	if open.info.Hidden {
		limit *= hiddenParts
	}
	if number < 1 || number > limit {
		return Part{}, errs.E("store.WritePart", u.Name.String(), errs.Invalid,
			fmt.Errorf("part number %d is not from 1 to %d", number, limit))
	}
	w, err := u.store.createPart(ctx, open, o)
	if err != nil {
		return Part{}, err
	}
	defer w.Abort()
	if _, err := w.ReadFrom(r); err != nil {
		return Part{}, err
	}
	part, err := w.sealPart(number)
	if err != nil {
		return Part{}, err
	}
	return part, u.install(ctx, open, w, part, o.Fence)
}

// createPart begins to write a part, on the mountpath of the upload.
func (s *Store) createPart(ctx context.Context, open *openUpload, o PartOptions) (*Writer, error) {
	w := &Writer{store: s, target: open.target, option: WriteOptions{Size: o.Size, Expect: o.Expect}}
	if o.Check != nil {
		w.option.Describe = func(sum func(checksum.Kind) checksum.Sum, _ *Record) error { return o.Check(sum) }
	}
	if err := open.target.shelf.mount.Admit(max(o.Size, 0)); err != nil {
		return nil, errs.E("store.WritePart", open.target.String(), "", err)
	}
	kinds := append([]checksum.Kind{checksum.CRC32C, o.Expect.Kind}, o.Hash...)
	if err := w.addHashes(kinds); err != nil {
		return nil, err
	}
	if err := w.open(ctx); err != nil {
		w.end()
		return nil, err
	}
	if o.Size >= s.large {
		if err := w.file.Preallocate(o.Size); err != nil {
			return nil, errors.Join(w.target.shelf.fail("store.WritePart", w.target.String(), err), w.discard())
		}
	}
	return w, nil
}

// install makes what was written a part of the upload, if fence lets it.
func (u Upload) install(ctx context.Context, open *openUpload, w *Writer, part Part, fence func() error) error {
	sh := open.target.shelf
	if err := u.place(ctx, open, w, part, fence); err != nil {
		return err
	}
	w.end()
	if !u.Name.Bucket.Durable() {
		return nil
	}
	return sh.settle(sh.chunkDir(u.ID))
}

// place gives the work file the name of the part.
func (u Upload) place(ctx context.Context, open *openUpload, w *Writer, part Part, fence func() error) error {
	s, sh := u.store, open.target.shelf
	held, err := s.lockUpload(ctx, u.ID)
	if err != nil {
		return err
	}
	defer held.release()
	if open.ended || sh.gone(s) {
		return uploadNotFound("store.WritePart", u.Name, u.ID.String())
	}
	if fence != nil {
		if err := fence(); err != nil {
			return err
		}
	}
	if err := sh.fsys.Rename(w.work, sh.chunkDir(u.ID)+"/"+strconv.Itoa(part.Number)); err != nil {
		return s.missing(sh, u.Name, err)
	}
	open.parts[part.Number] = part
	return nil
}

// sealPart checks the content, records it, and makes the work file durable.
func (w *Writer) sealPart(number int) (Part, error) {
	if w.option.Size >= 0 && w.size != w.option.Size {
		return Part{}, w.sizeError("less")
	}
	if err := w.verify(w.option.Expect); err != nil {
		return Part{}, err
	}
	if w.option.Describe != nil {
		if err := w.option.Describe(w.Sum, &w.record); err != nil {
			return Part{}, err
		}
	}
	part := Part{Number: number, Size: w.size, Modified: time.Now().UTC()}
	for _, h := range w.hashes {
		part.Sums = append(part.Sums, h.Sum())
	}
	return part, w.sealAs(&part)
}

// sealAs records a part, and makes the work file durable.
func (w *Writer) sealAs(p *Part) error {
	if err := setRecord(w.target.Name, w.file, p.record(w.target.Bucket.ID()).Append(nil), nil); err != nil {
		return w.target.shelf.fail("store.WritePart", w.target.String(), err)
	}
	return w.seal()
}

// Parts returns at most limit parts whose numbers follow after, in order, and
// whether there are more. Errors: NotFound, Corrupt, Unavailable.
func (u Upload) Parts(ctx context.Context, after, limit int) (parts []Part, more bool, err error) {
	open, held, err := u.acquire(ctx, "store.Upload.Parts")
	if err != nil {
		return nil, false, err
	}
	defer held.release()
	defer u.store.uploads.leave(open)
	for number, p := range maps.All(open.parts) {
		if number > after {
			parts = append(parts, p)
		}
	}
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Number, b.Number) })
	if len(parts) > limit {
		return parts[:limit:limit], true, nil
	}
	return parts, false, nil
}
