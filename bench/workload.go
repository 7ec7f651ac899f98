package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"aistore/bench/load"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/units"
)

const (
	// readSet is how much data is read over and over: it stays in memory.
	readSet = 64 * units.MiB
	// writeSet is how much data a variant writes before it overwrites.
	writeSet = 128 * units.MiB
	// stampBytes begin every body that is written: the number of the
	// request, so that no two bodies are alike.
	stampBytes = 8
)

// endpoint is a server that takes raw HTTP requests.
type endpoint struct {
	label    string
	baseline bool
	address  string
	prefix   string // of the request target, before the object name
	suffix   string // after it
	follow   bool
	servers  []load.Meter
}

func (e endpoint) request(method, name string) load.Request {
	return load.Request{Method: method, Address: e.address, Target: e.prefix + name + e.suffix, Follow: e.follow}
}

// workload is one operation at one size, with its data in place.
type workload struct {
	settings  settings
	servers   *servers
	operation string
	size      units.Size
	payload   []byte
	names     []string // of the objects to read
}

// newWorkload makes the payload, and for reads stores the objects on every
// server.
func newWorkload(ctx context.Context, s settings, all *servers, operation string, size units.Size) (*workload, error) {
	w := &workload{settings: s, servers: all, operation: operation, size: size, payload: make([]byte, size)}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(size))
	_, _ = rand.NewChaCha8(seed).Read(w.payload) // never fails
	if operation != opGet && operation != opHead {
		return w, nil
	}
	for i := range clamp(readSet, size, 4, 256) {
		w.names = append(w.names, fmt.Sprintf("read-%d-%d", size, i))
	}
	return w, w.store(ctx)
}

// store writes the objects to read.
func (w *workload) store(ctx context.Context) error {
	const op = "bench.store"
	if plain := w.servers.plain[kindSendfile]; plain != nil {
		for _, name := range w.names {
			if err := os.WriteFile(filepath.Join(plain.dir, name), w.payload, 0o644); err != nil {
				return errs.E(op, name, errs.Internal, err)
			}
		}
	}
	if w.servers.cluster == nil {
		return nil
	}
	client := load.NewClient()
	defer client.Close()
	target := w.servers.cluster.direct(bucketRelaxed)
	for _, name := range w.names {
		r := target.request(http.MethodPut, name)
		r.Body = w.payload
		if err := want(client.Do(ctx, r)); err != nil {
			return errs.E(op, name, "", err)
		}
	}
	return nil
}

// variants lists the ways to make the operation that the settings ask for.
func (w *workload) variants() group {
	var g group
	for _, e := range w.endpoints() {
		v := &variant{servers: e.servers}
		v.Series = report.Series{Key: w.key(e.label), Baseline: e.baseline}
		switch w.operation {
		case opGet, opHead:
			v.worker = func() (load.Operation, io.Closer) { return w.reader(e) }
			v.verify = func(ctx context.Context) error { return w.verify(ctx, e, w.names[0]) }
		default:
			v.worker = func() (load.Operation, io.Closer) { return w.writer(e) }
			v.verify = func(ctx context.Context) error { return w.verify(ctx, e, w.written(e.label, 0)) }
		}
		g = append(g, v)
	}
	return g
}

func (w *workload) key(label string) report.Key {
	titles := map[string]string{opGet: "GET", opHead: "HEAD", opPutFsync: "PUT fsync", opPutRelaxed: "PUT relaxed"}
	k := report.Key{Operation: titles[w.operation], Size: w.size, Variant: label}
	if w.operation == opHead {
		k.Size = 0
	}
	return k
}

// endpoints lists the raw ways in.
func (w *workload) endpoints() []endpoint {
	var list []endpoint
	if slices.Contains(w.settings.ways, wayPlain) {
		switch w.operation {
		case opGet:
			list = append(list, w.servers.plain[kindSendfile].endpoint("A"), w.servers.plain[kindBuffered].endpoint("A2"))
		case opHead:
			list = append(list, w.servers.plain[kindSendfile].endpoint("H"))
		case opPutFsync:
			list = append(list, w.servers.plain[kindDurable].endpoint("B"))
		case opPutRelaxed:
			list = append(list, w.servers.plain[kindUpload].endpoint("B"))
		}
	}
	if slices.Contains(w.settings.ways, wayDirect) {
		list = append(list, w.servers.cluster.direct(w.bucket()))
	}
	if slices.Contains(w.settings.ways, wayRedirect) {
		list = append(list, w.servers.cluster.redirect(w.bucket()))
	}
	return list
}

func (w *workload) bucket() string {
	if w.operation == opPutFsync {
		return bucketFsync
	}
	return bucketRelaxed
}

// reader returns an operation that reads the objects in turn.
func (w *workload) reader(e endpoint) (load.Operation, io.Closer) {
	method, expect := http.MethodGet, int64(w.size)
	if w.operation == opHead {
		method, expect = http.MethodHead, 0
	}
	requests := make([]load.Request, len(w.names))
	for i, name := range w.names {
		requests[i] = e.request(method, name)
	}
	client := load.NewClient()
	return func(ctx context.Context, i int64) (int64, error) {
		answer, err := client.Do(ctx, requests[i%int64(len(requests))])
		if err == nil && answer.Bytes != expect {
			err = errs.E("bench.read", "", errs.Corrupt, fmt.Errorf("%d bytes, want %d", answer.Bytes, expect))
		}
		return answer.Bytes, want(answer, err)
	}, client
}

// writer returns an operation that writes object after object.
func (w *workload) writer(e endpoint) (load.Operation, io.Closer) {
	client := load.NewClient()
	body := bytes.Clone(w.payload)
	return func(ctx context.Context, i int64) (int64, error) {
		binary.LittleEndian.PutUint64(body, uint64(i))
		r := e.request(http.MethodPut, w.written(e.label, i))
		r.Body = body
		return int64(len(body)), want(client.Do(ctx, r))
	}, client
}

// written names the object that request number i writes.
func (w *workload) written(label string, i int64) string {
	count := clamp(writeSet, w.size, 4, 1<<20)
	return fmt.Sprintf("put-%s-%d-%d", label, w.size, i%int64(count))
}

// verify reads an object and compares it with the payload, stamp aside.
func (w *workload) verify(ctx context.Context, e endpoint, name string) error {
	const op = "bench.verify"
	client := load.NewClient()
	defer client.Close()
	var got bytes.Buffer
	answer, err := client.Read(ctx, e.request(http.MethodGet, name), &got)
	if err := want(answer, err); err != nil {
		return errs.E(op, name, "", err)
	}
	if got.Len() != len(w.payload) || !bytes.Equal(got.Bytes()[stampBytes:], w.payload[stampBytes:]) {
		return errs.E(op, e.label+" "+name, errs.Corrupt, errors.New("other bytes than stored"))
	}
	return nil
}

// want turns an answer that is not a success into an error.
func want(answer load.Response, err error) error {
	if err == nil && answer.Status/100 != 2 {
		err = errs.E("bench.want", "", errs.Invalid, fmt.Errorf("status %d", answer.Status))
	}
	return err
}
