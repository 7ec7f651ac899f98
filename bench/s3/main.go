package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"aistore/bench/measure"
	"aistore/bench/nodes"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/units"
)

func main() {
	measure.Main("bench/s3", func(ctx context.Context, args []string) error { return start(ctx, args, os.Stdout) })
}

// settings are the flags.
type settings struct {
	measure.Settings
	operations []string
	ways       []string
	sizes      []units.Size
	targets    int
	durability string // of the bucket
}

// parseSettings reads the flags. Errors: Invalid.
func parseSettings(args []string) (settings, error) {
	var s settings
	var operations, ways, sizes string
	flags := measure.NewFlags("bench/s3", &s.Settings, 1)
	flags.StringVar(&operations, "ops", "get,put,list", "operations to measure")
	flags.StringVar(&ways, "ways", strings.Join(allWays(), ","), "ways to GET and PUT")
	flags.StringVar(&sizes, "sizes", "4KiB,64KiB,1MiB,16MiB", "object sizes")
	flags.IntVar(&s.targets, "targets", 1, "targets of the cluster")
	flags.StringVar(&s.durability, "durability", "fsync", "of the bucket: fsync or relaxed")
	err := flags.Read(args)
	if err != nil {
		return s, err
	}
	if s.targets < 1 {
		return s, errs.E("bench.parseSettings", "targets", errs.Invalid, errors.New("there must be a target at least"))
	}
	if s.operations, err = measure.Words(operations, opGet, opPut, opList); err != nil {
		return s, err
	}
	if s.ways, err = measure.Words(ways, allWays()...); err != nil {
		return s, err
	}
	s.sizes, err = measure.Sizes(sizes, 1)
	return s, err
}

// start runs the benchmark.
func start(ctx context.Context, args []string, out io.Writer) error {
	s, err := parseSettings(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.Dir, "ais-bench-s3-")
	if err != nil {
		return errs.E("bench.start", s.Dir, errs.Internal, err)
	}
	defer os.RemoveAll(dir)
	c, err := nodes.Start(ctx, nodes.Options{Node: s.Node, Dir: dir, Targets: s.targets})
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
