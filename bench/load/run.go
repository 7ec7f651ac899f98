package load

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"aistore/errs"
	"aistore/internal/run"
)

// Operation makes the request number i and returns how many bytes of data it
// moved. A worker calls it from one goroutine.
type Operation func(ctx context.Context, i int64) (int64, error)

// Meter tells how much CPU time a server has used.
type Meter interface {
	CPU() (time.Duration, error)
}

// Options says how hard and how long to work.
type Options struct {
	Duration time.Duration
	Workers  []Operation   // concurrent loops
	Servers  []Meter       // everything that works for these requests
	Next     *atomic.Int64 // number of the next request, continued from sample to sample
}

// Sample is what one run measured.
type Sample struct {
	Requests  int64
	Bytes     int64
	Elapsed   time.Duration
	CPU       time.Duration // of all servers; 0 when not known
	P50, P99  time.Duration // a client's wait for one request
	latencies []time.Duration
}

// Run repeats the operations until the time is over, after one of each that
// is not counted. The first error ends the run.
func Run(ctx context.Context, o Options) (Sample, error) {
	const op = "load.Run"
	warm := func(ctx context.Context, do Operation) error {
		_, err := do(ctx, o.Next.Add(1)-1)
		return err
	}
	if err := run.Each(ctx, len(o.Workers), o.Workers, warm); err != nil {
		return Sample{}, errs.E(op, "warm-up", "", err)
	}
	before, err := spent(o.Servers)
	if err != nil {
		return Sample{}, errs.E(op, "", "", err)
	}
	start := time.Now()
	parts := make([]*Sample, len(o.Workers))
	workers := make([]int, len(o.Workers))
	for i := range workers {
		workers[i], parts[i] = i, new(Sample)
	}
	err = run.Each(ctx, len(workers), workers, func(ctx context.Context, w int) error {
		return loop(ctx, o.Workers[w], o.Next, start.Add(o.Duration), parts[w])
	})
	if err != nil {
		return Sample{}, errs.E(op, "", "", err)
	}
	total := Sample{Elapsed: time.Since(start)}
	after, err := spent(o.Servers)
	if err != nil {
		return Sample{}, errs.E(op, "", "", err)
	}
	total.CPU = after - before
	total.add(parts)
	return total, nil
}

// loop is one worker.
func loop(ctx context.Context, do Operation, next *atomic.Int64, end time.Time, s *Sample) error {
	for begin := time.Now(); begin.Before(end); {
		n, err := do(ctx, next.Add(1)-1)
		if err != nil {
			return err
		}
		now := time.Now()
		s.Requests++
		s.Bytes += n
		s.latencies = append(s.latencies, now.Sub(begin))
		begin = now
	}
	return ctx.Err()
}

// add sums up what the workers did and finds the percentiles.
func (s *Sample) add(parts []*Sample) {
	for _, part := range parts {
		s.Requests += part.Requests
		s.Bytes += part.Bytes
		s.latencies = append(s.latencies, part.latencies...)
	}
	slices.Sort(s.latencies)
	if n := len(s.latencies); n > 0 {
		s.P50, s.P99 = s.latencies[n/2], s.latencies[min(n-1, n*99/100)]
	}
	s.latencies = nil
}

// spent adds up the CPU time of all servers; 0 where the system does not tell.
func spent(servers []Meter) (time.Duration, error) {
	var sum time.Duration
	for _, server := range servers {
		used, err := server.CPU()
		if errs.KindOf(err) == errs.Unsupported {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}
