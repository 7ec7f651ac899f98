package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// window is the number of bytes that a writer may be ahead of what it knows to
// be read.
const window = 64 << 10

// link is one way between two hosts.
type link struct{ cut atomic.Bool }

// pipe is one way of a connection. What its writer does travels over the link
// forward; that bytes were taken, or will never be, travels back.
type pipe struct {
	forward, back *link
	readDeadline  deadline
	writeDeadline deadline

	mu      sync.Mutex
	changed sync.Cond // on mu; any of the below changed

	bytes   []byte // written and not read
	arrived int    // how many of bytes the reader can see
	unknown int    // bytes read of which the writer has not learned

	writerClosed bool
	writerReset  bool // closed, and bytes on the way are lost
	readerClosed bool
	endSeen      bool // the reader knows of writerClosed
	resetSeen    bool // the reader knows of writerReset
	goneSeen     bool // the writer knows of readerClosed
}

func newPipe(forward, back *link) *pipe {
	p := &pipe{forward: forward, back: back}
	p.changed.L = &p.mu
	p.readDeadline.pipe, p.writeDeadline.pipe = p, p
	return p
}

func (p *pipe) read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		p.settleLocked()
		switch {
		case p.readerClosed:
			return 0, net.ErrClosed
		case p.readDeadline.expired():
			return 0, os.ErrDeadlineExceeded
		case p.resetSeen:
			return 0, syscall.ECONNRESET
		case p.arrived > 0 || len(b) == 0:
			return p.takeLocked(b), nil
		case p.endSeen:
			return 0, io.EOF
		}
		p.changed.Wait()
	}
}

func (p *pipe) takeLocked(b []byte) int {
	n := copy(b, p.bytes[:p.arrived])
	p.bytes = p.bytes[n:]
	p.arrived -= n
	p.unknown += n
	p.settleLocked()
	p.changed.Broadcast()
	return n
}

func (p *pipe) write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	written := 0
	for {
		p.settleLocked()
		switch {
		case p.writerClosed:
			return written, net.ErrClosed
		case p.writeDeadline.expired():
			return written, os.ErrDeadlineExceeded
		case p.goneSeen:
			return written, syscall.EPIPE
		case written == len(b):
			return written, nil
		}
		room := window - len(p.bytes) - p.unknown
		if room <= 0 {
			p.changed.Wait()
			continue
		}
		n := min(room, len(b)-written)
		p.bytes = append(p.bytes, b[written:written+n]...)
		written += n
		p.settleLocked()
		p.changed.Broadcast()
	}
}

// closeWriter ends the pipe after what was written.
func (p *pipe) closeWriter() {
	p.update(func() { p.writerClosed = true })
}

// resetWriter ends the pipe and loses what was not read.
func (p *pipe) resetWriter() {
	p.update(func() { p.writerClosed, p.writerReset = true, true })
}

// closeReader says that nothing more will be read.
func (p *pipe) closeReader() {
	p.update(func() { p.readerClosed = true })
}

// settle lets what waited for a link arrive, if it is open now.
func (p *pipe) settle() { p.update(func() {}) }

func (p *pipe) update(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.settleLocked()
	p.changed.Broadcast()
}

func (p *pipe) settleLocked() {
	if !p.forward.cut.Load() {
		p.arrived = len(p.bytes)
		p.endSeen, p.resetSeen = p.writerClosed, p.writerReset
	}
	if !p.back.cut.Load() {
		p.unknown, p.goneSeen = 0, p.readerClosed
	}
}

// deadline is when reads or writes of a pipe give up.
type deadline struct {
	pipe  *pipe
	at    time.Time   // guarded by pipe.mu; zero is never
	timer *time.Timer // guarded by pipe.mu; wakes those who wait; nil is none
}

func (d *deadline) set(at time.Time) {
	d.pipe.mu.Lock()
	defer d.pipe.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at = at
	if wait := time.Until(at); !at.IsZero() && wait > 0 {
		d.timer = time.AfterFunc(wait, d.pipe.settle)
	}
	d.pipe.changed.Broadcast()
}

// expired is for callers that hold pipe.mu.
func (d *deadline) expired() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }
