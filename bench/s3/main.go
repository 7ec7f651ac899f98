package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"aistore/bench/nodes"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/units"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/s3:", err)
		stop()
		os.Exit(errs.KindOf(err).ExitCode())
	}
}

// settings are the flags.
type settings struct {
	operations []string
	ways       []string
	sizes      []units.Size
	rounds     int
	duration   time.Duration // of one measurement
	workers    int           // concurrent connections
	targets    int
	node       string // path of aisnode
	dir        string // parent of the data directory
	durability string // of the bucket
}

// parseSettings reads the flags. Errors: Invalid.
func parseSettings(args []string) (settings, error) {
	const op = "bench.parseSettings"
	var s settings
	var operations, ways, sizes string
	var seconds float64
	flags := flag.NewFlagSet("bench/s3", flag.ContinueOnError)
	flags.StringVar(&operations, "ops", "get,put,list", "operations to measure")
	flags.StringVar(&ways, "ways", strings.Join(allWays(), ","), "ways to GET and PUT")
	flags.StringVar(&sizes, "sizes", "4KiB,64KiB,1MiB,16MiB", "object sizes")
	flags.IntVar(&s.rounds, "rounds", 3, "how often each measurement is repeated")
	flags.Float64Var(&seconds, "seconds", 1, "length of one measurement")
	flags.IntVar(&s.workers, "workers", 4, "concurrent connections")
	flags.IntVar(&s.targets, "targets", 1, "targets of the cluster")
	flags.StringVar(&s.node, "node", "bin/aisnode", "the server to measure")
	flags.StringVar(&s.dir, "dir", os.TempDir(), "where to make the data directory, removed at the end")
	flags.StringVar(&s.durability, "durability", "fsync", "of the bucket: fsync or relaxed")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(0)
		}
		return s, errs.E(op, "flags", errs.Invalid, err)
	}
	s.duration = time.Duration(seconds * float64(time.Second))
	if s.rounds < 1 || s.workers < 1 || s.duration <= 0 || s.targets < 1 {
		return s, errs.E(op, "flags", errs.Invalid, errors.New("rounds, workers, targets and seconds must be positive"))
	}
	s.operations = strings.Split(operations, ",")
	for _, name := range s.operations {
		if !slices.Contains([]string{opGet, opPut, opList}, name) {
			return s, errs.E(op, name, errs.Invalid, errors.New("operations are get, put and list"))
		}
	}
	s.ways = strings.Split(ways, ",")
	for _, name := range s.ways {
		if !slices.Contains(allWays(), name) {
			return s, errs.E(op, name, errs.Invalid, errors.New("ways are "+strings.Join(allWays(), ", ")))
		}
	}
	for text := range strings.SplitSeq(sizes, ",") {
		size, err := units.ParseSize(text)
		if err != nil {
			return s, errs.E(op, "sizes", "", err)
		}
		s.sizes = append(s.sizes, size)
	}
	return s, nil
}

// start runs the benchmark.
func start(ctx context.Context, args []string, out io.Writer) error {
	s, err := parseSettings(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.dir, "ais-bench-s3-")
	if err != nil {
		return errs.E("bench.start", s.dir, errs.Internal, err)
	}
	defer os.RemoveAll(dir)
	c, err := nodes.Start(ctx, nodes.Options{Node: s.node, Dir: dir, Targets: s.targets})
	if err != nil {
		return err
	}
	defer c.Stop()
	b, err := newBench(ctx, s, c)
	if err != nil {
		return err
	}
	series, prices, err := b.measure(ctx)
	if err != nil {
		return err
	}
	rows := report.Rows(series)
	likeWithLike(rows)
	if err := report.Write(out, rows); err != nil {
		return errs.E("bench.start", "table", errs.Internal, err)
	}
	for _, p := range prices {
		if _, err := fmt.Fprintln(out, p); err != nil {
			return errs.E("bench.start", "table", errs.Internal, err)
		}
	}
	signature, err := signaturePrice()
	if err != nil {
		return err
	}
	return writeClaims(out, rows, signature)
}
