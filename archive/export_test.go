package archive

import "iter"

// ReadBlock reads the members in a block of an index.
func ReadBlock(block []byte, f Format) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		r := memberReader{rest: block, format: f}
		for {
			m, more, err := r.next()
			if !more && err == nil || !yield(m, err) || err != nil {
				return
			}
		}
	}
}
