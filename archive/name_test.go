package archive_test

import (
	"strings"
	"testing"

	"aistore/archive"
	"aistore/errs"
	"aistore/internal/check"
)

func TestFormats(t *testing.T) {
	for _, row := range []struct {
		mime, name, head string
		want             archive.Format
	}{
		{"", "a.tar", "", archive.Tar},
		{"", "a/b.TGZ", "", archive.TarGzip},
		{"", "a.tar.gz", "", archive.TarGzip},
		{"", "x.y.tar.lz4", "", archive.TarLZ4},
		{"", "x.zip", "", archive.Zip},
		{"", ".tar", "", 0},
		{"", "a.tar/b", "", 0},
		{"", "a.gz", "", 0},
		{"tar", "a.zip", "", archive.Tar},
		{".tgz", "a", "", archive.TarGzip},
		{"application/x-tar", "a", "", archive.Tar},
		{"application/gzip", "a", "", archive.TarGzip},
		{"application/x-lz4", "a", "", archive.TarLZ4},
		{"application/zip", "a", "", archive.Zip},
		{"application/pdf", "a.tar", "", 0},
		{"", "a", "\x1f\x8b\x08rest", archive.TarGzip},
		{"", "a", "\x04\x22\x4d\x18", archive.TarLZ4},
		{"", "a", "PK\x03\x04", archive.Zip},
		{"", "a", strings.Repeat("\x00", 257) + "ustar", archive.Tar},
		{"", "a", "plain text", 0},
	} {
		got, err := archive.Detect(row.mime, row.name, []byte(row.head))
		check.Equal(t, got, row.want)
		if row.want == 0 {
			check.ErrorIs(t, err, errs.Invalid)
		}
	}
}

func TestMatchers(t *testing.T) {
	for _, row := range []struct {
		mode          archive.Mode
		pattern, name string
		want          bool
	}{
		{archive.MatchRegexp, `\.jpg$`, "a/b.jpg", true},
		{"", `^b`, "a/b.jpg", false},
		{archive.MatchPrefix, "a/", "a/b.jpg", true},
		{archive.MatchPrefix, "b", "a/b.jpg", false},
		{archive.MatchSuffix, "jpg", "a/b.jpg", true},
		{archive.MatchSubstring, "/b", "a/b.jpg", true},
		{archive.MatchSubstring, "c", "a/b.jpg", false},
		{archive.MatchSampleKey, "a/b", "a/b.seg.png", true},
		{archive.MatchSampleKey, "a/b.seg", "a/b.seg.png", false},
		{archive.MatchSampleKey, "a.d/b", "a.d/b", true},
	} {
		match, err := row.mode.Matcher(row.pattern)
		check.NoError(t, err)
		if got := match(row.name); got != row.want {
			t.Errorf("%s %q on %q: %v", row.mode, row.pattern, row.name, got)
		}
	}
	_, err := archive.Mode("glob").Matcher("*")
	check.ErrorIs(t, err, errs.Invalid)
	_, err = archive.MatchRegexp.Matcher("(")
	check.ErrorIs(t, err, errs.Invalid)
}
