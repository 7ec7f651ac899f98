package store

import (
	"errors"
	"strconv"
	"sync"

	"aistore/errs"
	"aistore/fs"
)

const (
	// joinBelow is the size in bytes up to which a completed upload becomes one
	// file: a copy, which costs less than what chunks cost every reader (ADR 12).
	joinBelow = 4 << 20
	// minChunk is the size in bytes below which parts are joined with those
	// that follow.
	minChunk = 1 << 20
)

// An object whose content is in chunks is a file too: it holds the paths of the
// chunks below the bucket's directory, one a line. The record says the same,
// with sizes and sums, and is what counts.

// chunkName returns the name of a chunk's file in the directory of its upload.
func chunkName(id uint64) string { return strconv.FormatUint(id, 10) }

// manifest returns the content of the file of an object in chunks.
func (r *Record) manifest() []byte {
	var text []byte
	for _, c := range r.Chunks {
		text = append(text, '%')
		text = append(text, fs.Chunks...)
		text = append(text, '/')
		text = append(text, r.Upload.String()...)
		text = append(text, '/')
		text = append(text, chunkName(c.ID)...)
		text = append(text, '\n')
	}
	return text
}

// fileSize returns the bytes of the object's file: those of the content, or of
// the manifest.
func (r *Record) fileSize() int64 {
	if len(r.Chunks) == 0 {
		return r.Size
	}
	const fixed = len("%ch//\n") + 2*len(UploadID{})
	size := int64(len(r.Chunks) * fixed)
	for _, c := range r.Chunks {
		size++
		for rest := c.ID / 10; rest > 0; rest /= 10 {
			size++
		}
	}
	return size
}

// checkChunks returns an error unless the chunks make up the content.
func (r *Record) checkChunks() error {
	if len(r.Chunks) == 0 {
		return nil
	}
	var total int64
	for _, c := range r.Chunks {
		total += c.Size
	}
	if r.Upload.IsZero() || total != r.Size {
		return errors.New("the chunks are not those of the content")
	}
	return nil
}

// pins count the readers of chunks. A directory of chunks whose object was
// replaced or deleted is dropped when its last reader is gone.
type pins struct {
	mu   sync.Mutex
	held map[UploadID]*pin // guarded by mu
}

// pin counts the readers of one directory; guarded by pins.mu.
type pin struct {
	readers int
	drop    func() // to be called by the last reader; nil while the object is there
}

func newPins() *pins { return &pins{held: make(map[UploadID]*pin)} }

// add counts a reader. The caller holds the lock of the object's name.
func (p *pins) add(id UploadID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := p.held[id]
	if held == nil {
		held = &pin{}
		p.held[id] = held
	}
	held.readers++
}

// remove takes a reader away, and drops what nobody needs any more.
func (p *pins) remove(id UploadID) {
	p.mu.Lock()
	held := p.held[id]
	held.readers--
	if held.readers > 0 {
		p.mu.Unlock()
		return
	}
	delete(p.held, id)
	p.mu.Unlock()
	if held.drop != nil {
		held.drop()
	}
}

// has tells whether somebody reads.
func (p *pins) has(id UploadID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held[id] != nil
}

// doom calls drop once nobody reads, which may be now. The caller holds the
// lock of the object's name exclusively, so that no reader comes.
func (p *pins) doom(id UploadID, drop func()) {
	p.mu.Lock()
	if held := p.held[id]; held != nil {
		held.drop = drop
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	drop()
}

// dropChunks removes the chunks of an object that was replaced or deleted, and
// what an interrupted completion has left of its upload. What fails is left to
// the collector. The caller holds the lock of the name exclusively.
func (s *Store) dropChunks(t target, o *Object) {
	if o.Upload.IsZero() {
		return
	}
	sh := t.shelf
	s.cleanup(t, s.dropUploadOf(t, o))
	if len(o.Chunks) == 0 {
		return
	}
	s.pins.doom(o.Upload, func() { s.cleanup(t, sh.trash(sh.chunkDir(o.Upload))) })
}

// dropUploadOf removes what an interrupted completion has left of the upload that
// made o.
func (s *Store) dropUploadOf(t target, o *Object) error {
	if o.Upload.IsZero() {
		return nil
	}
	return t.shelf.fsys.Remove(t.shelf.path(fs.Uploads, o.Upload.String()))
}

// chunkDir returns the directory of the parts of an upload, and of the chunks
// that become of them.
func (s *shelf) chunkDir(id UploadID) string { return s.path(fs.Chunks, id.String()) }

// openChunk opens one chunk of an object. Errors: Corrupt (it is missing, or
// has another size), Unavailable.
func (s *shelf) openChunk(n Name, r *Record, at int) (fs.File, error) {
	c := r.Chunks[at]
	f, err := s.fsys.Open(s.chunkDir(r.Upload) + "/" + chunkName(c.ID))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		if err := s.alive(); err != nil {
			return nil, err
		}
		return nil, corrupt(n, errors.New("chunk "+strconv.Itoa(at+1)+" is missing"))
	}
	if err != nil {
		return nil, s.fail("store.open", n.String(), err)
	}
	info, err := f.Stat()
	if err == nil && (info.Dir || info.Size != c.Size) {
		return nil, errors.Join(corrupt(n, errors.New("chunk "+strconv.Itoa(at+1)+" has "+strconv.FormatInt(info.Size, 10)+
			" bytes instead of "+strconv.FormatInt(c.Size, 10))), f.Close())
	}
	if err != nil {
		return nil, errors.Join(errs.E("store.open", n.String(), fs.KindOf(err), err), f.Close())
	}
	return f, nil
}
