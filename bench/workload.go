package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"aistore/bench/load"
	"aistore/bench/measure"
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

// workload is one operation at one size, with its data in place.
type workload struct {
	settings  settings
	servers   *servers
	operation string
	size      units.Size
	payload   []byte
	names     []string // of the objects to read; empty for writes
}

// newWorkload makes the payload, and for reads stores the objects on every
// server.
func newWorkload(ctx context.Context, s settings, all *servers, operation string, size units.Size) (*workload, error) {
	w := &workload{settings: s, servers: all, operation: operation, size: size, payload: make([]byte, size)}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(size))
	_, _ = rand.NewChaCha8(seed).Read(w.payload) // never fails
	if w.writes() {
		return w, nil
	}
	for i := range clamp(readSet, size, 4, 256) {
		w.names = append(w.names, fmt.Sprintf("read-%d-%d", size, i))
	}
	return w, w.store(ctx)
}

func (w *workload) writes() bool { return w.operation == opPutFsync || w.operation == opPutRelaxed }

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
	d, err := w.servers.cluster.direct(bucketRelaxed).open()
	if err != nil {
		return errs.E(op, "", "", err)
	}
	defer d.Close()
	for _, name := range w.names {
		if err := d.Put(ctx, name, w.payload); err != nil {
			return errs.E(op, name, "", err)
		}
	}
	return nil
}

// variants lists the ways to make the operation that the settings ask for.
func (w *workload) variants() group {
	var g group
	for _, way := range w.ways() {
		g.variants = append(g.variants, &measure.Variant{
			Series:  report.Series{Key: w.key(way.label), Baseline: way.baseline},
			Servers: way.servers,
			Worker:  func() (load.Operation, func(), error) { return w.worker(way) },
		})
		g.verify = append(g.verify, func(ctx context.Context) error { return w.verify(ctx, way) })
	}
	return g
}

// headOnly reports whether an operation moves no bytes of objects.
func headOnly(operation string) bool { return operation == opHead || operation == opHeadSize }

func (w *workload) key(label string) report.Key {
	titles := map[string]string{opGet: "GET", opHead: "HEAD", opHeadSize: "HEAD size", opPutFsync: "PUT fsync", opPutRelaxed: "PUT relaxed"}
	k := report.Key{Operation: titles[w.operation], Size: w.size, Variant: label}
	if headOnly(w.operation) {
		k.Size = 0
	}
	return k
}

// ways lists the servers to compare.
func (w *workload) ways() []way {
	var list []way
	if slices.Contains(w.settings.ways, wayPlain) {
		list = w.plainWays()
	}
	bucket := bucketRelaxed
	if w.operation == opPutFsync {
		bucket = bucketFsync
	}
	for _, name := range w.settings.ways {
		switch name {
		case wayDirect:
			list = append(list, w.servers.cluster.direct(bucket))
		case wayRedirect:
			list = append(list, w.servers.cluster.redirect(bucket))
		case wayAPI:
			list = append(list, w.servers.cluster.api(bucket))
		}
	}
	return list
}

func (w *workload) plainWays() []way {
	plain := w.servers.plain
	switch w.operation {
	case opGet:
		return []way{plain[kindSendfile].way("A"), plain[kindBuffered].way("A2")}
	case opHead, opHeadSize:
		return []way{plain[kindSendfile].way("H")}
	case opPutFsync:
		return []way{plain[kindDurable].way("B")}
	default:
		return []way{plain[kindUpload].way("B")}
	}
}

// worker opens a connection, and returns the operation that uses it and what closes it.
func (w *workload) worker(way way) (do load.Operation, end func(), err error) {
	d, err := way.open()
	if err != nil {
		return nil, nil, errs.E("bench.worker", way.label, "", err)
	}
	switch {
	case w.writes():
		do = w.writer(d, way.label)
	case w.operation == opHeadSize:
		do = func(ctx context.Context, i int64) (int64, error) { return 0, d.HeadSize(ctx, w.read(i)) }
	case w.operation == opHead:
		do = func(ctx context.Context, i int64) (int64, error) { return 0, d.Head(ctx, w.read(i)) }
	default:
		do = w.reader(d)
	}
	return do, func() { _ = d.Close() }, nil // nothing is lost with it
}

func (w *workload) reader(d door) load.Operation {
	return func(ctx context.Context, i int64) (int64, error) {
		n, err := d.Get(ctx, w.read(i), nil)
		if err == nil && n != int64(w.size) {
			err = errs.E("bench.read", "", errs.Corrupt, fmt.Errorf("%d bytes, want %d", n, w.size))
		}
		return n, err
	}
}

func (w *workload) writer(d door, label string) load.Operation {
	body := bytes.Clone(w.payload)
	return func(ctx context.Context, i int64) (int64, error) {
		binary.LittleEndian.PutUint64(body, uint64(i))
		return int64(len(body)), d.Put(ctx, w.written(label, i), body)
	}
}

// read names the object that request number i reads.
func (w *workload) read(i int64) string { return w.names[i%int64(len(w.names))] }

// written names the object that request number i writes.
func (w *workload) written(label string, i int64) string {
	count := clamp(writeSet, w.size, 4, 1<<20)
	return fmt.Sprintf("put-%s-%d-%d", label, w.size, i%int64(count))
}

// verify reads an object and compares it with the payload, stamp aside.
func (w *workload) verify(ctx context.Context, way way) error {
	const op = "bench.verify"
	name := w.written(way.label, 0)
	if !w.writes() {
		name = w.read(0)
	}
	d, err := way.open()
	if err != nil {
		return errs.E(op, name, "", err)
	}
	defer d.Close()
	var got bytes.Buffer
	if _, err := d.Get(ctx, name, &got); err != nil {
		return errs.E(op, name, "", err)
	}
	if got.Len() != len(w.payload) || !bytes.Equal(got.Bytes()[stampBytes:], w.payload[stampBytes:]) {
		return errs.E(op, way.label+" "+name, errs.Corrupt, errors.New("other bytes than stored"))
	}
	return nil
}
