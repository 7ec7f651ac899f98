package command

import (
	"errors"
	"regexp"

	"github.com/urfave/cli"

	"aistore/errs"
)

// Flags that several commands have. Each is a function: what urfave/cli is
// given is its own.

func yesFlag() cli.Flag { return cli.BoolFlag{Name: "yes, y", Usage: "do not ask"} }

func jsonFlag() cli.Flag { return cli.BoolFlag{Name: "json, j", Usage: "print JSON"} }

func noHeaderFlag() cli.Flag {
	return cli.BoolFlag{Name: "no-headers, H", Usage: "print no headings"}
}

func concurrencyFlag() cli.Flag {
	return cli.IntFlag{Name: "conc", Value: 8, Usage: "how many objects at once"}
}

func progressFlag() cli.Flag {
	return cli.BoolFlag{Name: "progress", Usage: "show progress, also when standard error is no terminal"}
}

func dryRunFlag() cli.Flag {
	return cli.BoolFlag{Name: "dry-run", Usage: "say what would be done, do nothing"}
}

func verboseFlag() cli.Flag { return cli.BoolFlag{Name: "verbose, v", Usage: "name every object"} }

func prefixFlag(usage string) cli.Flag { return cli.StringFlag{Name: "prefix", Usage: usage} }

func templateFlag() cli.Flag {
	return cli.StringFlag{Name: "template", Usage: `names by pattern, as "shard-{000..999}.tar"; without braces, a prefix`}
}

func namesFlag() cli.Flag {
	return cli.StringFlag{Name: "list", Usage: "names, separated by commas"}
}

func continueFlag() cli.Flag {
	return cli.BoolFlag{Name: "cont-on-err", Usage: "go on after an object that cannot be done"}
}

func workersFlag() cli.Flag {
	return cli.IntFlag{Name: "num-workers", Usage: "objects at a time on each disk (default: the cluster's choice)"}
}

func ignoreErrorFlag() cli.Flag {
	return cli.BoolFlag{Name: "ignore-error", Usage: "go on when a bucket exists already, or does not exist"}
}

// flagErrorText says which option did not take its value, and what it takes.
func flagErrorText(c *cli.Context, err error) string {
	match := regexp.MustCompile(`^invalid (?:boolean )?value ("[^"]*") for (?:flag )?-([^:]+):`).FindStringSubmatch(err.Error())
	if match == nil {
		return err.Error()
	}
	text := "option " + dashed(match[2]) + ": " + match[1]
	switch flagNamed(c.Command.Flags, match[2]).(type) {
	case cli.IntFlag:
		return text + " is not a whole number"
	case cli.DurationFlag:
		return text + " is not a time, such as 500ms, 10s or 5m"
	case cli.BoolFlag, cli.BoolTFlag:
		return text + " is neither true nor false"
	}
	return text + " cannot be its value"
}

var (
	errWantBucket = errors.New("names an object, want a bucket")
	errWantObject = errors.New("names a bucket, want BUCKET/OBJECT")
)

// innermost returns the cause of an error that is no wrapper itself.
func innermost(err error) error {
	for {
		e, ok := errors.AsType[*errs.Error](err)
		if !ok || e.Err == nil {
			return publicOr(err)
		}
		err = e.Err
	}
}

// publicOr returns the public sentence of err as an error, or err.
func publicOr(err error) error {
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Public != "" {
		return errors.New(e.Public)
	}
	return err
}
