package fs_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"aistore/fs"
	"aistore/fs/fstest"
	"aistore/internal/check"
)

func TestOS(t *testing.T) {
	t.Parallel()
	fstest.Run(t, func(t *testing.T) (fs.FS, string) { return fs.NewOS(), t.TempDir() })
}

func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	dir, fsys := t.TempDir(), fs.NewOS()
	secret := filepath.Join(dir, "secret")
	link := filepath.Join(dir, "link")
	check.NoError(t, os.WriteFile(secret, []byte("x"), 0o600))
	check.NoError(t, os.Symlink(secret, link))
	_, err := fsys.Open(link)
	check.ErrorIs(t, err, syscall.ELOOP)
	_, err = fsys.OpenFile(link, os.O_RDWR|os.O_CREATE)
	check.ErrorIs(t, err, syscall.ELOOP)
	info, err := fsys.Lstat(link)
	check.NoError(t, err)
	check.Equal(t, info.Regular || info.Dir, false)
	check.NoError(t, fsys.Remove(link))
	_, err = fsys.Lstat(secret)
	check.NoError(t, err)
}

func TestEntriesThatAreNoFiles(t *testing.T) {
	t.Parallel()
	dir, fsys := t.TempDir(), fs.NewOS()
	check.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	check.NoError(t, os.Symlink(dir, filepath.Join(dir, "link")))
	entries, err := fsys.ReadDir(dir)
	check.NoError(t, err)
	check.Equal(t, len(entries), 2)
	for _, entry := range entries {
		check.Equal(t, entry.Dir || entry.Regular, false)
	}
}

func TestOpenOfAPipeDoesNotWait(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	check.NoError(t, syscall.Mkfifo(pipe, 0o600))
	file, err := fs.NewOS().Open(pipe)
	check.NoError(t, err)
	_, err = file.ReadAt(make([]byte, 1), 0)
	check.ErrorIs(t, err, syscall.ESPIPE)
	check.NoError(t, file.Close())
}

// TestDescriptorsAreClosedOnce closes files in all ways and looks whether the
// numbers of later files were closed with them.
func TestDescriptorsAreClosedOnce(t *testing.T) {
	t.Parallel()
	dir, fsys := t.TempDir(), fs.NewOS()
	name := filepath.Join(dir, "a")
	check.NoError(t, os.WriteFile(name, []byte("x"), 0o600))
	for range 50 {
		plain, err := fsys.Open(name)
		check.NoError(t, err)
		taken, err := fsys.Open(name)
		check.NoError(t, err)
		osFile, ok := taken.OSFile()
		check.Equal(t, ok, true)
		check.NoError(t, plain.Close())
		check.NoError(t, taken.Close())
		check.ErrorIs(t, osFile.Close(), fs.ErrClosed)

		next, err := fsys.Open(name)
		check.NoError(t, err)
		check.ErrorIs(t, plain.Close(), fs.ErrClosed)
		check.ErrorIs(t, taken.Close(), fs.ErrClosed)
		check.ErrorIs(t, osFile.Close(), fs.ErrClosed)
		_, err = next.ReadAt(make([]byte, 1), 0)
		check.NoError(t, err)
		check.NoError(t, next.Close())
	}
}

func TestSmallReadAllocates(t *testing.T) {
	fsys := fs.NewOS()
	name := filepath.Join(t.TempDir(), "a")
	check.NoError(t, os.WriteFile(name, []byte(strings.Repeat("x", 4096)), 0o600))
	buf := make([]byte, 4096)
	allocs := testing.AllocsPerRun(100, func() { readSmall(t, fsys, name, buf) })
	if allocs > 2 {
		t.Errorf("open, read and close allocate %v times, want at most 2: path and file", allocs)
	}
}

func readSmall(t testing.TB, fsys fs.FS, name string, buf []byte) {
	file, err := fsys.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.ReadAt(buf, 0); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkOpenReadClose(b *testing.B) {
	fsys := fs.NewOS()
	name := filepath.Join(b.TempDir(), "a")
	check.NoError(b, os.WriteFile(name, make([]byte, 4096), 0o600))
	buf := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		readSmall(b, fsys, name, buf)
	}
}

func BenchmarkCreateWriteXattrRename(b *testing.B) {
	fsys := fs.NewOS()
	dir := b.TempDir()
	work, final := dir+"/work", dir+"/final"
	buf, attr := make([]byte, 4096), make([]byte, 60)
	b.ReportAllocs()
	for b.Loop() {
		file, err := fsys.Create(work)
		check.NoError(b, err)
		_, err = file.Write(buf)
		check.NoError(b, err)
		check.NoError(b, file.SetXattr("user.ais", attr))
		check.NoError(b, file.Close())
		check.NoError(b, fsys.Rename(work, final))
	}
}

func BenchmarkReadDir(b *testing.B) {
	fsys := fs.NewOS()
	dir := b.TempDir()
	for i := range 2000 {
		check.NoError(b, os.WriteFile(filepath.Join(dir, strings.Repeat("n", 20)+string(rune('a'+i%26))+strings.Repeat("m", i/26)), nil, 0o600))
	}
	b.ReportAllocs()
	for b.Loop() {
		entries, err := fsys.ReadDir(dir)
		check.NoError(b, err)
		check.Equal(b, len(entries), 2000)
	}
}
