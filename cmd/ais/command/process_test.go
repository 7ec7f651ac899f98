package command_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/api/apitest"
	"aistore/api/wire"
	"aistore/internal/check"
)

func bucket() wire.Bucket { return wire.Bucket{Name: "b", Provider: wire.ProviderAIS} }

func TestStartingClusterIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	var asked atomic.Int32
	s.cluster.Intercept(func(r apitest.Request) bool {
		if asked.Add(1) > 3 {
			return false
		}
		r.W.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	out := s.run(t.Context(), "create", "b")
	check.Equal(t, out, "\"ais://b\" created\n! The cluster at http://host:port is starting, waiting for it\n")
	asked.Store(-1000)
	check.Contains(t, s.run(t.Context(), "ls"), "is not ready")
}

func TestFilesNeverLeaveTheDirectory(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, name := range []string{"/etc/passwd", "a//b", "./x", "x/.", "fine"} {
		s.cluster.Put(bucket(), name, []byte(name))
	}
	out := s.run(t.Context(), "get", "b", "$DIR/out", "--conc", "1")
	check.Contains(t, out, "Error: 4 of 5 objects could not be read")
	check.Contains(t, out, "object ais://b//etc/passwd: its name is no path below a directory")
	check.Equal(t, s.files("out"), "fine: fine\n")
	check.Contains(t, s.run(t.Context(), "get", "ais://b//etc/passwd", "$DIR/passwd"), "=> $DIR/passwd\n")
}

func TestLinksOutOfTheDirectoryAreNotFollowed(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.cluster.Put(bucket(), "link/file", []byte("x"))
	check.NoError(t, os.MkdirAll(filepath.Join(s.dir, "out"), 0o755))
	check.NoError(t, os.MkdirAll(filepath.Join(s.dir, "outside"), 0o755))
	check.NoError(t, os.Symlink(filepath.Join(s.dir, "outside"), filepath.Join(s.dir, "out", "link")))
	out := s.run(t.Context(), "get", "b", "$DIR/out")
	check.Contains(t, out, "exit ")
	check.Equal(t, s.files("outside"), "")
}

func TestNamesThatAreFileAndDirectory(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.cluster.Put(bucket(), "a", []byte("file"))
	s.cluster.Put(bucket(), "a/b", []byte("below"))
	out := s.run(t.Context(), "get", "b", "$DIR/out", "--conc", "1")
	check.Contains(t, out, "object ais://b/a/b needs a directory a, and there is a file of that name")
	check.Contains(t, out, "exit 5")
	check.Equal(t, s.files("out"), "a: file\n")

	out = s.run(t.Context(), "get", "b", "$DIR/other", "--list", "a/b,a", "--conc", "1")
	check.Contains(t, out, "is a directory")
	check.Equal(t, s.files("other"), "a/b: below\n")
}

func TestCorruptObjectLeavesNoFile(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.cluster.Put(bucket(), "o", []byte(strings.Repeat("x", 100_000)))
	s.cluster.Corrupt(bucket(), "o")
	out := s.run(t.Context(), "get", "b/o", "$DIR/o")
	check.Contains(t, out, "checksum mismatch")
	check.Contains(t, out, "exit 7")
	entries, err := os.ReadDir(s.dir)
	check.NoError(t, err)
	check.Equal(t, len(entries), 0)
}

func TestExistingFileIsReplacedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.cluster.Put(bucket(), "o", []byte("new"))
	check.NoError(t, os.WriteFile(filepath.Join(s.dir, "o"), []byte("old"), 0o600))
	check.Equal(t, s.run(t.Context(), "get", "b/o", "$DIR/"), "ais://b/o => $DIR/o\n")
	check.Equal(t, s.files("."), "o: new\n")
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.cluster.Put(bucket(), "o", []byte("x"))
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("signal: interrupt") // what the process gives as the cause
	release := make(chan struct{})
	defer close(release)
	s.cluster.Intercept(func(r apitest.Request) bool {
		if !strings.Contains(r.R.URL.Path, "objects") {
			return false
		}
		cancel(stopped)
		<-release
		return true
	})
	check.Equal(t, s.run(ctx, "get", "b/o", "$DIR/o"), "! Interrupted\nexit 130\n")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	var last atomic.Value
	s.cluster.Intercept(func(r apitest.Request) bool {
		last.Store(r.R.Header.Get("Authorization"))
		return false
	})
	login := filepath.Join(s.dir, "home", ".config", "ais", "cli", "auth.token")
	other := filepath.Join(s.dir, "other")
	check.NoError(t, os.MkdirAll(filepath.Dir(login), 0o700))
	steps := []struct {
		prepare func()
		want    string
	}{
		{func() {}, ""},
		{func() { check.NoError(t, os.WriteFile(login, []byte(`{"token":"one"}`), 0o600)) }, "Bearer one"},
		{func() {
			check.NoError(t, os.WriteFile(other, []byte("two\n"), 0o600))
			s.env["AIS_AUTHN_TOKEN_FILE"] = other
		}, "Bearer two"},
		{func() { s.env["AIS_AUTHN_TOKEN"] = "three" }, "Bearer three"},
	}
	for _, step := range steps {
		step.prepare()
		s.run(t.Context(), "ls")
		check.Equal(t, last.Load().(string), step.want)
	}
	delete(s.env, "AIS_AUTHN_TOKEN")
	s.env["AIS_AUTHN_TOKEN_FILE"] = filepath.Join(s.dir, "nosuch")
	check.Contains(t, s.run(t.Context(), "ls"), "no such file")
}

func TestManyObjects(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for i := range 50 {
		path := filepath.Join(s.dir, "in", string(rune('a'+i%5)), string(rune('A'+i/5)))
		check.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check.NoError(t, os.WriteFile(path, []byte(path), 0o600))
	}
	s.run(t.Context(), "create", "b")
	check.Contains(t, s.run(t.Context(), "put", "-r", "$DIR/in", "b", "--progress"), "Stored 50 objects")
	check.Contains(t, s.run(t.Context(), "get", "b", "$DIR/out", "--progress"), "Read 50 objects")
	check.Equal(t, s.files("out"), s.files("in"))
}
