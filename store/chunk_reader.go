package store

import (
	"errors"
	"io"
	"os"
	"sort"
	"sync"

	"aistore/fs"
)

// maxOpenChunks bounds the chunks that one reader keeps open and does not use.
const maxOpenChunks = 4

// chunkReader reads the chunks of an object as one content, which its pin
// keeps. A chunk is opened when it is read.
type chunkReader struct {
	store  *Store
	shelf  *shelf
	name   Name
	object *Object
	ends   []int64 // offset behind each chunk

	seek sync.Mutex // held by Read and Seek
	at   int64      // guarded by seek

	mu     sync.Mutex
	open   []*openChunk // guarded by mu
	closed bool         // guarded by mu
}

// openChunk is an open chunk; guarded by chunkReader.mu.
type openChunk struct {
	fs.File
	index int
	users int
}

// newChunkReader pins the chunks of o. The caller holds the lock of the name.
func newChunkReader(s *Store, t target, o *Object) *chunkReader {
	r := &chunkReader{store: s, shelf: t.shelf, name: t.Name, object: o, ends: make([]int64, len(o.Chunks))}
	var end int64
	for i, c := range o.Chunks {
		end += c.Size
		r.ends[i] = end
	}
	s.pins.add(o.Upload)
	return r
}

// Read reads from the offset on.
func (r *chunkReader) Read(p []byte) (int, error) {
	r.seek.Lock()
	defer r.seek.Unlock()
	n, err := r.ReadAt(p, r.at)
	r.at += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// Seek moves the offset.
func (r *chunkReader) Seek(offset int64, whence int) (int64, error) {
	r.seek.Lock()
	defer r.seek.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.object.Size
	}
	if offset < 0 {
		return 0, os.ErrInvalid
	}
	r.at = offset
	return offset, nil
}

// OSFile says that there is no single file.
func (r *chunkReader) OSFile() (*os.File, bool) { return nil, false }

// ReadAt is io.ReaderAt.
func (r *chunkReader) ReadAt(p []byte, offset int64) (n int, err error) {
	for i := r.find(offset); n < len(p); i++ {
		if i == len(r.ends) {
			return n, io.EOF
		}
		within := offset + int64(n) - r.begin(i)
		piece := p[n:min(int64(len(p)), int64(n)+r.object.Chunks[i].Size-within)]
		m, err := r.readChunk(i, piece, within)
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// find returns the chunk that holds an offset, len(ends) if none does.
func (r *chunkReader) find(offset int64) int {
	return sort.Search(len(r.ends), func(i int) bool { return r.ends[i] > offset })
}

// begin returns the offset of a chunk.
func (r *chunkReader) begin(at int) int64 { return r.ends[at] - r.object.Chunks[at].Size }

func (r *chunkReader) readChunk(at int, p []byte, offset int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	f, err := r.acquire(at)
	if err != nil {
		return 0, err
	}
	defer r.release(f)
	n, err := f.ReadAt(p, offset)
	switch {
	case n == len(p):
		return n, nil
	case err == io.EOF:
		return n, r.store.counted(corrupt(r.name, io.ErrUnexpectedEOF))
	}
	return n, r.shelf.fail("store.read", r.name.String(), err)
}

// acquire returns a chunk, opened if it is not.
func (r *chunkReader) acquire(at int) (*openChunk, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, fs.ErrClosed
	}
	for _, c := range r.open {
		if c.index == at {
			c.users++
			return c, nil
		}
	}
	f, err := r.shelf.openChunk(r.name, &r.object.Record, at)
	if err != nil {
		return nil, r.store.counted(err)
	}
	c := &openChunk{File: f, index: at, users: 1}
	r.open = append(r.open, c)
	return c, nil
}

// release lets a chunk go. The unused ones stay open up to a bound.
func (r *chunkReader) release(c *openChunk) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.users--
	kept := r.open[:0]
	for _, other := range r.open {
		if other.users == 0 && (r.closed || len(r.open) > maxOpenChunks && other != c) {
			_ = other.Close() // of a file that was only read
			continue
		}
		kept = append(kept, other)
	}
	r.open = kept
}

// Close releases the chunks.
func (r *chunkReader) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return fs.ErrClosed
	}
	r.closed = true
	var err error
	used := r.open[:0]
	for _, c := range r.open {
		if c.users > 0 {
			used = append(used, c) // closed by release
			continue
		}
		err = errors.Join(err, c.Close())
	}
	r.open = used
	r.mu.Unlock()
	r.store.pins.remove(r.object.Upload)
	return err
}

// writeTo writes a part of the content to w, each chunk from a file of its own.
func (r *chunkReader) writeTo(w io.Writer, offset, length int64) (n int64, err error) {
	for i := r.find(offset); i < len(r.ends) && n < length; i++ {
		within := offset + n - r.begin(i)
		size := min(length-n, r.object.Chunks[i].Size-within)
		f, err := r.shelf.openChunk(r.name, &r.object.Record, i)
		if err != nil {
			return n, r.store.counted(err)
		}
		m, err := copySection(w, f, within, size)
		n += m
		if err = errors.Join(err, f.Close()); err != nil {
			return n, err
		}
		if m < size {
			return n, r.store.counted(corrupt(r.name, io.ErrUnexpectedEOF))
		}
	}
	return n, nil
}
