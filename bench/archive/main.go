package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aistore/api"
	"aistore/api/wire"
	"aistore/bench/load"
	"aistore/bench/measure"
	"aistore/bench/nodes"
	"aistore/bench/report"
	"aistore/errs"
	"aistore/internal/units"
)

func main() {
	measure.Main("bench/archive", func(ctx context.Context, args []string) error { return start(ctx, args, os.Stdout) })
}

// settings are the flags.
type settings struct {
	measure.Settings
	size    units.Size // of an archive
	member  units.Size
	formats []format
}

// parseSettings reads the flags. Errors: Invalid.
func parseSettings(args []string) (settings, error) {
	const op = "bench.parseSettings"
	var s settings
	var size, member, names string
	flags := measure.NewFlags("bench/archive", &s.Settings, 2)
	flags.StringVar(&size, "size", "1GiB", "bytes of all members of an archive together")
	flags.StringVar(&member, "member", "10KiB", "bytes of a member, and of the object to compare with")
	flags.StringVar(&names, "formats", "tar,stored,deflated", "archives to read from")
	if err := flags.Read(args); err != nil {
		return s, err
	}
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(formats(), func(f format) bool { return f.name == name })
		if i < 0 {
			return s, errs.E(op, name, errs.Invalid, errors.New("formats are tar, stored and deflated"))
		}
		s.formats = append(s.formats, formats()[i])
	}
	for text, to := range map[string]*units.Size{size: &s.size, member: &s.member} {
		n, err := units.ParseSize(text)
		if err != nil {
			return s, errs.E(op, "sizes", "", err)
		}
		*to = n
	}
	if s.member < 1 || s.size < s.member {
		return s, errs.E(op, "sizes", errs.Invalid, errors.New("an archive has a member at least, of a byte at least"))
	}
	return s, nil
}

// start runs the benchmark.
func start(ctx context.Context, args []string, out io.Writer) error {
	const op = "bench.start"
	s, err := parseSettings(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.Dir, "ais-bench-archive-")
	if err != nil {
		return errs.E(op, s.Dir, errs.Internal, err)
	}
	defer os.RemoveAll(dir)
	c, err := nodes.Start(ctx, nodes.Options{Node: s.Node, Dir: dir, Targets: 1})
	if err != nil {
		return err
	}
	defer c.Stop()
	b := &bench{settings: s, cluster: c, dir: dir}
	if err := b.prepare(ctx, out); err != nil {
		return err
	}
	groups := [][]*measure.Variant{b.variants}
	if err := measure.Rounds(ctx, &s.Settings, groups, nil); err != nil {
		return err
	}
	return report.Write(out, report.Rows(measure.Series(groups)))
}

// bench is a cluster with its archives in place.
type bench struct {
	settings settings
	cluster  *nodes.Cluster
	dir      string
	variants []*measure.Variant
}

const (
	bucketName = "bench-archive"
	objectName = "alone"
	// seedOfOrder makes the order of reads the same in every run.
	seedOfOrder = 1
)

func bucket() wire.Bucket { return wire.Bucket{Name: bucketName, Provider: wire.ProviderAIS} }

// prepare stores an object and the archives, and reads a member of each.
func (b *bench) prepare(ctx context.Context, out io.Writer) error {
	client, err := b.cluster.Client()
	if err != nil {
		return err
	}
	defer client.Close()
	durability := wire.DurabilityRelaxed
	if err := client.CreateBucket(ctx, bucket(), &wire.BucketPropsToSet{Durability: &durability}); err != nil {
		return err
	}
	source := newSource(b.settings.member)
	var alone []string
	for i := range min(b.settings.count(), 256) {
		name := fmt.Sprintf("%s-%d", objectName, i)
		if _, err := client.PutBytes(ctx, bucket(), name, source.next(), api.PutOptions{}); err != nil {
			return err
		}
		alone = append(alone, target(name, ""))
	}
	b.add("object", true, alone)
	for _, f := range b.settings.formats {
		if err := b.store(ctx, client, f, source); err != nil {
			return err
		}
		var members []string
		for i := range b.settings.count() {
			members = append(members, target(f.file, memberName(i)))
		}
		rand.New(rand.NewPCG(seedOfOrder, 0)).Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		b.add(f.label, false, members)
		began := time.Now()
		if err := b.read(ctx, load.NewClient(), members[0]); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s: %d members, first read %v\n", f.label, b.settings.count(), time.Since(began).Round(10*time.Microsecond)); err != nil {
			return errs.E("bench.prepare", f.label, errs.Internal, err)
		}
	}
	return nil
}

// count is how many members an archive has.
func (s settings) count() int { return int(s.size / s.member) }

func memberName(i int) string { return fmt.Sprintf("dir-%03d/%06d.bin", i/1000, i) }

func target(object, member string) string {
	t := "/v1/objects/" + bucketName + "/" + object + "?provider=ais"
	if member != "" {
		t += "&archpath=" + member
	}
	return t
}

// add adds something to read again and again.
func (b *bench) add(label string, baseline bool, targets []string) {
	b.variants = append(b.variants, &measure.Variant{
		Series: report.Series{
			Key:      report.Key{Operation: "GET", Size: b.settings.member, Variant: label},
			Baseline: baseline,
		},
		Servers: b.cluster.Meters(),
		Worker: func() (load.Operation, func(), error) {
			client := load.NewClient()
			do := func(ctx context.Context, i int64) (int64, error) {
				return int64(b.settings.member), b.read(ctx, client, targets[i%int64(len(targets))])
			}
			return do, func() { _ = client.Close() }, nil // nothing is lost with it
		},
	})
}

// store makes an archive and puts it.
func (b *bench) store(ctx context.Context, client *api.Client, f format, source *source) error {
	const op = "bench.store"
	file, err := os.Create(filepath.Join(b.dir, f.file))
	if err != nil {
		return errs.E(op, f.file, errs.Internal, err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := f.write(file, b.settings.count(), source); err != nil {
		return errs.E(op, f.file, errs.Internal, err)
	}
	size, err := file.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return errs.E(op, f.file, errs.Internal, err)
	}
	_, err = client.Put(ctx, bucket(), f.file, file, api.PutOptions{Size: size})
	return err
}

// read reads one member, or the object.
func (b *bench) read(ctx context.Context, client *load.Client, target string) error {
	answer, err := client.Do(ctx, load.Request{Method: "GET", Address: b.cluster.Targets[0].Address, Target: target})
	if err == nil && (answer.Status != 200 || answer.Bytes != int64(b.settings.member)) {
		err = errs.E("bench.read", target, errs.Invalid, fmt.Errorf("status %d with %d bytes", answer.Status, answer.Bytes))
	}
	return err
}
