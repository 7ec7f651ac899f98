package memsys

import (
	"errors"
	"io"
	"time"

	"aistore/errs"
)

// SGL is a scatter-gather list: bytes in buffers of one slab, written at the
// end and read from the front, without ever being moved. It is for one
// goroutine at a time; readers made by NewReader may work at the same time as
// each other, not as Write, Reset or Free.
type SGL struct {
	pool    *Pool
	slab    int
	buffers [][]byte // all of the slab's size
	size    int64    // bytes written
	offset  int64    // bytes read
}

// NewSGL returns an empty SGL for about expected bytes, 0 if unknown; it grows
// beyond. The caller frees it.
func (p *Pool) NewSGL(expected int64) *SGL {
	buffer := int64(DefaultBuffer)
	if expected > 0 {
		buffer = min(max(expected/16, int64(MinBuffer)), int64(MaxBuffer))
	}
	return &SGL{pool: p, slab: slabOf(buffer)}
}

// Size returns the bytes written since NewSGL or Reset.
func (s *SGL) Size() int64 { return s.size }

// Len returns the bytes not yet read.
func (s *SGL) Len() int64 { return s.size - s.offset }

// Write appends b. Errors: Unavailable, with the part that fitted written,
// when the pool's bound is reached.
func (s *SGL) Write(b []byte) (int, error) {
	written := 0
	for written < len(b) {
		room, err := s.room()
		if err != nil {
			return written, err
		}
		n := copy(room, b[written:])
		written += n
		s.size += int64(n)
	}
	return written, nil
}

// ReadFrom appends what r has until io.EOF. Errors: Unavailable as of Write,
// and r's.
func (s *SGL) ReadFrom(r io.Reader) (int64, error) {
	start := s.size
	for {
		room, err := s.room()
		if err != nil {
			return s.size - start, err
		}
		n, err := r.Read(room)
		s.size += int64(n)
		if errors.Is(err, io.EOF) {
			return s.size - start, nil
		}
		if err != nil {
			return s.size - start, err
		}
	}
}

// Read reads on from where the last Read or WriteTo ended.
func (s *SGL) Read(b []byte) (int, error) {
	n, err := s.ReadAt(b, s.offset)
	s.offset += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// ReadAt reads the bytes from offset on.
func (s *SGL) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, errs.E("memsys.ReadAt", "", errs.Invalid, nil)
	}
	read := 0
	for read < len(b) {
		chunk := s.chunk(offset + int64(read))
		if len(chunk) == 0 {
			return read, io.EOF
		}
		read += copy(b[read:], chunk)
	}
	return read, nil
}

// WriteTo writes the bytes not yet read to w.
func (s *SGL) WriteTo(w io.Writer) (int64, error) {
	start := s.offset
	for {
		chunk := s.chunk(s.offset)
		if len(chunk) == 0 {
			return s.offset - start, nil
		}
		n, err := w.Write(chunk)
		s.offset += int64(n)
		if err != nil {
			return s.offset - start, err
		}
	}
}

// NewReader returns a reader of all bytes written so far, with a position of
// its own. It is valid until the SGL is reset or freed.
func (s *SGL) NewReader() *io.SectionReader { return io.NewSectionReader(s, 0, s.size) }

// Reset makes the SGL empty and keeps its memory.
func (s *SGL) Reset() { s.size, s.offset = 0, 0 }

// Free gives the memory back. The SGL is then empty, and may be used again.
func (s *SGL) Free() {
	for _, buffer := range s.buffers {
		s.pool.Put(buffer)
	}
	s.buffers = nil
	s.Reset()
}

// room returns the free part of the last buffer, after adding one if need be.
func (s *SGL) room() ([]byte, error) {
	size := sizeOf(s.slab)
	i, used := int(s.size/size), s.size%size
	if i == len(s.buffers) {
		if s.pool.Lent()+size > int64(s.pool.options.MaxBytes) {
			s.pool.refused.Add(1)
			e := errs.E("memsys.Write", "", errs.Unavailable, nil)
			e.Public, e.RetryAfter = "out of buffer memory, try again", time.Second
			return nil, e
		}
		s.buffers = append(s.buffers, s.pool.Get(size))
	}
	return s.buffers[i][used:], nil
}

// chunk returns the bytes at offset that lie in one buffer, none at the end.
func (s *SGL) chunk(offset int64) []byte {
	if offset >= s.size {
		return nil
	}
	size := sizeOf(s.slab)
	i, from := offset/size, offset%size
	return s.buffers[i][from:min(size, s.size-i*size)]
}
