package api_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"aistore/api"
	"aistore/api/apitest"
	"aistore/errs"
	"aistore/internal/check"
)

func destination(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "o"))
	check.NoError(t, err)
	t.Cleanup(func() { check.NoError(t, f.Close()) })
	return f
}

func TestDownloadInParts(t *testing.T) {
	cluster, c := start(t, 1, 2)
	for _, test := range []struct {
		size, part int
		gets       int32
	}{
		{0, 10, 1},
		{10, 10, 1},
		{11, 10, 2},
		{100, 10, 10},
		{1_000_001, 100_000, 11},
	} {
		var gets atomic.Int32
		cluster.Intercept(func(r apitest.Request) bool {
			if r.R.Method == http.MethodGet && len(r.R.URL.Path) > len("/v1/objects/") && r.R.URL.Path[:len("/v1/objects/")] == "/v1/objects/" {
				gets.Add(1)
			}
			return false
		})
		data := content(test.size)
		cluster.Put(bucket(), "o", data)
		f := destination(t)
		o, err := c.Download(t.Context(), bucket(), "o", f, api.DownloadOptions{Part: int64(test.part), Workers: 3})
		check.NoError(t, err)
		check.Equal(t, o.Size, int64(test.size))
		check.Equal(t, gets.Load(), test.gets)
		got, err := os.ReadFile(f.Name())
		check.NoError(t, err)
		if !bytes.Equal(got, data) {
			t.Errorf("%d bytes in parts of %d: the file has other bytes", test.size, test.part)
		}
	}
}

func TestDownloadIsOfOneObject(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Put(bucket(), "o", content(100))
	var gets atomic.Int32
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method == http.MethodGet && r.R.Header.Get("Range") != "" && gets.Add(1) == 3 {
			cluster.Put(bucket(), "o", bytes.Repeat([]byte("x"), 100))
		}
		return false
	})
	_, err := c.Download(t.Context(), bucket(), "o", destination(t), api.DownloadOptions{Part: 10, Workers: 1})
	check.ErrorIs(t, err, errs.Conflict)
}

func TestDownloadFindsDamage(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Put(bucket(), "o", content(100))
	cluster.Corrupt(bucket(), "o")
	_, err := c.Download(t.Context(), bucket(), "o", destination(t), api.DownloadOptions{Part: 10})
	check.ErrorIs(t, err, errs.Corrupt)
	_, err = c.Download(t.Context(), bucket(), "o", destination(t), api.DownloadOptions{Part: 10, SkipVerify: true})
	check.NoError(t, err)
	_, err = c.Download(t.Context(), bucket(), "none", destination(t), api.DownloadOptions{})
	check.ErrorIs(t, err, errs.NotFound)
}
