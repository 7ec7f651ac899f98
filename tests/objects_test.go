package tests

import (
	"errors"
	"slices"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// put stores a payload and returns it.
func put(t *testing.T, c *aistest.Cluster, b wire.Bucket, name string, write uint64, size int) []byte {
	t.Helper()
	data := payload(name, write, size)
	_, err := c.Client().PutBytes(t.Context(), b, name, data, api.PutOptions{})
	check.NoError(t, err)
	return data
}

// get reads an object and returns which write it is of.
func get(t *testing.T, c *aistest.Cluster, b wire.Bucket, name string) uint64 {
	t.Helper()
	data, _, err := c.Client().GetBytes(t.Context(), b, name, nil, api.GetOptions{})
	check.NoError(t, err)
	write, err := checkPayload(name, data)
	check.NoError(t, err)
	return write
}

// missing stops the test unless there is no such object.
func missing(t *testing.T, c *aistest.Cluster, b wire.Bucket, name string) {
	t.Helper()
	_, _, err := c.Client().GetBytes(t.Context(), b, name, nil, api.GetOptions{})
	check.ErrorIs(t, err, errs.NotFound)
	_, err = c.Client().Head(t.Context(), b, name)
	check.ErrorIs(t, err, errs.NotFound)
}

// list returns the names in a bucket, in the order of the pages.
func list(t *testing.T, c *aistest.Cluster, b wire.Bucket, o api.ListOptions) []string {
	t.Helper()
	var names []string
	for entry, err := range c.Client().List(t.Context(), b, o) {
		check.NoError(t, err)
		names = append(names, entry.Name)
	}
	return names
}

// sorted returns names in the order of a listing.
func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

// isKind reports whether err is of one of the kinds.
func isKind(err error, kinds ...errs.Kind) bool {
	return slices.ContainsFunc(kinds, func(k errs.Kind) bool { return errors.Is(err, k) })
}

// patienceOfWriters is how long a client in a loop tries one write.
const patienceOfWriters = 300 * time.Millisecond
