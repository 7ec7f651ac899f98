package memsys

import (
	"context"
	"io/fs"
	"math/bits"
	"os"
	"sync/atomic"
	"time"

	"aistore/errs"
	"aistore/internal/units"
)

// Sizes of slabs, each twice the one before.
const (
	MinBuffer     = 4 * units.KiB
	DefaultBuffer = 32 * units.KiB
	MaxBuffer     = 128 * units.KiB
)

const (
	slabCount      = 6 // 4, 8, 16, 32, 64, 128 KiB
	pressureChecks = 10 * time.Second
	pressedChecks  = time.Second // while the level is High or worse
)

// Options changes a Pool. The zero value suits a node that has the machine or
// container to itself.
type Options struct {
	MaxBytes units.Size    // lent memory beyond which SGLs are refused; 0 is a quarter of all
	MaxIdle  units.Size    // kept for reuse; 0 is a quarter of MaxBytes
	MinFree  units.Size    // free memory of the machine below which pressure is Extreme; 0 is 1.25GiB, at most a tenth of all
	Interval time.Duration // between looks at the machine's memory; 0 is 10s
	Root     fs.FS         // the root directory, for proc and sys; nil is the machine's
}

// Pool lends buffers. It is for any number of goroutines.
type Pool struct {
	options Options
	slabs   [slabCount]slab

	lent      atomic.Int64 // bytes
	idle      atomic.Int64 // bytes
	overflows atomic.Int64
	refused   atomic.Int64

	level    atomic.Int32
	swapUsed atomic.Int64 // bytes, at the last Refresh
}

// New returns a Pool that has looked at the machine's memory once. Where it
// cannot be learned, on systems without /proc, the Pool assumes 4GiB and sees
// no pressure. Errors: Invalid (a negative option).
func New(o Options) (*Pool, error) {
	if o.MaxBytes < 0 || o.MaxIdle < 0 || o.MinFree < 0 || o.Interval < 0 {
		return nil, errs.E("memsys.New", "", errs.Invalid, nil)
	}
	if o.Root == nil {
		o.Root = os.DirFS("/")
	}
	total := 4 * units.GiB
	if memory, err := ReadMemory(o.Root); err == nil {
		total = memory.Total
	}
	o.MaxBytes = orElse(o.MaxBytes, total/4)
	o.MaxIdle = orElse(o.MaxIdle, o.MaxBytes/4)
	o.MinFree = orElse(o.MinFree, min(5*units.GiB/4, total/10))
	o.Interval = orElse(o.Interval, pressureChecks)
	p := &Pool{options: o}
	p.Refresh()
	return p, nil
}

// Get lends a buffer of exactly size bytes, 0 for DefaultBuffer. Give it back
// with Put. Over MaxBuffer it is made for the occasion.
func (p *Pool) Get(size int64) []byte {
	if size <= 0 {
		size = int64(DefaultBuffer)
	}
	if p.lent.Load()+size > int64(p.options.MaxBytes) {
		p.overflows.Add(1)
	}
	if size > int64(MaxBuffer) {
		p.lent.Add(size)
		return make([]byte, size)
	}
	i := slabOf(size)
	p.lent.Add(sizeOf(i))
	if buffer := p.slabs[i].take(); buffer != nil {
		p.idle.Add(-sizeOf(i))
		return buffer[:size]
	}
	return make([]byte, size, sizeOf(i))
}

// Put takes back what Get lent: the slice itself or a part of it from its
// start. Nobody may use the memory afterwards. Nil is fine.
func (p *Pool) Put(buffer []byte) {
	size := int64(cap(buffer))
	if size == 0 {
		return
	}
	p.lent.Add(-size)
	i := slabOf(size)
	if size > int64(MaxBuffer) || sizeOf(i) != size || p.Level() >= High {
		return
	}
	if p.idle.Add(size) > int64(p.options.MaxIdle) {
		p.idle.Add(-size)
		return
	}
	p.slabs[i].give(buffer[:size])
}

// Run looks at the machine's memory from time to time and frees idle buffers,
// until ctx ends.
func (p *Pool) Run(ctx context.Context) error {
	timer := time.NewTimer(p.options.Interval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		p.Refresh()
		timer.Reset(p.nextCheck())
	}
}

// Lent returns the bytes lent and not yet given back.
func (p *Pool) Lent() int64 { return p.lent.Load() }

// Idle returns the bytes kept for reuse.
func (p *Pool) Idle() int64 { return p.idle.Load() }

// Overflows returns how many buffers were lent beyond MaxBytes.
func (p *Pool) Overflows() int64 { return p.overflows.Load() }

// Refused returns how often an SGL was not allowed to grow.
func (p *Pool) Refused() int64 { return p.refused.Load() }

// trim gives idle buffers to the garbage collector: all of them, or those
// that nobody needed since the last trim.
func (p *Pool) trim(level Level) {
	for i := range p.slabs {
		freed := p.slabs[i].trim(level >= High)
		p.idle.Add(-int64(freed) * sizeOf(i))
	}
}

func (p *Pool) nextCheck() time.Duration {
	if p.Level() >= High {
		return min(pressedChecks, p.options.Interval)
	}
	return p.options.Interval
}

// slabOf returns the index of the smallest slab that holds size bytes; size is
// from 1 to MaxBuffer, and beyond that the result means nothing.
func slabOf(size int64) int {
	return min(bits.Len64(uint64(max(size, int64(MinBuffer))-1))-12, slabCount-1)
}

// sizeOf returns the bytes of a buffer of slab i.
func sizeOf(i int) int64 { return int64(MinBuffer) << i }

func orElse[T ~int64](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}
