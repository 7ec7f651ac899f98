package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"testing"
	"time"

	"aistore/errs"
	"aistore/internal/check"
)

func TestSettings(t *testing.T) {
	s, err := parseSettings([]string{"-size=1MiB", "-member=1KiB", "-seconds=0.5", "-formats=deflated"})
	check.NoError(t, err)
	check.Equal(t, s.count(), 1024)
	check.Equal(t, s.Duration, 500*time.Millisecond)
	check.Equal(t, s.formats[0].file, "deflated.zip")
	for _, args := range [][]string{{"-size=many"}, {"-member=0"}, {"-size=1KiB", "-member=1MiB"}, {"-rounds=0"}, {"-formats=rar"}, {"-no"}} {
		_, err := parseSettings(args)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestWithoutTheServerToMeasure(t *testing.T) {
	err := start(t.Context(), []string{"-node=" + t.TempDir() + "/missing", "-dir=" + t.TempDir()}, t.Output())
	check.ErrorIs(t, err, errs.NotFound)
}

func TestArchivesHaveTheirMembers(t *testing.T) {
	const members, size = 3, 1001
	for _, f := range formats() {
		var out bytes.Buffer
		check.NoError(t, f.write(&out, members, newSource(size)))
		if f.name == "tar" {
			r := tar.NewReader(&out)
			for i := range members {
				h, err := r.Next()
				check.NoError(t, err)
				check.Equal(t, h.Name, memberName(i))
				check.Equal(t, h.Size, size)
			}
			continue
		}
		r, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		check.NoError(t, err)
		check.Equal(t, len(r.File), members)
		check.Equal(t, r.File[2].Name, memberName(2))
		check.Equal(t, r.File[2].UncompressedSize64, size)
	}
}
