package main

import (
	"crypto/md5"
	"fmt"
	"net/http"
	"net/http/httptest"
	"syscall"
	"time"

	"aistore/bench/load"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/sigv4"
	"aistore/internal/units"
)

// priceTime is how long a price is looked for.
const priceTime = 200 * time.Millisecond

// spent returns the CPU time of this process so far.
func spent() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, errs.E("bench.spent", "", errs.Unsupported, err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// price is the CPU time of do in this process, which does nothing else meanwhile.
func price(do func()) (time.Duration, error) {
	before, err := spent()
	if err != nil {
		return 0, err
	}
	count, began := 0, time.Now()
	for time.Since(began) < priceTime {
		do()
		count++
	}
	after, err := spent()
	return (after - before) / time.Duration(count), err
}

// sumPrice is the CPU time of the MD5 of content of a size.
func sumPrice(size units.Size) (time.Duration, error) {
	data := make([]byte, size)
	return price(func() { md5.Sum(data) })
}

// apart is a sample without the MD5 of its requests, each of that price.
func apart(s load.Sample, sum time.Duration) load.Sample {
	s.CPU -= time.Duration(s.Requests) * sum
	return s
}

// signaturePrice is the CPU time of the check of a small signed request.
func signaturePrice() (time.Duration, error) {
	k := key{access: "AKIDBENCHMARK", secret: "the secret of a benchmark"}
	r := load.Request{Method: http.MethodGet, Address: "127.0.0.1:51080", Target: "/s3/" + bucketName + "/get-4096-17"}
	request := httptest.NewRequest(r.Method, "http://"+r.Address+r.Target, nil)
	addLines(request.Header, k.sign(&r, false))
	verifier := sigv4.New(func(string) (string, bool) { return k.secret, true }, 0)
	var failure error
	check := func() {
		if _, err := verifier.Verify(request, "", time.Now()); err != nil {
			failure = err
		}
	}
	each, err := price(check)
	if err == nil {
		err = failure
	}
	return each, err
}

// sumRows are the series of PUT without the MD5 of the content, whose price was
// looked for in each round.
func sumRows(all []*variant) []report.Series {
	var rows []report.Series
	for _, v := range all {
		if len(v.sums) == 0 {
			continue
		}
		s := report.Series{Key: v.Key, Baseline: v.Baseline, Compared: v.Compared}
		s.Variant += withoutSum
		for i, sample := range v.Samples {
			s.Samples = append(s.Samples, apart(sample, v.sums[i]))
		}
		rows = append(rows, s)
	}
	return rows
}

// sumText says what the MD5 costs.
func sumText(size units.Size, sum time.Duration) string {
	return fmt.Sprintf("MD5 of %v: %v of CPU (%.0f MiB per CPU second)", size, sum.Round(10*time.Nanosecond),
		float64(size)/float64(units.MiB)/sum.Seconds())
}
