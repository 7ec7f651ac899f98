package node_test

import (
	"os"
	"path/filepath"
	"testing"

	"aistore/ais/node"
	"aistore/errs"
	"aistore/internal/check"
)

func TestIncarnationGrowsWithEachStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := node.OpenIdentity(dir, "")
	check.NoError(t, err)
	check.Equal(t, len(first.ID), 9)
	for want := uint64(1); want < 4; want++ {
		check.Equal(t, first.Incarnation, want)
		next, err := node.OpenIdentity(dir, "")
		check.NoError(t, err)
		check.Equal(t, next.ID, first.ID)
		first = next
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, remembered, wanted string
		want                     string
		err                      error
	}{
		{"wanted", "", "my-node_1", "my-node_1", nil},
		{"the same again", "mynode01", "mynode01", "mynode01", nil},
		{"remembered", "mynode01", "", "mynode01", nil},
		{"another than remembered", "mynode01", "mynode02", "", errs.Conflict},
		{"too short", "", "short", "", errs.Invalid},
		{"a digit first", "", "1node0001", "", errs.Invalid},
		{"a slash", "", "node/0001", "", errs.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if test.remembered != "" {
				_, err := node.OpenIdentity(dir, test.remembered)
				check.NoError(t, err)
			}
			got, err := node.OpenIdentity(dir, test.wanted)
			if test.err == nil {
				check.NoError(t, err)
				check.Equal(t, got.ID, test.want)
				return
			}
			check.ErrorIs(t, err, test.err)
			after, err := node.OpenIdentity(dir, "")
			check.NoError(t, err)
			if test.remembered != "" {
				check.Equal(t, after.ID, test.remembered)
				check.Equal(t, after.Incarnation, uint64(2)) // the refused start did not count
			}
		})
	}
}

func TestADamagedIdentityIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := node.OpenIdentity(dir, "mynode01")
	check.NoError(t, err)
	path := filepath.Join(dir, "node.json")
	content, err := os.ReadFile(path)
	check.NoError(t, err)
	content[len(content)/2] ^= 1
	check.NoError(t, os.WriteFile(path, content, 0o644))
	_, err = node.OpenIdentity(dir, "mynode01")
	check.ErrorIs(t, err, errs.Corrupt)
	after, err := os.ReadFile(path)
	check.NoError(t, err)
	check.Equal(t, after, content)
}
