package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"aistore/errs"
	"aistore/internal/checksum"
)

// keepChunks writes the manifest of an object in chunks: its parts as they are,
// runs of small ones joined.
func (s *Store) keepChunks(ctx context.Context, open *openUpload, parts []Part, t target, o WriteOptions, expect checksum.Sum) (*Writer, error) {
	chunks, err := s.makeChunks(ctx, open, parts)
	if err != nil {
		return nil, err
	}
	record := Record{Size: o.Size, Upload: open.info.ID, Chunks: chunks}
	if err := s.sumChunks(ctx, t, &record, expect); err != nil {
		return nil, err
	}
	manifest := string(record.manifest())
	o.Size = int64(len(manifest))
	w, err := s.createPlain(ctx, t, o)
	if err != nil {
		return nil, err
	}
	if _, err := w.ReadFrom(strings.NewReader(manifest)); err != nil {
		return nil, errors.Join(err, w.discard())
	}
	w.record.Size, w.record.Checksum, w.record.Sums, w.record.Chunks = record.Size, record.Checksum, record.Sums, chunks
	return w, nil
}

// createPlain is Create without hashes.
func (s *Store) createPlain(ctx context.Context, t target, o WriteOptions) (*Writer, error) {
	w := &Writer{store: s, target: t, option: o}
	var err error
	if w.record, err = o.newRecord(t.Name); err != nil {
		return nil, err
	}
	if err := t.shelf.mount.Admit(o.Size); err != nil {
		return nil, errs.E("store.Create", t.String(), "", err)
	}
	return w, w.open(ctx)
}

// makeChunks returns the chunks of an object made of parts, all of them durable
// if the bucket is.
func (s *Store) makeChunks(ctx context.Context, open *openUpload, parts []Part) ([]Chunk, error) {
	sh := open.target.shelf
	var chunks []Chunk
	for _, group := range s.groupParts(parts) {
		c := Chunk{ID: uint64(group[0].Number), Size: group[0].Size, Checksum: group[0].Sum(checksum.CRC32C)}
		var err error
		if len(group) > 1 {
			c, err = s.joinGroup(ctx, open, group)
		} else if open.target.Bucket.Durable() { // and it may not have been when the part came
			err = s.syncChunk(open, c.ID)
		}
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, c)
	}
	if open.target.Bucket.Durable() {
		return chunks, sh.settle(sh.chunkDir(open.info.ID))
	}
	return chunks, nil
}

// groupParts splits parts into those that each become one chunk: a large part,
// or a run of small ones. Empty parts become none.
func (s *Store) groupParts(parts []Part) (groups [][]Part) {
	var run []Part
	var size int64
	end := func() {
		if size > 0 {
			groups = append(groups, run)
		}
		run, size = nil, 0
	}
	for _, p := range parts {
		if p.Size >= s.minChunk {
			end()
		}
		if p.Size > 0 {
			run, size = append(run, p), size+p.Size
		}
		if size >= s.minChunk {
			end()
		}
	}
	end()
	return groups
}

// joinGroup writes several parts into one chunk.
func (s *Store) joinGroup(ctx context.Context, open *openUpload, group []Part) (Chunk, error) {
	c := Chunk{ID: maxPartNumber + uint64(group[0].Number)}
	for _, p := range group {
		c.Size += p.Size
	}
	w, err := s.createPart(ctx, open, PartOptions{Size: c.Size})
	if err != nil {
		return c, err
	}
	defer w.Abort()
	if err := s.copyParts(ctx, open, group, w); err != nil {
		return c, err
	}
	joined, err := w.sealPart(0)
	if err != nil {
		return c, err
	}
	c.Checksum = joined.Sum(checksum.CRC32C)
	sh := open.target.shelf
	if err := sh.fsys.Rename(w.work, sh.chunkDir(open.info.ID)+"/"+chunkName(c.ID)); err != nil {
		return c, s.missing(sh, open.target.Name, err)
	}
	w.end()
	return c, nil
}

// syncChunk makes the content of a chunk durable.
func (s *Store) syncChunk(open *openUpload, id uint64) error {
	sh := open.target.shelf
	f, err := sh.fsys.Open(sh.chunkDir(open.info.ID) + "/" + chunkName(id))
	if err != nil {
		return sh.fail("store.Complete", open.target.String(), err)
	}
	return errors.Join(s.syncFile(sh, open.target.Name, f), f.Close())
}

// sumChunks sets the checksum of an object in chunks: CRC32C, which can be made
// of those of its chunks. Any other sum that is expected takes reading them.
func (s *Store) sumChunks(ctx context.Context, t target, r *Record, expect checksum.Sum) error {
	var joiner checksum.Joiner
	for _, c := range r.Chunks {
		joiner.Add(c.Checksum, c.Size)
	}
	got := joiner.Sum()
	if t.Bucket.Props.Checksum.Type != string(checksum.None) {
		r.Checksum = got
	}
	if expect.IsZero() {
		return nil
	}
	if !checksum.Joinable(expect.Kind) {
		var err error
		if got, err = s.readChunks(ctx, t, r, expect.Kind); err != nil {
			return err
		}
		r.Sums = append(r.Sums, got)
	}
	if got.Equal(expect) {
		return nil
	}
	e := errs.E("store.Complete", t.String(), errs.Invalid, fmt.Errorf("the content has checksum %v instead of %v", got, expect))
	e.Code = errs.CodeChecksum
	return e
}

// readChunks returns a sum of the content of chunks.
func (s *Store) readChunks(ctx context.Context, t target, r *Record, kind checksum.Kind) (checksum.Sum, error) {
	h := checksum.Get(kind)
	defer checksum.Put(h)
	for i := range r.Chunks {
		if ctx.Err() != nil {
			return checksum.Sum{}, errs.E("store.Complete", t.String(), "", context.Cause(ctx))
		}
		f, err := t.shelf.openChunk(t.Name, r, i)
		if err != nil {
			return checksum.Sum{}, err
		}
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return checksum.Sum{}, t.shelf.fail("store.Complete", t.String(), err)
		}
	}
	return h.Sum(), nil
}
