package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aistore/bench/load"
	"aistore/bench/measure"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/sigv4"
	"aistore/internal/units"
)

func TestSettings(t *testing.T) {
	s, err := parseSettings([]string{"-ops=put", "-sizes=1MiB", "-targets=3", "-seconds=0.5"})
	check.NoError(t, err)
	check.Equal(t, s.operations, []string{opPut})
	check.Equal(t, s.sizes, []units.Size{units.MiB})
	check.Equal(t, s.targets, 3)
	check.Equal(t, s.Duration, 500*time.Millisecond)
	for _, args := range [][]string{{"-ops=fly"}, {"-ways=none"}, {"-sizes=many"}, {"-rounds=0"}, {"-targets=0"}, {"-no"}} {
		_, err := parseSettings(args)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestWithoutTheServerToMeasure(t *testing.T) {
	err := start(t.Context(), []string{"-node=" + t.TempDir() + "/missing", "-dir=" + t.TempDir()}, t.Output())
	check.ErrorIs(t, err, errs.NotFound)
}

func TestSignaturesHold(t *testing.T) {
	k := key{access: "AKID", secret: "secret"}
	v := sigv4.New(func(string) (string, bool) { return k.secret, true }, 0)
	for _, content := range []bool{false, true} {
		r := load.Request{Method: http.MethodPut, Address: "host:80", Target: "/s3/b/o?list-type=2&prefix=a%2F", Body: []byte("content")}
		request := httptest.NewRequest(r.Method, "http://"+r.Address+r.Target, strings.NewReader("content"))
		addLines(request.Header, k.sign(&r, content))
		signed, err := v.Verify(request, "", time.Now())
		check.NoError(t, err)
		check.Equal(t, signed.AccessKey, k.access)
	}
}

// TestClaims compares rows with what they are to reach.
func TestClaims(t *testing.T) {
	row := func(operation string, size units.Size, way string, ratios map[string]float64) report.Row {
		return report.Row{Key: report.Key{Operation: operation, Size: size, Variant: way}, Ratios: ratios}
	}
	var out strings.Builder
	check.NoError(t, writeClaims(&out, []report.Row{
		row("GET", 4*units.KiB, wayNative, nil),
		row("GET", 4*units.KiB, wayS3, map[string]float64{wayNative: 0.6}),
		row("GET", 4*units.KiB, wayOther, map[string]float64{wayS3: 0.1}),
		row("GET", units.MiB, wayS3, map[string]float64{wayNative: 0.79}),
		row("GET", units.MiB, wayOther, map[string]float64{wayS3: 0.4}),
		row("PUT fsync", units.MiB, wayS3, map[string]float64{wayNative: 0.1}),
		row("PUT fsync", units.MiB, wayS3+withoutSum, map[string]float64{wayNative: 0.65}),
		row("PUT fsync", units.MiB, waySigned+withoutSum, map[string]float64{wayNative: 0.54}),
		row("PUT fsync", units.MiB, wayOther, map[string]float64{wayNative: 0.1, wayS3: 0.7}),
		row("PUT fsync", units.MiB, wayOther+withoutSum, map[string]float64{wayNative: 0.1, wayS3 + withoutSum: 0.1}),
		row("LIST of 1000", 0, wayS3, map[string]float64{wayNative: 0.5}),
	}, 21*time.Microsecond))
	check.Equal(t, out.String(), `pass  GET 4KiB, s3: 0.60 of native, at least 0.60
MISS  GET 1MiB, s3: 0.79 of native, at least 0.80
pass  GET 1MiB, s3-other: 0.40 of s3, at least 0.40
pass  PUT fsync 1MiB, s3 less MD5: 0.65 of native, at least 0.65
MISS  PUT fsync 1MiB, s3-signed less MD5: 0.54 of native, at least 0.55
pass  PUT fsync 1MiB, s3-other: 0.70 of s3, at least 0.70
MISS  check of a small signed request: 21.0µs of CPU, at most 20µs
`)
}

// TestTheSumIsApart takes the MD5 out of samples: the difference of the medians, unless
// that is less than in a loop.
func TestTheSumIsApart(t *testing.T) {
	sampled := func(way string, size units.Size, each ...time.Duration) *measure.Variant {
		v := &measure.Variant{Series: report.Series{Key: report.Key{Size: size, Variant: way}}}
		for _, cpu := range each {
			v.Samples = append(v.Samples, load.Sample{Requests: 10, CPU: 10 * cpu})
		}
		return v
	}
	const ms = time.Millisecond
	all := []*measure.Variant{
		sampled(wayS3, 1, 100*ms, 90*ms),
		sampled(wayNative, 1, 10*ms, 80*ms, 10*ms, 20*ms), sampled(wayMD5, 1, 50*ms, 40*ms, 90*ms, 60*ms),
	}
	p, found, err := priceOf(all)
	check.NoError(t, err)
	check.Equal(t, found, true)
	check.Equal(t, p.inServer, 40*ms)
	check.Equal(t, p.inLoop > 0 && p.inLoop < ms, true)
	rows := p.rows(all)
	check.Equal(t, len(rows), 1)
	check.Equal(t, rows[0].Variant, wayS3+withoutSum)
	check.Equal(t, rows[0].Samples[0].CPU, 600*ms)
	check.Equal(t, rows[0].Samples[1].CPU, 500*ms)
	check.Equal(t, all[0].Samples[0].CPU, 1000*ms) // which stays as it was

	check.Equal(t, sumPrice{inServer: 3 * ms, inLoop: 2 * ms}.String(),
		`MD5 of 0B: 3ms of CPU in the server ("native, MD5" over "native", medians), 2ms in a loop alone`)

	p.inServer, p.inLoop = 2*ms, 3*ms
	check.Equal(t, p.counted(), 3*ms)
	check.Contains(t, p.String(), "3ms in a loop alone, which counts")
	p.inLoop = 95 * ms
	check.Equal(t, p.rows(all)[0].Samples[1].CPU, 0) // which is not known, rather than below zero

	noise := []*measure.Variant{sampled(wayNative, 1, 20*ms), sampled(wayMD5, 1, 10*ms)}
	p, found, err = priceOf(noise)
	check.NoError(t, err)
	check.Equal(t, found, true)
	check.Equal(t, p.inServer, 0)
	check.Equal(t, p.counted(), p.inLoop)
	_, found, err = priceOf(all[:2])
	check.NoError(t, err)
	check.Equal(t, found, false)
}

// TestSignaturePrice looks the price up.
func TestSignaturePrice(t *testing.T) {
	each, err := signaturePrice()
	check.NoError(t, err)
	check.Equal(t, each > 0, true)
}
