package checksum

import "io"

// NewVerifier returns a reader of r's bytes that ends with a Corrupt error
// instead of io.EOF if they do not have the sum want. It keeps the last byte
// back until it knows, so nobody gets all bytes of a corrupt object. A zero
// want verifies nothing. The caller still owns r; after the first error the
// verifier is of no more use.
func NewVerifier(r io.Reader, want Sum) io.Reader {
	if want.IsZero() {
		return r
	}
	return &verifier{source: r, want: want, hasher: Get(want.Kind)}
}

type verifier struct {
	source io.Reader
	want   Sum
	hasher *Hasher // back in the pool and nil once end is set
	end    error
	last   byte // read and hashed, not yet given out
	holds  bool // last is set
}

func (v *verifier) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if v.end != nil {
		return v.drain(p)
	}
	if len(p) == 1 {
		return v.readOne(p)
	}
	start := 0
	if v.holds {
		p[0], start = v.last, 1
	}
	n, err := v.source.Read(p[start:])
	v.hasher.Write(p[start : start+n])
	total := start + n
	if err != nil {
		v.holds = false
		v.finish(err)
		if v.end != io.EOF {
			return max(0, total-1), v.end
		}
		return total, v.end
	}
	if total > 0 {
		total--
		v.last, v.holds = p[total], true
	}
	return total, nil
}

// readOne is Read for one byte: it reads ahead by one to learn of the end.
func (v *verifier) readOne(p []byte) (int, error) {
	var ahead [1]byte
	n, err := v.source.Read(ahead[:])
	v.hasher.Write(ahead[:n])
	given := 0
	if n > 0 {
		if v.holds {
			p[0], given = v.last, 1
		}
		v.last, v.holds = ahead[0], true
	}
	if err != nil {
		v.finish(err)
		if given == 0 {
			return v.drain(p)
		}
	}
	return given, nil
}

// drain gives out the byte kept back, once it is known to be good.
func (v *verifier) drain(p []byte) (int, error) {
	if v.holds && v.end == io.EOF {
		p[0], v.holds = v.last, false
		return 1, v.end
	}
	return 0, v.end
}

// finish sets how the reader ends, the source having ended with err.
func (v *verifier) finish(err error) {
	v.end = err
	if err == io.EOF {
		if got := v.hasher.Sum(); !got.Equal(v.want) {
			v.end = Mismatch("", v.want, got)
		}
	}
	Put(v.hasher)
	v.hasher = nil
}
