package fs_test

import (
	"strings"
	"testing"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
)

func TestBucketDirIsOneToOne(t *testing.T) {
	t.Parallel()
	for want, b := range map[string]fs.Bucket{
		"@ais/b":           {Provider: "ais", Name: "b"},
		"@ais/.sys":        {Provider: "ais", Name: ".sys"},
		"@ais/#ns/b":       {Provider: "ais", Namespace: "ns", Name: "b"},
		"@aws/@uuid#ns/b":  {Provider: "aws", UUID: "uuid", Namespace: "ns", Name: "b"},
		"@azure/@uuid#/b_": {Provider: "azure", UUID: "uuid", Name: "b_"},
	} {
		check.NoError(t, b.Validate())
		check.Equal(t, b.Dir(), want)
		back, ok := fs.ParseBucketDir(want)
		check.Equal(t, ok, true)
		check.Equal(t, back, b)
	}
}

func TestParseBucketDirRefusesTheRest(t *testing.T) {
	t.Parallel()
	for _, rel := range []string{
		"", "@ais", "ais/b", "@/b", "@ais/", "@ais/..", "@ais/#ns", "@ais/@uuid/b", "@ais/#/b", "@ais/@#ns/b",
		"@ais/b/%ob", "@ais/#ns/b/c", "@ais/uuid#ns/b", "$trash/x", "@ais/%b", "../@ais/b", "@ais//b", "/@ais/b",
	} {
		b, ok := fs.ParseBucketDir(rel)
		if ok {
			t.Errorf("%q is taken for bucket %+v", rel, b)
		}
	}
}

func TestBucketsThatWouldLeaveTheirPlace(t *testing.T) {
	t.Parallel()
	for _, b := range []fs.Bucket{
		{},
		{Provider: "ais"},
		{Name: "b"},
		{Provider: "ais", Name: ".."},
		{Provider: "ais", Name: "."},
		{Provider: "ais", Name: "a/b"},
		{Provider: "ais", Name: "#ns"},
		{Provider: "ais", Name: "@u#n"},
		{Provider: "ais", Name: "%ob"},
		{Provider: "ais", Name: "a\x00"},
		{Provider: "ais", Name: strings.Repeat("b", 201)},
		{Provider: "../ais", Name: "b"},
		{Provider: "ais", Namespace: "..", Name: "b"},
		{Provider: "ais", Namespace: "a/../..", Name: "b"},
		{Provider: "ais", UUID: "u#v", Name: "b"},
		{Provider: "ais", UUID: strings.Repeat("u", 150), Namespace: strings.Repeat("n", 150), Name: "b"},
	} {
		check.ErrorIs(t, b.Validate(), errs.Invalid)
	}
}

func TestLongestPathFits(t *testing.T) {
	t.Parallel()
	const pathMax, longestRoot = 4096, 512
	part := strings.Repeat("b", 100)
	b := fs.Bucket{Provider: "azure", UUID: part, Namespace: part, Name: strings.Repeat("b", 64)}
	check.NoError(t, b.Validate())
	longest := longestRoot + len("/"+b.Dir()+"/%ob/") + fs.MaxEncoded
	if longest >= pathMax {
		t.Errorf("a path may take %d bytes", longest)
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		err  error
		want errs.Kind
	}{
		{nil, ""},
		{fs.ErrNotExist, errs.NotFound},
		{&fs.PathError{Op: "open", Path: "/a", Err: fs.ErrNotDir}, errs.NotFound},
		{&fs.PathError{Op: "write", Path: "/a", Err: fs.ErrNoSpace}, errs.NoSpace},
		{fs.ErrQuota, errs.NoSpace},
		{fs.ErrExist, errs.Exists},
		{fs.ErrIO, errs.Unavailable},
		{fs.ErrReadOnly, errs.Unavailable},
		{fs.ErrNameTooLong, errs.Invalid},
		{fs.ErrPermission, errs.Forbidden},
		{fs.ErrLocked, errs.Busy},
		{errs.E("a", "b", errs.Corrupt, fs.ErrIO), errs.Corrupt},
		{errs.E("a", "b", "", fs.ErrIO), errs.Unavailable},
		{fs.ErrNoXattr, errs.Internal},
	} {
		check.Equal(t, fs.KindOf(r.err), r.want)
	}
}
