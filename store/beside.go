package store

import (
	"runtime"
	"slices"
	"sync/atomic"

	"aistore/internal/checksum"
	"aistore/internal/run"
)

const (
	// besideFrom is the size in bytes from which sums are computed beside the write:
	// below it handing over costs more than waiting.
	besideFrom = 512 << 10
	// besideBuffers is how many buffers a write has then: one that is filled, one that
	// is summed, and one between them.
	besideBuffers = 3
)

// besides counts the writes whose sums are computed beside them. More than there
// are cores gain nothing: the others compute as they go. The zero value is ready.
type besides struct{ running atomic.Int32 }

func (b *besides) enter() bool {
	if b.running.Add(1) <= int32(runtime.GOMAXPROCS(0)) {
		return true
	}
	b.leave()
	return false
}

func (b *besides) leave() { b.running.Add(-1) }

// isSlow tells whether a sum takes about as long as all the rest of a write.
func isSlow(h *checksum.Hasher) bool {
	switch h.Kind() {
	case checksum.MD5, checksum.SHA1, checksum.SHA256, checksum.SHA512:
		return true
	}
	return false
}

// sumsBeside tells whether the slow sums of w are to be computed beside the write:
// there are some, much content will come, and not enough other writes do so.
func (w *Writer) sumsBeside() bool {
	if w.option.Size < besideFrom || !slices.ContainsFunc(w.hashes, isSlow) {
		return false
	}
	if !w.store.besides.enter() {
		w.store.count.summedAlone.Inc()
		return false
	}
	return true
}

// summing computes the slow sums of a write in a goroutine of its own.
type summing struct {
	writer *Writer
	group  run.Group
	free   chan []byte // besideBuffers: those whose content has been summed; closed by nobody
	full   chan []byte // besideBuffers: all that there are, so that sending never waits; closed by end
}

// sumBeside begins to compute the slow sums of w, with buffers of a size.
func (w *Writer) sumBeside(size int64) *summing {
	s := &summing{writer: w, free: make(chan []byte, besideBuffers), full: make(chan []byte, besideBuffers)}
	for range besideBuffers {
		s.free <- w.store.pool.Get(size)
	}
	w.beside = true
	s.group.Go(s.run)
	return s
}

func (s *summing) run() {
	for content := range s.full {
		for _, h := range s.writer.hashes {
			if isSlow(h) {
				h.Write(content)
			}
		}
		s.free <- content[:cap(content)]
	}
}

// next hands over content to be summed, and returns a buffer for more.
func (s *summing) next(content []byte) []byte {
	s.full <- content
	return <-s.free
}

// end returns when all has been summed. It takes back the last buffer.
func (s *summing) end(last []byte) {
	close(s.full)
	s.group.Wait()
	w := s.writer
	w.store.pool.Put(last)
	for range besideBuffers - 1 {
		w.store.pool.Put(<-s.free)
	}
	w.beside = false
	w.store.besides.leave()
}
