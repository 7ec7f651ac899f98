package main

import (
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/units"
)

// What S3 is to reach of the native interface, and another node of the owner, in
// requests per CPU second of all nodes. Beside the native interface the MD5 of the
// content is apart: it is the entity tag that S3 demands, and that computes none.
const (
	large = units.MiB // from here on an object is a large one

	leastGet      = 0.8
	leastPut      = 0.65
	leastSigned   = 0.55
	leastSmall    = 0.6
	leastGetOther = 0.4 // of the owner
	leastPutOther = 0.7 // of the owner

	// mostSignature is what the check of a small signed request may cost.
	mostSignature = 20 * time.Microsecond
)

// claim is a ratio that is to be reached.
type claim struct {
	row   report.Row
	base  string // variant that is compared with
	least float64
}

// likeWithLike takes away ratios of what has its MD5 apart to what has not.
func likeWithLike(rows []report.Row) {
	for _, r := range rows {
		maps.DeleteFunc(r.Ratios, func(base string, _ float64) bool {
			return base != wayNative && strings.HasSuffix(base, withoutSum) != strings.HasSuffix(r.Variant, withoutSum)
		})
	}
}

// claims are those of the rows.
func claims(rows []report.Row) (all []claim) {
	for _, r := range rows {
		base, least := "", 0.0
		way, isPut := strings.CutSuffix(r.Variant, withoutSum)
		switch {
		case r.Size == 0: // a list
		case way == wayOther && (r.Size < large || isPut): // the owner computes the MD5, too
		case way == wayOther && strings.HasPrefix(r.Operation, "PUT"):
			base, least = wayS3, leastPutOther
		case way == wayOther:
			base, least = wayS3, leastGetOther
		case strings.HasPrefix(r.Operation, "PUT") != isPut: // of a PUT the row without MD5 counts
		case r.Size < large && way != wayNative:
			base, least = wayNative, leastSmall
		case way == waySigned:
			base, least = wayNative, leastSigned
		case way == wayS3 && isPut:
			base, least = wayNative, leastPut
		case way == wayS3:
			base, least = wayNative, leastGet
		}
		if base != "" {
			all = append(all, claim{row: r, base: base, least: least})
		}
	}
	return all
}

// writeClaims says which claims are met.
func writeClaims(w io.Writer, rows []report.Row, signature time.Duration) error {
	text := &strings.Builder{}
	for _, c := range claims(rows) {
		got := c.row.Ratios[c.base]
		fmt.Fprintf(text, "%s  %s, %s: %.2f of %s, at least %.2f\n", verdict(got >= c.least), c.row.Key, c.row.Variant, got, c.base, c.least)
	}
	fmt.Fprintf(text, "%s  check of a small signed request: %.1fµs of CPU, at most %v\n", verdict(signature < mostSignature), float64(signature)/1000, mostSignature)
	_, err := io.WriteString(w, text.String())
	if err != nil {
		return errs.E("bench.writeClaims", "", errs.Internal, err)
	}
	return nil
}

func verdict(met bool) string {
	if met {
		return "pass"
	}
	return "MISS"
}
