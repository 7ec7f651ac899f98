package fstest

import (
	"strings"
	"syscall"
	"testing"

	"aistore/fs"
	"aistore/internal/check"
)

func nameRows() []row {
	return []row{
		{"LongNames", longNames},
		{"OddNames", oddNames},
		{"EveryObjectNameHasAPath", everyObjectNameHasAPath},
	}
}

func longNames(t *testing.T, d disk) {
	longest := strings.Repeat("n", 255)
	d.put(t, longest, "x")
	check.Equal(t, d.text(t, longest), "x")
	_, err := d.Create(d.at(longest + "n"))
	check.ErrorIs(t, err, fs.ErrNameTooLong)
	check.ErrorIs(t, d.Rename(d.at(longest), d.at(longest+"n")), fs.ErrNameTooLong)
	_, err = d.Lstat(d.at(strings.Repeat("a/", 2100)))
	check.ErrorIs(t, err, fs.ErrNameTooLong)
}

func oddNames(t *testing.T, d disk) {
	for _, name := range []string{" ", "%", "\\", "\n", "\xff\xfe", "ä", "a:b", "-", "~"} {
		d.put(t, name, name)
		check.Equal(t, d.text(t, name), name)
	}
	_, err := d.Create(d.at("a\x00b"))
	check.ErrorIs(t, err, syscall.EINVAL)
	_, err = d.Open("")
	check.ErrorIs(t, err, fs.ErrNotExist)
}

func everyObjectNameHasAPath(t *testing.T, d disk) {
	for _, name := range []string{
		"a", "/", "//a", "a/./b", ".", strings.Repeat("%", 1024), strings.Repeat("/", 1024),
		strings.Repeat("ä", 512), strings.Repeat("x", 1024), strings.Repeat("ab/", 341),
	} {
		rel, err := fs.Encode(name)
		check.NoError(t, err)
		rel = fs.Beside(rel)
		dir := rel[:max(strings.LastIndexByte(rel, '/'), 0)]
		_, err = fs.MakeDirs(d, d.dir, dir)
		check.NoError(t, err)
		d.put(t, rel, name)
		check.Equal(t, d.text(t, rel), name)
	}
}
