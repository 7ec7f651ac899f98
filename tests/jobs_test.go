package tests_test

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// fill puts n objects into a bucket, named by a format of their number, each with
// its name as content.
func fill(t *testing.T, c *aistest.Cluster, b wire.Bucket, format string, n int) {
	t.Helper()
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf(format, i))
	}
	check.NoError(t, run.Each(t.Context(), 8, names, func(ctx context.Context, name string) error {
		_, err := c.Client().PutBytes(ctx, b, name, []byte(name), api.PutOptions{})
		return err
	}))
}

// listed are the names in a bucket.
func listed(t *testing.T, c *aistest.Cluster, b wire.Bucket) []string {
	t.Helper()
	names := []string{}
	for entry, err := range c.Client().List(t.Context(), b, api.ListOptions{}) {
		check.NoError(t, err)
		names = append(names, entry.Name)
	}
	return names
}

// done waits for a job and returns how many objects it did.
func done(t *testing.T, c *aistest.Cluster, id string, err error) int64 {
	t.Helper()
	check.NoError(t, err)
	shares, err := c.Client().WaitJob(t.Context(), id, api.WaitOptions{})
	check.NoError(t, err)
	var objects int64
	for i := range shares {
		objects += shares[i].Stats.Objects
	}
	return objects
}

func TestDeleteObjectsByListTemplateAndPrefix(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	fill(t, c, b, "o%02d", 40)
	id, err := c.Client().DeleteObjects(t.Context(), b, wire.Selector{Names: []string{"o01", "missing", "o02"}})
	check.Equal(t, done(t, c, id, err), 2)
	id, err = c.Client().DeleteObjects(t.Context(), b, wire.Selector{Template: "o{00..19}"})
	check.Equal(t, done(t, c, id, err), 18)
	id, err = c.Client().DeleteObjects(t.Context(), b, wire.Selector{Template: "o2"})
	check.Equal(t, done(t, c, id, err), 10)
	check.Equal(t, len(listed(t, c, b)), 10)
	id, err = c.Client().DeleteObjects(t.Context(), b, wire.Selector{})
	check.Equal(t, done(t, c, id, err), 10)
	check.Equal(t, listed(t, c, b), []string{})
	_, err = c.Client().EvictObjects(t.Context(), b, wire.Selector{})
	check.ErrorIs(t, err, errs.Invalid)
	_, err = c.Client().DeleteObjects(t.Context(), b, wire.Selector{Names: []string{"a"}, Template: "b"})
	check.ErrorIs(t, err, errs.Invalid)
	_, err = c.Client().DeleteObjects(t.Context(), wire.Bucket{Name: "none", Provider: "ais"}, wire.Selector{})
	check.ErrorIs(t, err, errs.NotFound)
}

func TestCopyBucketAndObjects(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	fill(t, c, b, "dir/o%02d.txt", 30)
	to := wire.Bucket{Name: b.Name + "-copy", Provider: wire.ProviderAIS}
	id, err := c.Client().CopyBucket(t.Context(), b, to, wire.CopyOptions{Prepend: "x/", Ext: map[string]string{"txt": "bak"}})
	check.Equal(t, done(t, c, id, err), 30)
	for i := range 30 {
		text := readAll(t, c, to, fmt.Sprintf("x/dir/o%02d.bak", i))
		check.Equal(t, text, fmt.Sprintf("dir/o%02d.txt", i))
	}
	again := wire.Bucket{Name: b.Name + "-again", Provider: wire.ProviderAIS}
	id, err = c.Client().CopyObjects(t.Context(), b, wire.CopyObjects{Selector: wire.Selector{Template: "dir/o{05..09}.txt"}, To: &again})
	check.Equal(t, done(t, c, id, err), 5)
	check.Equal(t, len(listed(t, c, again)), 5)
	id, err = c.Client().CopyBucket(t.Context(), b, again, wire.CopyOptions{DryRun: true})
	check.Equal(t, done(t, c, id, err), 30)
	check.Equal(t, len(listed(t, c, again)), 5)
}

func readAll(t *testing.T, c *aistest.Cluster, b wire.Bucket, name string) string {
	t.Helper()
	text, _, err := c.Client().GetBytes(t.Context(), b, name, nil, api.GetOptions{})
	check.NoError(t, err)
	return string(text)
}

func TestRenameBucket(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	fill(t, c, b, "o%02d", 40)
	before, err := c.Client().Head(t.Context(), b, "o07")
	check.NoError(t, err)
	to := wire.Bucket{Name: b.Name + "-new", Provider: wire.ProviderAIS}
	id, err := c.Client().RenameBucket(t.Context(), b, to)
	check.Equal(t, done(t, c, id, err), 40)
	_, err = c.Client().HeadBucket(t.Context(), b)
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, len(listed(t, c, to)), 40)
	for i := range 40 {
		name := fmt.Sprintf("o%02d", i)
		check.Equal(t, readAll(t, c, to, name), name)
	}
	after, err := c.Client().Head(t.Context(), to, "o07")
	check.NoError(t, err)
	check.Equal(t, after.Version, before.Version)
	fill(t, c, to, "more%d", 3)
	check.NoError(t, c.Client().CreateBucket(t.Context(), b, nil))
	check.Equal(t, listed(t, c, b), []string{})
}

func TestSummary(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b, other := c.NewBucket(nil), c.NewBucket(nil)
	fill(t, c, b, "a/%03d", 20)
	fill(t, c, b, "b/%010d", 10)
	fill(t, c, other, "%d", 3)
	list, err := c.Client().Summary(t.Context(), b, api.SummaryOptions{})
	check.NoError(t, err)
	check.Equal(t, len(list), 1)
	check.Equal(t, list[0].Count.Present, 30)
	check.Equal(t, list[0].Total.Present, 20*5+10*12)
	check.Equal(t, list[0].Size.Min, 5)
	check.Equal(t, list[0].Size.Max, 12)
	list, err = c.Client().Summary(t.Context(), b, api.SummaryOptions{Prefix: "b/"})
	check.NoError(t, err)
	check.Equal(t, list[0].Count.Present, 10)
	list, err = c.Client().Summary(t.Context(), wire.Bucket{}, api.SummaryOptions{})
	check.NoError(t, err)
	check.Equal(t, len(list), 2)
	_, err = c.Client().Summary(t.Context(), wire.Bucket{Name: "none", Provider: "ais"}, api.SummaryOptions{})
	check.ErrorIs(t, err, errs.NotFound)
}

// While a bucket is renamed it takes no writes, and readers see all of it under
// one name or the other. A target that dies on the way comes back and goes on.
func TestARenameThatATargetInterrupts(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	const objects = 200
	fill(t, c, b, "o%03d", objects)
	to := wire.Bucket{Name: b.Name + "-to", Provider: wire.ProviderAIS}
	id, err := c.Client().RenameBucket(t.Context(), b, to)
	check.NoError(t, err)
	if _, err := c.Client().HeadBucket(t.Context(), b); err == nil {
		_, err = c.Client().PutBytes(t.Context(), b, "o001", []byte("x"), api.PutOptions{})
		if err == nil {
			t.Error("a bucket that is being renamed takes a write")
		}
	}
	c.Kill(c.Target(1))
	c.Restart(c.Target(1))
	c.Settle()
	check.Equal(t, done(t, c, id, nil) >= objects, true)
	names := listed(t, c, to)
	check.Equal(t, len(names), objects)
	for _, name := range names {
		check.Equal(t, readAll(t, c, to, name), name)
	}
	_, err = c.Client().HeadBucket(t.Context(), b)
	check.ErrorIs(t, err, errs.NotFound)
}

// Jobs, their history too, are known after all nodes have started again.
func TestJobHistorySurvives(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	fill(t, c, b, "o%03d", 10)
	id, err := c.Client().DeleteObjects(t.Context(), b, wire.Selector{})
	check.Equal(t, done(t, c, id, err), 10)
	before, err := c.Client().Jobs(t.Context(), wire.JobQuery{ID: id})
	check.NoError(t, err)
	for _, n := range c.Targets() {
		c.Kill(n)
		c.Restart(n)
	}
	c.Settle()
	after, err := c.Client().Jobs(t.Context(), wire.JobQuery{ID: id})
	check.NoError(t, err)
	check.Equal(t, after, before)
	_, err = c.Client().Jobs(t.Context(), wire.JobQuery{ID: "none"})
	check.ErrorIs(t, err, errs.NotFound)
	_, err = c.Client().StartJob(t.Context(), wire.JobStart{Kind: "none"})
	check.ErrorIs(t, err, errs.NotFound)
	check.ErrorIs(t, c.Client().StopJob(t.Context(), wire.JobStart{ID: "none"}), errs.NotFound)
	check.NoError(t, c.Client().StopJob(t.Context(), wire.JobStart{ID: id})) // has ended by itself
}

func TestArchiveObjects(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	fill(t, c, b, "dir/o%02d", 20)
	archive := func(a wire.ArchiveObjects) int64 {
		id, err := c.Client().ArchiveObjects(t.Context(), b, a)
		return done(t, c, id, err)
	}
	check.Equal(t, archive(wire.ArchiveObjects{Selector: wire.Selector{Names: []string{"dir/o03", "dir/o01"}}, Name: "two.tar"}), 2)
	check.Equal(t, membersOf(t, c, b, "two.tar"), []string{"dir/o03", "dir/o01"})
	check.Equal(t, archive(wire.ArchiveObjects{Selector: wire.Selector{Template: "dir/o{05..06}"}, Name: "two.tar", Append: true, BaseNameOnly: true}), 2)
	check.Equal(t, membersOf(t, c, b, "two.tar"), []string{"dir/o03", "dir/o01", "o05", "o06"})
	to := wire.Bucket{Name: b.Name + "-to", Provider: wire.ProviderAIS}
	check.Equal(t, archive(wire.ArchiveObjects{Selector: wire.Selector{Template: "dir/"}, Name: "all.tar", To: &to, InBucketName: true}), 20)
	names := membersOf(t, c, to, "all.tar")
	check.Equal(t, len(names), 20)
	check.Equal(t, names[0], b.Name+"/dir/o00")
	check.Equal(t, archive(wire.ArchiveObjects{Selector: wire.Selector{Names: []string{"dir/o03", "none"}, Continue: true}, Name: "some.tar"}), 1)
	id, err := c.Client().ArchiveObjects(t.Context(), b, wire.ArchiveObjects{Selector: wire.Selector{Names: []string{"dir/o03", "none"}}, Name: "none.tar"})
	check.NoError(t, err)
	_, err = c.Client().WaitJob(t.Context(), id, api.WaitOptions{})
	check.ErrorIs(t, err, errs.Internal)
	_, err = c.Client().Head(t.Context(), b, "none.tar")
	check.ErrorIs(t, err, errs.NotFound)
}

// membersOf are the names in a tar.
func membersOf(t *testing.T, c *aistest.Cluster, b wire.Bucket, name string) []string {
	t.Helper()
	r := tar.NewReader(strings.NewReader(readAll(t, c, b, name)))
	var names []string
	for {
		h, err := r.Next()
		if err == io.EOF {
			return names
		}
		check.NoError(t, err)
		names = append(names, h.Name)
	}
}

func TestPromoteDirectory(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "sub/c", "sub/deep/d"} {
		check.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		check.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644))
	}
	promote := func(p wire.Promotion) {
		p.Source = dir
		id, err := c.Client().Promote(t.Context(), b, p)
		done(t, c, id, err)
	}
	promote(wire.Promotion{Object: "flat"})
	check.Equal(t, listed(t, c, b), []string{"flat/a", "flat/b"})
	promote(wire.Promotion{Recursive: true})
	check.Equal(t, listed(t, c, b), []string{"a", "b", "flat/a", "flat/b", "sub/c", "sub/deep/d"})
	check.Equal(t, readAll(t, c, b, "sub/deep/d"), "sub/deep/d")
	check.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("changed"), 0o644))
	promote(wire.Promotion{})
	check.Equal(t, readAll(t, c, b, "a"), "a")
	promote(wire.Promotion{Recursive: true, Overwrite: true, DeleteSource: true})
	check.Equal(t, readAll(t, c, b, "a"), "changed")
	for _, name := range []string{"a", "sub/deep/d"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	_, err := c.Client().Promote(t.Context(), b, wire.Promotion{Source: "/proc"})
	check.ErrorIs(t, err, errs.Invalid)
}
