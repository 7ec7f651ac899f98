package command

import (
	"strings"

	"github.com/urfave/cli"

	"aistore/api/wire"
	"aistore/errs"
)

// parseName reads "[provider://]bucket[/object]"; without a provider it is
// ais://.
// Errors: Invalid.
func parseName(arg string) (wire.Bucket, string, error) {
	b, object, err := wire.ParseURI(withProvider(arg))
	if err != nil {
		return b, "", badName(arg, err)
	}
	return b, object, nil
}

// parseBucket is parseName of a bucket alone; a slash at the end does not
// matter.
func parseBucket(arg string) (wire.Bucket, error) {
	b, object, err := parseName(arg)
	if err == nil && object != "" {
		err = badName(arg, errs.E("", "", errs.Invalid, errWantBucket))
	}
	return b, err
}

// parseObject is parseName of an object.
func parseObject(arg string) (wire.Bucket, string, error) {
	b, object, err := parseName(arg)
	if err == nil && object == "" {
		err = badName(arg, errs.E("", "", errs.Invalid, errWantObject))
	}
	return b, object, err
}

// bucketsOf parses every argument as a bucket.
func bucketsOf(c *cli.Context) ([]wire.Bucket, error) {
	var buckets []wire.Bucket
	for _, arg := range c.Args() {
		b, err := parseBucket(arg)
		if err != nil {
			return nil, err
		}
		buckets = append(buckets, b)
	}
	return buckets, nil
}

func withProvider(arg string) string {
	if strings.Contains(arg, "://") {
		return arg
	}
	return "ais://" + arg
}

func badName(arg string, err error) error {
	e := errs.E("parse", arg, errs.Invalid, err)
	e.Public = "\"" + arg + "\": " + innermost(err).Error()
	return e
}
