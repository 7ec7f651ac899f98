package main

import (
	"errors"
	"slices"
	"time"

	"aistore/bench/measure"
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
	measure.Settings
	operations []string
	ways       []string
	sizes      []units.Size
	attribute  int    // length of the extended attribute of B in bytes
	json       string // file for the result
}

// parseSettings reads the flags. Errors: Invalid.
func parseSettings(args []string) (settings, error) {
	var s settings
	var operations, ways, sizes string
	var short bool
	flags := measure.NewFlags("bench", &s.Settings, 1)
	flags.StringVar(&operations, "ops", "get,head,head-size,put-fsync,put-relaxed", "operations to measure")
	flags.StringVar(&ways, "ways", "plain,direct,redirect,api", "plain servers and ways into the cluster")
	flags.StringVar(&sizes, "sizes", "4KiB,64KiB,1MiB,16MiB", "object sizes")
	flags.IntVar(&s.attribute, "attribute", 68, "bytes of the extended attribute that server B sets")
	flags.StringVar(&s.json, "json", "", "write the result as JSON to this file, - for standard output")
	flags.BoolVar(&short, "short", false, "a quick look: 4KiB and 1MiB, one round of 0.3 seconds, unless these flags are given")
	err := flags.Read(args)
	if err != nil {
		return s, err
	}
	if s.attribute < 0 {
		return s, errs.E("bench.parseSettings", "attribute", errs.Invalid, errors.New("a length in bytes cannot be negative"))
	}
	if short && !flags.Given("sizes") {
		sizes = "4KiB,1MiB"
	}
	if short && !flags.Given("rounds") {
		s.Rounds = 1
	}
	if short && !flags.Given("seconds") {
		s.Duration = 300 * time.Millisecond
	}
	if s.operations, err = measure.Words(operations, opGet, opHead, opHeadSize, opPutFsync, opPutRelaxed); err != nil {
		return s, err
	}
	if s.ways, err = measure.Words(ways, wayPlain, wayDirect, wayRedirect, wayAPI); err != nil {
		return s, err
	}
	s.sizes, err = measure.Sizes(sizes, stampBytes)
	return s, err
}

// cluster reports whether aisnode is needed at all.
func (s settings) cluster() bool {
	return slices.ContainsFunc(s.ways, func(way string) bool { return way != wayPlain })
}
