package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"aistore/bench/measure"
	"aistore/bench/report"
	"aistore/errs"
)

func main() { measure.Main("bench", start) }

// start runs the benchmark, or one of the plain servers when a benchmark has
// started this process for that.
func start(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == serveCommand {
		return serve(ctx, args[1:])
	}
	s, err := parseSettings(args)
	if err != nil {
		return err
	}
	began := time.Now()
	rows, err := compare(ctx, s, func(note string) { fmt.Fprintln(os.Stderr, note) })
	if err != nil {
		return err
	}
	if err := report.Write(os.Stdout, rows); err != nil {
		return errs.E("bench.start", "table", errs.Internal, err)
	}
	fmt.Fprintf(os.Stderr, "took %v\n", time.Since(began).Round(time.Second))
	return writeJSON(s.json, rows)
}

// compare starts everything, measures, and stops everything.
func compare(ctx context.Context, s settings, say func(string)) ([]report.Row, error) {
	dir, err := os.MkdirTemp(s.Dir, "ais-bench-")
	if err != nil {
		return nil, errs.E("bench.compare", s.Dir, errs.Internal, err)
	}
	defer os.RemoveAll(dir)
	servers, err := startServers(ctx, s, dir)
	if err != nil {
		return nil, err
	}
	defer servers.stop()
	groups, err := plan(ctx, s, servers)
	if err != nil {
		return nil, err
	}
	return measureAll(ctx, s, groups, say)
}

// writeJSON writes the rows to a file, to the standard output ("-"), or
// nowhere ("").
func writeJSON(path string, rows []report.Row) error {
	const op = "bench.writeJSON"
	var w io.Writer = os.Stdout
	switch path {
	case "":
		return nil
	case "-":
	default:
		f, err := os.Create(path)
		if err != nil {
			return errs.E(op, path, errs.Internal, err)
		}
		defer f.Close()
		w = f
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(rows); err != nil {
		return errs.E(op, path, errs.Internal, err)
	}
	return nil
}
