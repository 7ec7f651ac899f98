package main

import (
	"net/http"
	"net/http/httptest"
	"syscall"
	"time"

	"aistore/bench/load"
	"aistore/errs"
	"aistore/internal/sigv4"
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
