package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/api"
	"aistore/api/apitest"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
)

// stream hides what a reader can do beyond Read.
type stream struct{ io.Reader }

func TestPutBodies(t *testing.T) {
	big := content(3 << 20)
	file := filepath.Join(t.TempDir(), "file")
	check.NoError(t, os.WriteFile(file, big, 0o600))
	open := func() *os.File {
		f, err := os.Open(file)
		check.NoError(t, err)
		t.Cleanup(func() { f.Close() })
		return f
	}
	middle := open()
	_, err := middle.Seek(1<<20, io.SeekStart)
	check.NoError(t, err)
	tests := []struct {
		name string
		body io.Reader
		size int64
		want []byte
	}{
		{"nothing", nil, 0, nil},
		{"empty", strings.NewReader(""), 0, nil},
		{"bytes", bytes.NewReader(big), 0, big},
		{"buffer", bytes.NewBuffer(big), 0, big},
		{"file", open(), 0, big},
		{"file from the middle", middle, 0, big[1<<20:]},
		{"small stream", stream{bytes.NewReader(big[:100])}, 0, big[:100]},
		{"small stream of known size", stream{bytes.NewReader(big[:100])}, 100, big[:100]},
		{"large stream", stream{bytes.NewReader(big)}, 0, big},
		{"large stream of known size", stream{bytes.NewReader(big)}, int64(len(big)), big},
		{"stream as large as the first read", stream{bytes.NewReader(big[:64<<10])}, 0, big[:64<<10]},
	}
	for _, viaProxy := range []bool{false, true} {
		cluster := apitest.Start(t, apitest.Options{Targets: 2})
		c := newClient(t, cluster, api.Options{ViaProxy: viaProxy})
		check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
		for _, test := range tests {
			if seeker, ok := test.body.(io.Seeker); ok && viaProxy && test.name != "file from the middle" {
				_, err := seeker.Seek(0, io.SeekStart)
				check.NoError(t, err)
			}
			if s, ok := test.body.(stream); ok {
				_, _ = s.Reader.(*bytes.Reader).Seek(0, io.SeekStart)
			}
			_, err := c.Put(t.Context(), bucket(), "o", test.body, api.PutOptions{Size: test.size})
			if err != nil {
				t.Fatalf("%s, via proxy %v: %v", test.name, viaProxy, err)
			}
			got, _ := cluster.Object(bucket(), "o")
			if !bytes.Equal(got, test.want) {
				t.Errorf("%s, via proxy %v: got %d bytes, want %d", test.name, viaProxy, len(got), len(test.want))
			}
		}
		_, err := c.PutFile(t.Context(), bucket(), "f", file, api.PutOptions{Compute: checksum.XXHash2})
		check.NoError(t, err)
		got, _ := cluster.Object(bucket(), "f")
		check.Equal(t, bytes.Equal(got, big), true)
	}
}

func TestPutReturnsVersion(t *testing.T) {
	_, c := start(t, 1, 1)
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	for _, version := range []string{"1", "2"} {
		o, err := c.PutBytes(t.Context(), bucket(), "o", []byte("abc"), api.PutOptions{Custom: map[string]string{"k": "v"}})
		check.NoError(t, err)
		check.Equal(t, o.Version, version)
		check.Equal(t, o.Size, int64(3))
	}
	o, err := c.Head(t.Context(), bucket(), "o")
	check.NoError(t, err)
	check.Equal(t, o.Custom, map[string]string{"k": "v"})
	check.NoError(t, c.SetCustom(t.Context(), bucket(), "o", map[string]string{"x": "y"}))
	o, err = c.Head(t.Context(), bucket(), "o")
	check.NoError(t, err)
	check.Equal(t, o.Custom, map[string]string{"k": "v", "x": "y"})
	check.NoError(t, c.ReplaceCustom(t.Context(), bucket(), "o", map[string]string{"z": "1"}))
	o, err = c.HeadProps(t.Context(), bucket(), "o", "size", "custom")
	check.NoError(t, err)
	check.Equal(t, o.Custom, map[string]string{"z": "1"})
	check.Equal(t, o.Atime.Equal(apitest.Atime()), true)
	check.Equal(t, o.CopyPaths, []string{"/mp1"})
}

func TestPutChecksum(t *testing.T) {
	cluster, c := start(t, 1, 1)
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	data := []byte("what was meant")
	right, wrong := checksum.Of(checksum.XXHash2, data), checksum.Of(checksum.XXHash2, []byte("x"))
	_, err := c.PutBytes(t.Context(), bucket(), "o", data, api.PutOptions{Checksum: wrong})
	check.ErrorIs(t, err, errs.Invalid)
	check.Equal(t, errs.CodeOf(err), errs.CodeChecksum)
	_, stored := cluster.Object(bucket(), "o")
	check.Equal(t, stored, false)
	_, err = c.PutBytes(t.Context(), bucket(), "o", data, api.PutOptions{Checksum: right})
	check.NoError(t, err)
	_, err = c.Put(t.Context(), bucket(), "o", bytes.NewReader(data), api.PutOptions{Compute: checksum.XXHash2})
	check.NoError(t, err)
	_, err = c.Put(t.Context(), bucket(), "o", stream{bytes.NewReader(content(1 << 20))}, api.PutOptions{Compute: checksum.XXHash2})
	check.ErrorIs(t, err, errs.Invalid)
}

func TestStreamIsNotSentWhereItIsRefused(t *testing.T) {
	cluster, c := start(t, 1, 2)
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	var refused atomic.Int32
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method == http.MethodPut && refused.Add(1) == 1 {
			r.W.Header().Set("Retry-After", "0")
			r.W.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	data := content(2 << 20)
	_, err := c.Put(t.Context(), bucket(), "o", stream{bytes.NewReader(data)}, api.PutOptions{})
	check.NoError(t, err)
	got, _ := cluster.Object(bucket(), "o")
	check.Equal(t, bytes.Equal(got, data), true)
}

func TestStreamThatBreaks(t *testing.T) {
	cluster, c := start(t, 1, 1)
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	mine := errors.New("my disk is gone")
	body := io.MultiReader(bytes.NewReader(content(1<<20)), failing{mine})
	_, err := c.Put(t.Context(), bucket(), "o", body, api.PutOptions{})
	check.ErrorIs(t, err, mine)
	_, stored := cluster.Object(bucket(), "o")
	check.Equal(t, stored, false)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// The buffer is the caller's again when PutBytes returns, also when a server
// answers early and the transport is still sending; the race detector sees
// if it is not.
func TestBufferIsGivenBack(t *testing.T) {
	cluster, c := start(t, 1, 1)
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method != http.MethodPut {
			return false
		}
		r.W.WriteHeader(http.StatusBadRequest)
		return true
	})
	data := make([]byte, 128<<10-1) // too small for "100 Continue"
	for range 10 {
		_, err := c.PutBytes(t.Context(), bucket(), "o", data, api.PutOptions{})
		if err == nil {
			t.Fatal("no error")
		}
		clear(data)
		data[0]++
	}
}

func TestCancelEndsAWrite(t *testing.T) {
	cluster, c := start(t, 1, 1)
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	release := make(chan struct{})
	defer close(release)
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method != http.MethodPut {
			return false
		}
		cancel()
		<-release
		return true
	})
	_, err := c.PutBytes(ctx, bucket(), "o", content(100), api.PutOptions{})
	check.ErrorIs(t, err, context.Canceled)
}

func TestNamesAreCheckedBeforeSending(t *testing.T) {
	cluster, c := start(t, 1, 1)
	for _, name := range []string{"", "../x", "a/../b", "a\x00b", strings.Repeat("x", 1025)} {
		_, err := c.PutBytes(t.Context(), bucket(), name, nil, api.PutOptions{})
		check.ErrorIs(t, err, errs.Invalid)
		_, err = c.Get(t.Context(), bucket(), name, api.GetOptions{})
		check.ErrorIs(t, err, errs.Invalid)
	}
	check.Equal(t, len(cluster.Requests()), 0)
}
