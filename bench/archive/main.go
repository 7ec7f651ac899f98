package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"aistore/api"
	"aistore/api/wire"
	"aistore/bench/load"
	"aistore/bench/nodes"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/units"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/archive:", err)
		stop()
		os.Exit(errs.KindOf(err).ExitCode())
	}
}

// settings are the flags.
type settings struct {
	size     units.Size // of an archive
	member   units.Size
	rounds   int
	duration time.Duration // of one measurement
	workers  int           // concurrent connections
	formats  []format
	node     string // path of aisnode
	dir      string // parent of the data directory
}

// parseSettings reads the flags. Errors: Invalid.
func parseSettings(args []string) (settings, error) {
	const op = "bench.parseSettings"
	var s settings
	var size, member, names string
	var seconds float64
	flags := flag.NewFlagSet("bench/archive", flag.ContinueOnError)
	flags.StringVar(&size, "size", "1GiB", "bytes of all members of an archive together")
	flags.StringVar(&member, "member", "10KiB", "bytes of a member, and of the object to compare with")
	flags.StringVar(&names, "formats", "tar,stored,deflated", "archives to read from")
	flags.IntVar(&s.rounds, "rounds", 3, "how often each measurement is repeated")
	flags.Float64Var(&seconds, "seconds", 2, "length of one measurement")
	flags.IntVar(&s.workers, "workers", 4, "concurrent connections")
	flags.StringVar(&s.node, "node", "bin/aisnode", "the server to measure")
	flags.StringVar(&s.dir, "dir", os.TempDir(), "where to make the data directory, removed at the end")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(0)
		}
		return s, errs.E(op, "flags", errs.Invalid, err)
	}
	s.duration = time.Duration(seconds * float64(time.Second))
	if s.rounds < 1 || s.workers < 1 || s.duration <= 0 {
		return s, errs.E(op, "flags", errs.Invalid, errors.New("rounds, workers and seconds must be positive"))
	}
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(formats(), func(f format) bool { return f.name == name })
		if i < 0 {
			return s, errs.E(op, name, errs.Invalid, errors.New("formats are tar, stored and deflated"))
		}
		s.formats = append(s.formats, formats()[i])
	}
	for text, to := range map[string]*units.Size{size: &s.size, member: &s.member} {
		n, err := units.ParseSize(text)
		if err != nil {
			return s, errs.E(op, "sizes", "", err)
		}
		*to = n
	}
	if s.member < 1 || s.size < s.member {
		return s, errs.E(op, "sizes", errs.Invalid, errors.New("an archive has a member at least, of a byte at least"))
	}
	return s, nil
}

// start runs the benchmark.
func start(ctx context.Context, args []string, out io.Writer) error {
	const op = "bench.start"
	s, err := parseSettings(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.dir, "ais-bench-archive-")
	if err != nil {
		return errs.E(op, s.dir, errs.Internal, err)
	}
	defer os.RemoveAll(dir)
	c, err := nodes.Start(ctx, nodes.Options{Node: s.node, Dir: dir, Targets: 1})
	if err != nil {
		return err
	}
	defer c.Stop()
	b := &bench{settings: s, cluster: c, dir: dir}
	if err := b.prepare(ctx, out); err != nil {
		return err
	}
	series, err := b.measure(ctx)
	if err != nil {
		return err
	}
	return report.Write(out, report.Rows(series))
}

// bench is a cluster with its archives in place.
type bench struct {
	settings settings
	cluster  *nodes.Cluster
	dir      string
	variants []*variant
}

// variant is something to read again and again.
type variant struct {
	report.Series
	names []string     // request targets
	next  atomic.Int64 // number of the next request, over all rounds
}

const (
	bucketName = "bench-archive"
	objectName = "alone"
	// seedOfOrder makes the order of reads the same in every run.
	seedOfOrder = 1
)

func bucket() wire.Bucket { return wire.Bucket{Name: bucketName, Provider: wire.ProviderAIS} }

// prepare stores an object and the archives, and reads a member of each.
func (b *bench) prepare(ctx context.Context, out io.Writer) error {
	client, err := b.cluster.Client()
	if err != nil {
		return err
	}
	defer client.Close()
	durability := wire.DurabilityRelaxed
	if err := client.CreateBucket(ctx, bucket(), &wire.BucketPropsToSet{Durability: &durability}); err != nil {
		return err
	}
	source := newSource(b.settings.member)
	alone := b.add("object", true)
	for i := range min(b.settings.count(), 256) {
		name := fmt.Sprintf("%s-%d", objectName, i)
		if _, err := client.PutBytes(ctx, bucket(), name, source.next(), api.PutOptions{}); err != nil {
			return err
		}
		alone.names = append(alone.names, target(name, ""))
	}
	for _, f := range b.settings.formats {
		if err := b.store(ctx, client, f, source); err != nil {
			return err
		}
		v := b.add(f.label, false)
		for i := range b.settings.count() {
			v.names = append(v.names, target(f.file, memberName(i)))
		}
		rand.New(rand.NewPCG(seedOfOrder, 0)).Shuffle(len(v.names), func(i, j int) { v.names[i], v.names[j] = v.names[j], v.names[i] })
		began := time.Now()
		if err := b.read(ctx, load.NewClient(), v.names[0]); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s: %d members, first read %v\n", f.label, b.settings.count(), time.Since(began).Round(10*time.Microsecond)); err != nil {
			return errs.E("bench.prepare", f.label, errs.Internal, err)
		}
	}
	return nil
}

// count is how many members an archive has.
func (s settings) count() int { return int(s.size / s.member) }

func memberName(i int) string { return fmt.Sprintf("dir-%03d/%06d.bin", i/1000, i) }

func target(object, member string) string {
	t := "/v1/objects/" + bucketName + "/" + object + "?provider=ais"
	if member != "" {
		t += "&archpath=" + member
	}
	return t
}

func (b *bench) add(label string, baseline bool) *variant {
	v := &variant{Series: report.Series{
		Key:      report.Key{Operation: "GET", Size: b.settings.member, Variant: label},
		Baseline: baseline,
	}}
	b.variants = append(b.variants, v)
	return v
}

// store makes an archive and puts it.
func (b *bench) store(ctx context.Context, client *api.Client, f format, source *source) error {
	const op = "bench.store"
	file, err := os.Create(filepath.Join(b.dir, f.file))
	if err != nil {
		return errs.E(op, f.file, errs.Internal, err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := f.write(file, b.settings.count(), source); err != nil {
		return errs.E(op, f.file, errs.Internal, err)
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return errs.E(op, f.file, errs.Internal, err)
	}
	_, err = client.Put(ctx, bucket(), f.file, file, api.PutOptions{Size: size})
	return err
}

// measure reads all of it, round by round.
func (b *bench) measure(ctx context.Context) ([]report.Series, error) {
	for round := range b.settings.rounds {
		order := slices.Clone(b.variants)
		if round%2 == 1 {
			slices.Reverse(order) // whoever went first goes last
		}
		for _, v := range order {
			if err := b.sample(ctx, v); err != nil {
				return nil, errs.E("bench.sample", v.Variant, "", err)
			}
		}
	}
	var series []report.Series
	for _, v := range b.variants {
		series = append(series, v.Series)
	}
	return series, nil
}

// sample measures once.
func (b *bench) sample(ctx context.Context, v *variant) error {
	o := load.Options{Duration: b.settings.duration, Servers: b.cluster.Meters(), Next: &v.next}
	for range b.settings.workers {
		client := load.NewClient()
		defer client.Close()
		o.Workers = append(o.Workers, func(ctx context.Context, i int64) (int64, error) {
			return int64(b.settings.member), b.read(ctx, client, v.names[i%int64(len(v.names))])
		})
	}
	sample, err := load.Run(ctx, o)
	if err == nil {
		v.Samples = append(v.Samples, sample)
	}
	return err
}

// read reads one member, or the object.
func (b *bench) read(ctx context.Context, client *load.Client, target string) error {
	answer, err := client.Do(ctx, load.Request{Method: "GET", Address: b.cluster.Targets[0].Address, Target: target})
	if err == nil && (answer.Status != 200 || answer.Bytes != int64(b.settings.member)) {
		err = errs.E("bench.read", target, errs.Invalid, fmt.Errorf("status %d with %d bytes", answer.Status, answer.Bytes))
	}
	return err
}
