package tests_test

import (
	"fmt"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// fill puts n objects into a bucket, named by a format of their number, each with
// its name as content.
func fill(t *testing.T, c *aistest.Cluster, b wire.Bucket, format string, n int) {
	t.Helper()
	for i := range n {
		name := fmt.Sprintf(format, i)
		_, err := c.Client().Put(t.Context(), b, name, strings.NewReader(name), api.PutOptions{})
		check.NoError(t, err)
	}
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
