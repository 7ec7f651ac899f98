package fstest

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"aistore/fs"
	"aistore/internal/check"
)

func fileRows() []row {
	return []row{
		{"CreateWritesAndReads", createWritesAndReads},
		{"CreateRefusesATakenName", createRefusesATakenName},
		{"OpenOfNothing", openOfNothing},
		{"OpenOfADirectoryFailsAtTheRead", openOfADirectory},
		{"OpenThroughAFile", openThroughAFile},
		{"OpenFileFlags", openFileFlags},
		{"AppendWritesAtTheEnd", appendWritesAtTheEnd},
		{"ReadAtPastTheEnd", readAtPastTheEnd},
		{"SeekAndRead", seekAndRead},
		{"WriteAtLeavesAHole", writeAtLeavesAHole},
		{"WriteNeedsAWritableFile", writeNeedsAWritableFile},
		{"TruncateShrinksAndGrows", truncateShrinksAndGrows},
		{"PreallocateKeepsTheSize", preallocateKeepsTheSize},
		{"LargeWrite", largeWrite},
		{"StatAgreesWithLstat", statAgreesWithLstat},
		{"UseAfterCloseIsRefused", useAfterClose},
		{"RemovedFileStaysReadable", removedFileStaysReadable},
		{"OSFileSharesTheOffset", osFileSharesTheOffset},
		{"SetTimes", setTimes},
	}
}

func createWritesAndReads(t *testing.T, d disk) {
	file, err := d.Create(d.at("a"))
	check.NoError(t, err)
	write(t, file, "hello ")
	write(t, file, "world")
	buf := make([]byte, 5)
	n, err := file.ReadAt(buf, 6)
	check.NoError(t, err)
	check.Equal(t, string(buf[:n]), "world")
	check.NoError(t, file.Sync())
	check.NoError(t, file.Close())
	check.NoError(t, d.SyncDir(d.dir))
	check.Equal(t, d.text(t, "a"), "hello world")
}

func createRefusesATakenName(t *testing.T, d disk) {
	d.put(t, "a", "x")
	d.mkdir(t, "d")
	for _, name := range []string{"a", "d"} {
		_, err := d.Create(d.at(name))
		check.ErrorIs(t, err, fs.ErrExist)
	}
	check.Equal(t, d.text(t, "a"), "x")
}

func openOfNothing(t *testing.T, d disk) {
	_, err := d.Open(d.at("a"))
	check.ErrorIs(t, err, fs.ErrNotExist)
	_, err = d.Open(d.at("a/b"))
	check.ErrorIs(t, err, fs.ErrNotExist)
	_, err = d.Create(d.at("a/b"))
	check.ErrorIs(t, err, fs.ErrNotExist)
	_, err = d.Lstat(d.at("a"))
	check.ErrorIs(t, err, fs.ErrNotExist)
	check.Contains(t, err.Error(), d.at("a"))
}

func openOfADirectory(t *testing.T, d disk) {
	d.mkdir(t, "d")
	file, err := d.Open(d.at("d"))
	check.NoError(t, err)
	_, err = file.Read(make([]byte, 1))
	check.ErrorIs(t, err, fs.ErrIsDir)
	_, err = file.ReadAt(make([]byte, 1), 0)
	check.ErrorIs(t, err, fs.ErrIsDir)
	info, err := file.Stat()
	check.NoError(t, err)
	check.Equal(t, info.Dir, true)
	check.NoError(t, file.Close())

	_, err = d.OpenFile(d.at("d"), os.O_RDWR)
	check.ErrorIs(t, err, fs.ErrIsDir)
}

func openThroughAFile(t *testing.T, d disk) {
	d.put(t, "a", "x")
	_, err := d.Open(d.at("a/b"))
	check.ErrorIs(t, err, fs.ErrNotDir)
	_, err = d.Create(d.at("a/b"))
	check.ErrorIs(t, err, fs.ErrNotDir)
	_, err = d.Lstat(d.at("a/b/c"))
	check.ErrorIs(t, err, fs.ErrNotDir)
}

func openFileFlags(t *testing.T, d disk) {
	_, err := d.OpenFile(d.at("a"), os.O_RDWR)
	check.ErrorIs(t, err, fs.ErrNotExist)
	file := d.open(t, "a", os.O_RDWR|os.O_CREATE)
	write(t, file, "hello")
	file = d.open(t, "a", os.O_RDWR|os.O_CREATE)
	write(t, file, "J")
	check.Equal(t, d.text(t, "a"), "Jello")
	d.open(t, "a", os.O_WRONLY|os.O_TRUNC)
	check.Equal(t, d.text(t, "a"), "")
	_, err = d.OpenFile(d.at("a"), os.O_RDWR|os.O_CREATE|os.O_EXCL)
	check.ErrorIs(t, err, fs.ErrExist)
}

func appendWritesAtTheEnd(t *testing.T, d disk) {
	d.put(t, "a", "one")
	file := d.open(t, "a", os.O_WRONLY|os.O_APPEND)
	write(t, file, "two")
	other := d.open(t, "a", os.O_WRONLY|os.O_APPEND)
	write(t, other, "three")
	write(t, file, "four")
	check.Equal(t, d.text(t, "a"), "onetwothreefour")
}

func readAtPastTheEnd(t *testing.T, d disk) {
	d.put(t, "a", "hello")
	file := d.open(t, "a", os.O_RDONLY)
	for _, r := range []struct {
		off, length int64
		want        string
		err         error
	}{
		{0, 5, "hello", nil},
		{0, 9, "hello", io.EOF},
		{3, 9, "lo", io.EOF},
		{5, 1, "", io.EOF},
		{99, 1, "", io.EOF},
		{2, 0, "", nil},
	} {
		buf := make([]byte, r.length)
		n, err := file.ReadAt(buf, r.off)
		check.Equal(t, string(buf[:n]), r.want)
		check.Equal(t, err == r.err, true)
	}
	_, err := file.ReadAt(make([]byte, 1), -1)
	check.ErrorIs(t, err, syscall.EINVAL)
}

func seekAndRead(t *testing.T, d disk) {
	d.put(t, "a", "hello")
	file := d.open(t, "a", os.O_RDONLY)
	for _, r := range []struct {
		offset int64
		whence int
		want   int64
	}{{1, io.SeekStart, 1}, {2, io.SeekCurrent, 3}, {-2, io.SeekEnd, 3}, {9, io.SeekEnd, 14}} {
		got, err := file.Seek(r.offset, r.whence)
		check.NoError(t, err)
		check.Equal(t, got, r.want)
	}
	n, err := file.Read(make([]byte, 4))
	check.Equal(t, n, 0)
	check.ErrorIs(t, err, io.EOF)
	_, err = file.Seek(-1, io.SeekStart)
	check.ErrorIs(t, err, syscall.EINVAL)
	_, err = file.Seek(3, io.SeekStart)
	check.NoError(t, err)
	text, err := io.ReadAll(file)
	check.NoError(t, err)
	check.Equal(t, string(text), "lo")
}

func writeAtLeavesAHole(t *testing.T, d disk) {
	file := d.open(t, "a", os.O_RDWR|os.O_CREATE)
	n, err := file.WriteAt([]byte("end"), 5)
	check.NoError(t, err)
	check.Equal(t, n, 3)
	check.Equal(t, d.text(t, "a"), "\x00\x00\x00\x00\x00end")
	_, err = file.WriteAt([]byte("x"), -1)
	check.ErrorIs(t, err, syscall.EINVAL)
	write(t, file, "begin")
	check.Equal(t, d.text(t, "a"), "beginend")
}

func writeNeedsAWritableFile(t *testing.T, d disk) {
	d.put(t, "a", "x")
	file := d.open(t, "a", os.O_RDONLY)
	_, err := file.Write([]byte("y"))
	check.ErrorIs(t, err, syscall.EBADF)
	check.Equal(t, file.Truncate(0) != nil, true)
	file = d.open(t, "a", os.O_WRONLY)
	_, err = file.Read(make([]byte, 1))
	check.ErrorIs(t, err, syscall.EBADF)
	check.Equal(t, d.text(t, "a"), "x")
}

func truncateShrinksAndGrows(t *testing.T, d disk) {
	d.put(t, "a", "hello")
	file := d.open(t, "a", os.O_RDWR)
	check.NoError(t, file.Truncate(2))
	check.Equal(t, d.text(t, "a"), "he")
	check.NoError(t, file.Truncate(4))
	check.Equal(t, d.text(t, "a"), "he\x00\x00")
	check.ErrorIs(t, file.Truncate(-1), syscall.EINVAL)
}

func preallocateKeepsTheSize(t *testing.T, d disk) {
	file := d.open(t, "a", os.O_RDWR|os.O_CREATE)
	check.NoError(t, file.Preallocate(1<<16))
	check.NoError(t, file.Preallocate(0))
	info, err := file.Stat()
	check.NoError(t, err)
	check.Equal(t, info.Size, int64(0))
	write(t, file, "x")
	check.NoError(t, file.Truncate(1))
	check.Equal(t, d.text(t, "a"), "x")
}

func largeWrite(t *testing.T, d disk) {
	text := strings.Repeat("0123456789abcdef", 1<<16)
	d.put(t, "a", text)
	check.Equal(t, d.text(t, "a") == text, true)
}

func statAgreesWithLstat(t *testing.T, d disk) {
	d.put(t, "a", "hello")
	file := d.open(t, "a", os.O_RDONLY)
	opened, err := file.Stat()
	check.NoError(t, err)
	named, err := d.Lstat(d.at("a"))
	check.NoError(t, err)
	check.Equal(t, opened, named)
	check.Equal(t, named.Size, int64(5))
	check.Equal(t, named.Regular, true)
	check.Equal(t, named.Dir, false)
	check.Equal(t, named.Mtime.IsZero(), false)

	dir, err := d.Lstat(d.dir)
	check.NoError(t, err)
	check.Equal(t, dir.Dir, true)
	check.Equal(t, dir.Dev, named.Dev)
	check.Equal(t, dir.Inode == named.Inode, false)
}

func useAfterClose(t *testing.T, d disk) {
	file := d.open(t, "a", os.O_RDWR|os.O_CREATE)
	check.NoError(t, file.Close())
	buf := make([]byte, 1)
	for _, use := range []func() error{
		file.Close,
		file.Sync,
		func() error { _, err := file.Read(buf); return err },
		func() error { _, err := file.ReadAt(buf, 0); return err },
		func() error { _, err := file.Write(buf); return err },
		func() error { _, err := file.WriteAt(buf, 0); return err },
		func() error { _, err := file.Seek(0, io.SeekStart); return err },
		func() error { _, err := file.Stat(); return err },
		func() error { return file.Truncate(0) },
		func() error { return file.Preallocate(1) },
		func() error { _, err := file.GetXattr("user.a", buf); return err },
		func() error { return file.SetXattr("user.a", buf) },
	} {
		check.ErrorIs(t, use(), fs.ErrClosed)
	}
	_, ok := file.OSFile()
	check.Equal(t, ok, false)
}

func removedFileStaysReadable(t *testing.T, d disk) {
	d.put(t, "a", "old")
	file := d.open(t, "a", os.O_RDONLY)
	d.put(t, "b", "new")
	check.NoError(t, d.Rename(d.at("b"), d.at("a")))
	text, err := io.ReadAll(file)
	check.NoError(t, err)
	check.Equal(t, string(text), "old")
	check.NoError(t, d.Remove(d.at("a")))
	_, err = file.Stat()
	check.NoError(t, err)
}

func osFileSharesTheOffset(t *testing.T, d disk) {
	d.put(t, "a", "hello")
	file := d.open(t, "a", os.O_RDONLY)
	osFile, ok := file.OSFile()
	if !ok {
		t.Skip("no file of the operating system behind it")
	}
	_, err := file.Seek(2, io.SeekStart)
	check.NoError(t, err)
	text, err := io.ReadAll(osFile)
	check.NoError(t, err)
	check.Equal(t, string(text), "llo")
	again, _ := file.OSFile()
	check.Equal(t, again == osFile, true)
	check.NoError(t, file.Close())
	check.ErrorIs(t, file.Close(), fs.ErrClosed)
	check.ErrorIs(t, osFile.Close(), fs.ErrClosed)
}

func setTimes(t *testing.T, d disk) {
	d.put(t, "a", "x")
	atime, mtime := time.Unix(1e9, 5000), time.Unix(2e9, 7000)
	check.NoError(t, d.SetTimes(d.at("a"), atime, mtime))
	check.NoError(t, d.SetTimes(d.at("a"), time.Time{}, time.Time{}))
	info, err := d.Lstat(d.at("a"))
	check.NoError(t, err)
	check.Equal(t, info.Atime.Equal(atime), true)
	check.Equal(t, info.Mtime.Equal(mtime), true)
	check.ErrorIs(t, d.SetTimes(d.at("b"), atime, mtime), fs.ErrNotExist)
}
