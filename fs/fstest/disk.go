package fstest

import (
	"io"
	"slices"
	"testing"

	"aistore/fs"
	"aistore/internal/check"
)

// disk is the FS under test, with what the claims need in one line.
type disk struct {
	fs.FS
	dir string
}

// at returns the path of name.
func (d disk) at(name string) string { return d.dir + "/" + name }

// put makes the file name with text in it.
func (d disk) put(t *testing.T, name, text string) {
	t.Helper()
	file, err := d.Create(d.at(name))
	check.NoError(t, err)
	write(t, file, text)
	check.NoError(t, file.Close())
}

// text returns what the file name holds.
func (d disk) text(t *testing.T, name string) string {
	t.Helper()
	file, err := d.Open(d.at(name))
	check.NoError(t, err)
	defer func() { check.NoError(t, file.Close()) }()
	text, err := io.ReadAll(file)
	check.NoError(t, err)
	return string(text)
}

func (d disk) mkdir(t *testing.T, name string) {
	t.Helper()
	check.NoError(t, d.Mkdir(d.at(name)))
}

// names returns the sorted entries of directory name.
func (d disk) names(t *testing.T, name string) []string {
	t.Helper()
	entries, err := d.ReadDir(d.at(name))
	check.NoError(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name)
	}
	slices.Sort(names)
	return names
}

// open opens name with flags and closes it with the test.
func (d disk) open(t *testing.T, name string, flag int) fs.File {
	t.Helper()
	file, err := d.OpenFile(d.at(name), flag)
	check.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func write(t *testing.T, w io.Writer, text string) {
	t.Helper()
	n, err := io.WriteString(w, text)
	check.NoError(t, err)
	check.Equal(t, n, len(text))
}
