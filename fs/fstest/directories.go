package fstest

import (
	"fmt"
	"slices"
	"testing"

	"aistore/fs"
	"aistore/internal/check"
)

func directoryRows() []row {
	return []row{
		{"MkdirRefusesATakenName", mkdirRefusesATakenName},
		{"RemoveOfAFileAndADirectory", removeOfAFileAndADirectory},
		{"ReadDirTellsKinds", readDirTellsKinds},
		{"ReadDirOfALargeDirectory", readDirOfALargeDirectory},
		{"ReadDirOfNoDirectory", readDirOfNoDirectory},
		{"SyncDirOfNoDirectory", syncDirOfNoDirectory},
		{"SyncAllOfADirectory", syncAllOfADirectory},
		{"RenameReplacesAFile", renameReplacesAFile},
		{"RenameBetweenDirectories", renameBetweenDirectories},
		{"RenameOfADirectory", renameOfADirectory},
		{"RenameRefusals", renameRefusals},
		{"LinkGivesASecondName", linkGivesASecondName},
		{"MakeDirs", makeDirs},
		{"Usage", usage},
	}
}

func mkdirRefusesATakenName(t *testing.T, d disk) {
	d.mkdir(t, "d")
	d.put(t, "a", "x")
	check.ErrorIs(t, d.Mkdir(d.at("d")), fs.ErrExist)
	check.ErrorIs(t, d.Mkdir(d.at("a")), fs.ErrExist)
	check.ErrorIs(t, d.Mkdir(d.at("a/b")), fs.ErrNotDir)
	check.ErrorIs(t, d.Mkdir(d.at("b/c")), fs.ErrNotExist)
}

func removeOfAFileAndADirectory(t *testing.T, d disk) {
	d.mkdir(t, "d")
	d.put(t, "d/a", "x")
	check.ErrorIs(t, d.RemoveDir(d.at("d")), fs.ErrNotEmpty)
	check.ErrorIs(t, d.RemoveDir(d.at("d/a")), fs.ErrNotDir)
	check.NoError(t, d.Remove(d.at("d/a")))
	check.ErrorIs(t, d.Remove(d.at("d")), fs.ErrIsDir)
	check.NoError(t, d.RemoveDir(d.at("d")))
	check.ErrorIs(t, d.Remove(d.at("d")), fs.ErrNotExist)
	check.ErrorIs(t, d.RemoveDir(d.at("d")), fs.ErrNotExist)
	d.put(t, "a", "x")
	check.ErrorIs(t, d.RemoveDir(d.at("a/b")), fs.ErrNotDir)
	check.ErrorIs(t, d.Remove(d.at("a/b")), fs.ErrNotDir)
	check.Equal(t, d.names(t, ""), []string{"a"})
}

func readDirTellsKinds(t *testing.T, d disk) {
	d.mkdir(t, "d")
	d.put(t, "a", "x")
	d.put(t, "%a b\n", "x")
	entries, err := d.ReadDir(d.dir)
	check.NoError(t, err)
	slices.SortFunc(entries, func(a, b fs.Entry) int { return len(a.Name)*8 + int(a.Name[0]) - len(b.Name)*8 - int(b.Name[0]) })
	check.Equal(t, entries, []fs.Entry{
		{Name: "%a b\n", Regular: true},
		{Name: "a", Regular: true},
		{Name: "d", Dir: true},
	})
}

func readDirOfALargeDirectory(t *testing.T, d disk) {
	want := []string{}
	for i := range 700 {
		name := fmt.Sprintf("a-name-of-some-length-%060d", i)
		want = append(want, name)
		d.put(t, name, "")
	}
	check.Equal(t, d.names(t, ""), want)
}

func readDirOfNoDirectory(t *testing.T, d disk) {
	d.put(t, "a", "x")
	_, err := d.ReadDir(d.at("a"))
	check.ErrorIs(t, err, fs.ErrNotDir)
	_, err = d.ReadDir(d.at("b"))
	check.ErrorIs(t, err, fs.ErrNotExist)
	d.mkdir(t, "d")
	entries, err := d.ReadDir(d.at("d"))
	check.NoError(t, err)
	check.Equal(t, len(entries), 0)
}

func syncDirOfNoDirectory(t *testing.T, d disk) {
	d.put(t, "a", "x")
	check.ErrorIs(t, d.SyncDir(d.at("a")), fs.ErrNotDir)
	check.ErrorIs(t, d.SyncDir(d.at("b")), fs.ErrNotExist)
	check.NoError(t, d.SyncDir(d.dir))
}

func syncAllOfADirectory(t *testing.T, d disk) {
	d.put(t, "a", "x")
	check.NoError(t, d.SyncAll(d.dir))
	check.Equal(t, d.names(t, ""), []string{"a"})
	check.ErrorIs(t, d.SyncAll(d.at("b")), fs.ErrNotExist)
	check.ErrorIs(t, d.SyncAll(d.at("a")), fs.ErrNotDir)
}

func renameReplacesAFile(t *testing.T, d disk) {
	d.put(t, "a", "old")
	d.put(t, "b", "new")
	check.NoError(t, d.Rename(d.at("b"), d.at("a")))
	check.Equal(t, d.text(t, "a"), "new")
	check.Equal(t, d.names(t, ""), []string{"a"})
	check.NoError(t, d.Rename(d.at("a"), d.at("a")))
	check.Equal(t, d.text(t, "a"), "new")
}

func renameBetweenDirectories(t *testing.T, d disk) {
	d.mkdir(t, "d")
	d.mkdir(t, "e")
	d.put(t, "d/a", "x")
	check.NoError(t, d.Rename(d.at("d/a"), d.at("e/b")))
	check.Equal(t, d.names(t, "d"), []string{})
	check.Equal(t, d.text(t, "e/b"), "x")
}

func renameOfADirectory(t *testing.T, d disk) {
	d.mkdir(t, "d")
	d.put(t, "d/a", "x")
	check.NoError(t, d.Rename(d.at("d"), d.at("e")))
	check.Equal(t, d.text(t, "e/a"), "x")
	d.mkdir(t, "f")
	check.NoError(t, d.Rename(d.at("e"), d.at("f")))
	check.Equal(t, d.text(t, "f/a"), "x")
	check.Equal(t, d.names(t, ""), []string{"f"})
}

func linkGivesASecondName(t *testing.T, d disk) {
	d.put(t, "a", "text")
	d.mkdir(t, "dir")
	check.NoError(t, d.SetXattr(d.at("a"), "user.ais", []byte("one")))
	check.NoError(t, d.Link(d.at("a"), d.at("dir/b")))
	check.Equal(t, d.text(t, "dir/b"), "text")
	check.NoError(t, d.SetXattr(d.at("a"), "user.ais", []byte("two")))
	var buf [8]byte
	n, err := d.GetXattr(d.at("dir/b"), "user.ais", buf[:])
	check.NoError(t, err)
	check.Equal(t, string(buf[:n]), "two")
	check.ErrorIs(t, d.Link(d.at("a"), d.at("dir/b")), fs.ErrExist)
	check.ErrorIs(t, d.Link(d.at("gone"), d.at("c")), fs.ErrNotExist)
	check.ErrorIs(t, d.Link(d.at("a"), d.at("nowhere/c")), fs.ErrNotExist)
	check.ErrorIs(t, d.Link(d.at("dir"), d.at("c")), fs.ErrNotSupport)
	check.NoError(t, d.Remove(d.at("a")))
	check.Equal(t, d.text(t, "dir/b"), "text")
	d.put(t, "a", "another")
	check.NoError(t, d.Rename(d.at("a"), d.at("dir/b")))
	check.Equal(t, d.text(t, "dir/b"), "another")
}

func renameRefusals(t *testing.T, d disk) {
	d.put(t, "file", "x")
	d.put(t, "other", "y")
	d.mkdir(t, "empty")
	d.mkdir(t, "full")
	d.put(t, "full/a", "z")
	for _, r := range []struct {
		old, new string
		want     error
	}{
		{"file", "empty", fs.ErrIsDir},
		{"file", "full", fs.ErrIsDir},
		{"empty", "file", fs.ErrNotDir},
		{"empty", "full", fs.ErrExist}, // ENOTEMPTY or EEXIST, both are
		{"file", "other/a", fs.ErrNotDir},
		{"file", "missing/a", fs.ErrNotExist},
		{"missing", "a", fs.ErrNotExist},
		{"missing/a", "a", fs.ErrNotExist},
		{"file/a", "a", fs.ErrNotDir},
	} {
		err := d.Rename(d.at(r.old), d.at(r.new))
		check.ErrorIs(t, err, r.want)
		check.Contains(t, err.Error(), d.at(r.new))
	}
	check.Equal(t, d.Rename(d.at("full"), d.at("full/b")) != nil, true)
	check.Equal(t, d.names(t, ""), []string{"empty", "file", "full", "other"})
	check.Equal(t, d.text(t, "file")+d.text(t, "other")+d.text(t, "full/a"), "xyz")
}

func makeDirs(t *testing.T, d disk) {
	created, err := fs.MakeDirs(d, d.dir, "a/b/c")
	check.NoError(t, err)
	check.Equal(t, created, []string{d.at("a"), d.at("a/b"), d.at("a/b/c")})
	created, err = fs.MakeDirs(d, d.dir, "a/b/d")
	check.NoError(t, err)
	check.Equal(t, created, []string{d.at("a/b/d")})
	created, err = fs.MakeDirs(d, d.dir, "a/b")
	check.NoError(t, err)
	check.Equal(t, len(created), 0)
	_, err = fs.MakeDirs(d, d.dir, "")
	check.NoError(t, err)

	d.put(t, "a/file", "x")
	_, err = fs.MakeDirs(d, d.dir, "a/file/x/y")
	check.ErrorIs(t, err, fs.ErrNotDir)
	_, err = fs.MakeDirs(d, d.dir, "a/file")
	check.ErrorIs(t, err, fs.ErrNotDir)
	_, err = fs.MakeDirs(d, d.at("missing"), "a")
	check.ErrorIs(t, err, fs.ErrNotExist)
}

func usage(t *testing.T, d disk) {
	u, err := d.Usage(d.dir)
	check.NoError(t, err)
	check.Equal(t, u.Total > 0 && u.Used >= 0 && u.Available > 0, true)
	check.Equal(t, u.Used+u.Available <= u.Total, true)
	_, err = d.Usage(d.at("missing"))
	check.ErrorIs(t, err, fs.ErrNotExist)
}
