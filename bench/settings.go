package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"aistore/errs"
	"aistore/internal/units"
)

// The operations and the ways to make them, as the flags name them.
const (
	opGet        = "get"
	opHead       = "head"
	opHeadSize   = "head-size"
	opPutFsync   = "put-fsync"
	opPutRelaxed = "put-relaxed"

	wayPlain    = "plain"
	wayDirect   = "direct"
	wayRedirect = "redirect"
	wayAPI      = "api"
)

// settings are the flags.
type settings struct {
	operations []string
	ways       []string
	sizes      []units.Size
	rounds     int
	duration   time.Duration // of one measurement
	workers    int           // concurrent connections
	attribute  int           // length of the extended attribute of B in bytes
	node       string        // path of aisnode
	dir        string        // parent of the data directory
	json       string        // file for the result
}

// parseSettings reads the flags. Errors: Invalid.
func parseSettings(args []string) (settings, error) {
	const op = "bench.parseSettings"
	var s settings
	var operations, ways, sizes string
	var seconds float64
	var short bool
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&operations, "ops", "get,head,head-size,put-fsync,put-relaxed", "operations to measure")
	flags.StringVar(&ways, "ways", "plain,direct,redirect,api", "plain servers and ways into the cluster")
	flags.StringVar(&sizes, "sizes", "4KiB,64KiB,1MiB,16MiB", "object sizes")
	flags.IntVar(&s.rounds, "rounds", 3, "how often each measurement is repeated")
	flags.Float64Var(&seconds, "seconds", 1, "length of one measurement")
	flags.IntVar(&s.workers, "workers", 4, "concurrent connections")
	flags.IntVar(&s.attribute, "attribute", 68, "bytes of the extended attribute that server B sets")
	flags.StringVar(&s.node, "node", "bin/aisnode", "the server to measure")
	flags.StringVar(&s.dir, "dir", os.TempDir(), "where to make the data directory, removed at the end")
	flags.StringVar(&s.json, "json", "", "write the result as JSON to this file, - for standard output")
	flags.BoolVar(&short, "short", false, "a quick look: 4KiB and 1MiB, one round of 0.3 seconds, unless these flags are given")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(0)
		}
		return s, errs.E(op, "flags", errs.Invalid, err)
	}
	if short {
		given := make(map[string]bool)
		flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
		if !given["sizes"] {
			sizes = "4KiB,1MiB"
		}
		if !given["rounds"] {
			s.rounds = 1
		}
		if !given["seconds"] {
			seconds = 0.3
		}
	}
	s.duration = time.Duration(seconds * float64(time.Second))
	if s.rounds < 1 || s.workers < 1 || s.duration <= 0 || s.attribute < 0 {
		return s, errs.E(op, "flags", errs.Invalid, errors.New("rounds, workers and seconds must be positive"))
	}
	var err error
	if s.operations, err = words(operations, opGet, opHead, opHeadSize, opPutFsync, opPutRelaxed); err != nil {
		return s, err
	}
	if s.ways, err = words(ways, wayPlain, wayDirect, wayRedirect, wayAPI); err != nil {
		return s, err
	}
	for text := range strings.SplitSeq(sizes, ",") {
		size, err := units.ParseSize(text)
		if err != nil {
			return s, errs.E(op, "sizes", "", err)
		}
		if size < stampBytes {
			return s, errs.E(op, "sizes", errs.Invalid, fmt.Errorf("%s is below %d bytes", text, stampBytes))
		}
		s.sizes = append(s.sizes, size)
	}
	return s, nil
}

// words splits a list at commas and accepts only known words.
func words(list string, known ...string) ([]string, error) {
	got := strings.Split(list, ",")
	for _, word := range got {
		if !slices.Contains(known, word) {
			return nil, errs.E("bench.words", word, errs.Invalid, fmt.Errorf("want some of %s", strings.Join(known, ",")))
		}
	}
	return got, nil
}

// cluster reports whether aisnode is needed at all.
func (s settings) cluster() bool {
	return slices.ContainsFunc(s.ways, func(way string) bool { return way != wayPlain })
}
