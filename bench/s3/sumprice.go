package main

import (
	"crypto/md5"
	"fmt"
	"slices"
	"time"

	"aistore/bench/load"
	"aistore/bench/measure"
	"aistore/bench/report"
	"aistore/internal/units"
)

// sumPrice is the CPU time of the MD5 of content of a size: in a server under load,
// and in a loop of a process that does nothing else, which is the least that it can be.
type sumPrice struct {
	size             units.Size
	inServer, inLoop time.Duration
}

// priceOf looks up the price in the ways to put content of a size: it is what a native
// PUT costs more that has an MD5 computed instead of the checksum of the bucket, by the
// medians over the rounds, never below zero. False: nothing of that was measured.
func priceOf(all []*measure.Variant) (p sumPrice, found bool, err error) {
	with, without := samplesOf(all, wayMD5), samplesOf(all, wayNative)
	if len(with) == 0 || len(without) == 0 {
		return p, false, nil
	}
	p = sumPrice{size: all[0].Size, inServer: max(0, medianCPU(with)-medianCPU(without))}
	data := make([]byte, p.size)
	p.inLoop, err = price(func() { md5.Sum(data) })
	return p, true, err
}

// samplesOf are the samples of a way, nil if it was not measured.
func samplesOf(all []*measure.Variant, way string) []load.Sample {
	i := slices.IndexFunc(all, func(v *measure.Variant) bool { return v.Variant == way })
	if i < 0 {
		return nil
	}
	return all[i].Samples
}

// medianCPU is the CPU time of one request, the median of all samples.
func medianCPU(samples []load.Sample) time.Duration {
	each := make([]time.Duration, len(samples))
	for i, s := range samples {
		each[i] = s.CPU / time.Duration(max(s.Requests, 1))
	}
	slices.Sort(each)
	n := len(each)
	return (each[(n-1)/2] + each[n/2]) / 2
}

// counted is the price that counts. What lies between two buckets can be lost in what
// else a server does, but less than in a loop it is not.
func (p sumPrice) counted() time.Duration { return max(p.inServer, p.inLoop) }

// rows are the series of S3 without the MD5 of the content.
func (p sumPrice) rows(all []*measure.Variant) []report.Series {
	var rows []report.Series
	for _, v := range all {
		if !isS3(v.Variant) {
			continue
		}
		s := report.Series{Key: v.Key, Baseline: v.Baseline, Compared: v.Compared}
		s.Variant += withoutSum
		for _, sample := range v.Samples {
			sample.CPU = max(0, sample.CPU-time.Duration(sample.Requests)*p.counted())
			s.Samples = append(s.Samples, sample)
		}
		rows = append(rows, s)
	}
	return rows
}

// String says what the MD5 costs, and how that was measured.
func (p sumPrice) String() string {
	text := fmt.Sprintf("MD5 of %v: %v of CPU in the server (%q over %q, medians), %v in a loop alone", p.size,
		p.inServer.Round(10*time.Nanosecond), wayMD5, wayNative, p.inLoop.Round(10*time.Nanosecond))
	if p.inServer < p.inLoop {
		text += ", which counts: the difference is lost in noise"
	}
	return text
}
