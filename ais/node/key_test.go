package node_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"aistore/ais/node"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func openKey(t *testing.T, dir string) *node.Key {
	t.Helper()
	k, err := node.OpenKey(dir)
	check.NoError(t, err)
	return k
}

func TestKeyIsKeptForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "cluster.key")
	check.NoError(t, os.WriteFile(path+".new", []byte("left by a crash, for all to read"), 0o644))
	k := openKey(t, dir)
	check.Equal(t, len(k.Bytes()), 0)
	check.NoError(t, k.Create())
	check.Equal(t, len(k.Bytes()), 32)
	info, err := os.Stat(path)
	check.NoError(t, err)
	check.Equal(t, info.Mode().Perm(), os.FileMode(0o600))
	check.Equal(t, openKey(t, dir).Bytes(), k.Bytes())

	other := bytes.Repeat([]byte{7}, 32)
	check.NoError(t, k.Set(other))
	check.Equal(t, k.Bytes(), other)
	check.Equal(t, openKey(t, dir).Bytes(), other)
}

func TestKeyRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	k := openKey(t, dir)
	check.NoError(t, k.Create())
	before := k.Bytes()
	for _, value := range [][]byte{nil, {}, []byte("short"), bytes.Repeat([]byte{1}, 33)} {
		check.ErrorIs(t, k.Set(value), errs.Invalid)
	}
	check.Equal(t, openKey(t, dir).Bytes(), before)
	check.NoError(t, os.WriteFile(filepath.Join(dir, "cluster.key"), []byte("cut"), 0o600))
	_, err := node.OpenKey(dir)
	check.ErrorIs(t, err, errs.Corrupt)
}

func TestKeyThatCannotBeStoredIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	k := openKey(t, dir)
	check.NoError(t, k.Create())
	before := k.Bytes()
	check.NoError(t, os.Mkdir(filepath.Join(dir, "cluster.key.new"), 0o755))
	check.ErrorIs(t, k.Set(bytes.Repeat([]byte{1}, 32)), errs.Internal)
	check.Equal(t, k.Bytes(), before)
	check.Equal(t, openKey(t, dir).Bytes(), before)
}

func TestJoinSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct {
		name, content string
		want          string // "" is an error
	}{
		{"plain", "secret", "secret"},
		{"with a newline", "secret\n", "secret"},
		{"empty", "", ""},
		{"blank", " \n", ""},
	}
	for _, test := range tests {
		cfg := config.Default()
		nodes := config.DefaultIntraCluster()
		nodes.NodeJoinSecretPath = filepath.Join(dir, test.name)
		cfg.Auth.IntraCluster = &nodes
		_, err := node.JoinSecret(&cfg)
		check.ErrorIs(t, err, errs.Invalid) // there is no such file yet
		check.NoError(t, os.WriteFile(nodes.NodeJoinSecretPath, []byte(test.content), 0o600))
		got, err := node.JoinSecret(&cfg)
		check.Equal(t, string(got), test.want)
		check.Equal(t, err == nil, test.want != "")
	}
	cfg := config.Default()
	none, err := node.JoinSecret(&cfg)
	check.NoError(t, err)
	check.Equal(t, len(none), 0)
}
