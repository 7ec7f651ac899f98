package fstest

import (
	"os"
	"strings"
	"testing"

	"aistore/fs"
	"aistore/internal/check"
)

func attributeRows() []row {
	return []row{
		{"AttributeRoundTrip", attributeRoundTrip},
		{"AttributeMissing", attributeMissing},
		{"AttributeLongerThanTheBuffer", attributeLongerThanTheBuffer},
		{"AttributeTooLong", attributeTooLong},
		{"AttributeOfADirectory", attributeOfADirectory},
		{"AttributeMovesWithTheFile", attributeMovesWithTheFile},
	}
}

const attr = "user.ais.test"

func attributeRoundTrip(t *testing.T, d disk) {
	d.put(t, "a", "x")
	file := d.open(t, "a", os.O_RDWR)
	buf := make([]byte, 2000)
	for _, value := range []string{"one", "", "a\x00b", strings.Repeat("v", 2000)} {
		check.NoError(t, file.SetXattr(attr, []byte(value)))
		n, err := d.GetXattr(d.at("a"), attr, buf)
		check.NoError(t, err)
		check.Equal(t, string(buf[:n]), value)
	}
	check.NoError(t, d.SetXattr(d.at("a"), attr, []byte("two")))
	n, err := file.GetXattr(attr, buf)
	check.NoError(t, err)
	check.Equal(t, string(buf[:n]), "two")
}

func attributeMissing(t *testing.T, d disk) {
	d.put(t, "a", "x")
	file := d.open(t, "a", os.O_RDONLY)
	_, err := file.GetXattr(attr, make([]byte, 9))
	check.ErrorIs(t, err, fs.ErrNoXattr)
	_, err = d.GetXattr(d.at("a"), attr, nil)
	check.ErrorIs(t, err, fs.ErrNoXattr)
	_, err = d.GetXattr(d.at("b"), attr, nil)
	check.ErrorIs(t, err, fs.ErrNotExist)
	check.ErrorIs(t, d.SetXattr(d.at("b"), attr, nil), fs.ErrNotExist)
	_, err = d.GetXattr(d.at("a/b"), attr, nil)
	check.ErrorIs(t, err, fs.ErrNotDir)
}

func attributeLongerThanTheBuffer(t *testing.T, d disk) {
	d.put(t, "a", "x")
	check.NoError(t, d.SetXattr(d.at("a"), attr, []byte("four")))
	_, err := d.GetXattr(d.at("a"), attr, make([]byte, 3))
	check.ErrorIs(t, err, fs.ErrRange)
	n, err := d.GetXattr(d.at("a"), attr, nil)
	check.NoError(t, err)
	check.Equal(t, n, 4)
}

func attributeTooLong(t *testing.T, d disk) {
	d.put(t, "a", "x")
	check.NoError(t, d.SetXattr(d.at("a"), attr, []byte("old")))
	check.Equal(t, d.SetXattr(d.at("a"), attr, make([]byte, 100_000)) != nil, true)
	check.Equal(t, d.SetXattr(d.at("a"), "user."+strings.Repeat("n", 300), nil) != nil, true)
	buf := make([]byte, 9)
	n, err := d.GetXattr(d.at("a"), attr, buf)
	check.NoError(t, err)
	check.Equal(t, string(buf[:n]), "old")
}

func attributeOfADirectory(t *testing.T, d disk) {
	d.mkdir(t, "d")
	check.NoError(t, d.SetXattr(d.at("d"), attr, []byte("value")))
	check.NoError(t, d.SyncDir(d.at("d")))
	n, err := d.GetXattr(d.at("d"), attr, nil)
	check.NoError(t, err)
	check.Equal(t, n, 5)
}

func attributeMovesWithTheFile(t *testing.T, d disk) {
	d.put(t, "a", "x")
	check.NoError(t, d.SetXattr(d.at("a"), attr, []byte("value")))
	d.put(t, "b", "x")
	check.NoError(t, d.Rename(d.at("a"), d.at("b")))
	n, err := d.GetXattr(d.at("b"), attr, nil)
	check.NoError(t, err)
	check.Equal(t, n, 5)
}
