package measure

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

// Settings are the flags that all benchmarks have.
type Settings struct {
	Rounds   int           // how often each measurement is repeated, from 1
	Duration time.Duration // of one measurement, above 0
	Workers  int           // concurrent connections, from 1
	Node     string        // path of aisnode
	Dir      string        // parent of the data directory
}

// Flags read Settings, and whatever else a benchmark adds to them.
type Flags struct {
	*flag.FlagSet
	seconds float64
	to      *Settings
}

// NewFlags makes flags for s, by which one measurement takes that many seconds if
// nothing else is said.
func NewFlags(command string, s *Settings, seconds float64) *Flags {
	f := &Flags{FlagSet: flag.NewFlagSet(command, flag.ContinueOnError), to: s}
	f.IntVar(&s.Rounds, "rounds", 3, "how often each measurement is repeated")
	f.Float64Var(&f.seconds, "seconds", seconds, "length of one measurement")
	f.IntVar(&s.Workers, "workers", 4, "concurrent connections")
	f.StringVar(&s.Node, "node", "bin/aisnode", "the server to measure")
	f.StringVar(&s.Dir, "dir", os.TempDir(), "where to make the data directory, removed at the end")
	return f
}

// Read reads the flags. Asked for help it prints that, and the process ends. Errors:
// Invalid.
func (f *Flags) Read(args []string) error {
	const op = "measure.Read"
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(0)
		}
		return errs.E(op, "flags", errs.Invalid, err)
	}
	f.to.Duration = time.Duration(f.seconds * float64(time.Second))
	if f.to.Rounds < 1 || f.to.Workers < 1 || f.to.Duration <= 0 {
		return errs.E(op, "flags", errs.Invalid, errors.New("rounds, workers and seconds must be positive"))
	}
	return nil
}

// Given tells whether a flag was among the arguments.
func (f *Flags) Given(name string) (given bool) {
	f.Visit(func(one *flag.Flag) { given = given || one.Name == name })
	return given
}

// Words splits a list at commas. Errors: Invalid (a word that is not known).
func Words(list string, known ...string) ([]string, error) {
	got := strings.Split(list, ",")
	for _, word := range got {
		if !slices.Contains(known, word) {
			return nil, errs.E("measure.Words", word, errs.Invalid, fmt.Errorf("want some of %s", strings.Join(known, ",")))
		}
	}
	return got, nil
}

// Sizes splits a list of sizes at commas. Errors: Invalid (no size, or one below
// least bytes).
func Sizes(list string, least units.Size) (sizes []units.Size, err error) {
	for text := range strings.SplitSeq(list, ",") {
		size, err := units.ParseSize(text)
		if err == nil && size < least {
			err = fmt.Errorf("%s is below %d bytes", text, least)
		}
		if err != nil {
			return nil, errs.E("measure.Sizes", "sizes", errs.Invalid, err)
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}
