package node_test

import (
	"os"
	"path/filepath"
	"testing"

	"aistore/ais/node"
	"aistore/errs"
	"aistore/internal/check"
)

func TestANodeKeepsItsKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := node.OpenNodeKey(dir)
	check.NoError(t, err)
	again, err := node.OpenNodeKey(dir)
	check.NoError(t, err)
	check.Equal(t, first.Equal(again), true)
	path := filepath.Join(dir, "node.key")
	info, err := os.Stat(path)
	check.NoError(t, err)
	check.Equal(t, info.Mode().Perm(), os.FileMode(0o600))
	other, err := node.OpenNodeKey(t.TempDir())
	check.NoError(t, err)
	check.Equal(t, first.Equal(other), false)

	check.NoError(t, os.WriteFile(path, []byte("short"), 0o600))
	_, err = node.OpenNodeKey(dir)
	check.ErrorIs(t, err, errs.Corrupt)
	check.NoError(t, os.Remove(path))
	check.NoError(t, os.Mkdir(path, 0o755))
	_, err = node.OpenNodeKey(dir)
	check.ErrorIs(t, err, errs.Internal)
}
