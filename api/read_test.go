package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"aistore/api"
	"aistore/api/apitest"
	"aistore/errs"
	"aistore/internal/check"
)

func content(size int) []byte {
	data := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = random.Read(data)
	return data
}

func TestGetRanges(t *testing.T) {
	cluster, c := start(t, 1, 2)
	data := content(1000)
	cluster.Put(bucket(), "o", data)
	tests := []struct {
		o    api.GetOptions
		want []byte
		kind errs.Kind
	}{
		{o: api.GetOptions{}, want: data},
		{o: api.GetOptions{Length: 10}, want: data[:10]},
		{o: api.GetOptions{Offset: 10}, want: data[10:]},
		{o: api.GetOptions{Offset: 10, Length: 20}, want: data[10:30]},
		{o: api.GetOptions{Offset: 990, Length: 20}, want: data[990:]},
		{o: api.GetOptions{Offset: -1}, want: data[999:]},
		{o: api.GetOptions{Offset: -100}, want: data[900:]},
		{o: api.GetOptions{Offset: 1000}, kind: errs.Range},
		{o: api.GetOptions{Length: -1}, kind: errs.Invalid},
		{o: api.GetOptions{Offset: -5, Length: 2}, kind: errs.Invalid},
	}
	for _, test := range tests {
		r, err := c.Get(t.Context(), bucket(), "o", test.o)
		if test.kind != "" {
			check.ErrorIs(t, err, test.kind)
			continue
		}
		check.NoError(t, err)
		check.Equal(t, r.Object.Size, int64(1000))
		check.Equal(t, r.Len(), int64(len(test.want)))
		got, err := io.ReadAll(r)
		check.NoError(t, err)
		check.NoError(t, r.Close())
		check.Equal(t, got, test.want)
		check.Equal(t, r.Verified(), test.o == api.GetOptions{})
	}
}

func TestCorruptBytesAreNotHandedOut(t *testing.T) {
	cluster, c := start(t, 1, 1)
	for _, size := range []int{1, 100, 1 << 20} {
		cluster.Put(bucket(), "o", content(size))
		cluster.Corrupt(bucket(), "o")
		_, _, err := c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
		check.ErrorIs(t, err, errs.Corrupt)

		r, err := c.Get(t.Context(), bucket(), "o", api.GetOptions{})
		check.NoError(t, err)
		got, err := io.ReadAll(r)
		check.ErrorIs(t, err, errs.Corrupt)
		if len(got) >= size {
			t.Errorf("all %d bytes were handed out", size)
		}
		_, again := r.Read(make([]byte, 1))
		check.ErrorIs(t, again, errs.Corrupt)
		check.NoError(t, r.Close())

		r, err = c.Get(t.Context(), bucket(), "o", api.GetOptions{})
		check.NoError(t, err)
		_, err = io.Copy(io.Discard, r)
		check.ErrorIs(t, err, errs.Corrupt)
		check.NoError(t, r.Close())

		got, _, err = c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{SkipVerify: true})
		check.NoError(t, err)
		check.Equal(t, len(got), size)
	}
}

func TestGetBytesUsesTheBufferThatFits(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Put(bucket(), "o", []byte("hello"))
	cluster.Put(bucket(), "empty", nil)
	buf := make([]byte, 0, 16)
	data, _, err := c.GetBytes(t.Context(), bucket(), "o", buf, api.GetOptions{})
	check.NoError(t, err)
	if &data[0] != &buf[:1][0] {
		t.Error("the buffer was not used")
	}
	data, _, err = c.GetBytes(t.Context(), bucket(), "o", buf[:0:2], api.GetOptions{})
	check.NoError(t, err)
	check.Equal(t, string(data), "hello")
	data, o, err := c.GetBytes(t.Context(), bucket(), "empty", nil, api.GetOptions{})
	check.NoError(t, err)
	check.Equal(t, len(data), 0)
	check.Equal(t, o.Checksum.Hex(), "ef46db3751d8e999")
}

// cut breaks the connection after n bytes of the body.
func cut(r apitest.Request, data []byte, start, n int) {
	r.W.Header().Set("Content-Length", strconv.Itoa(len(data)-start))
	if start > 0 {
		r.W.Header().Set("Content-Range", "bytes "+strconv.Itoa(start)+"-"+strconv.Itoa(len(data)-1)+"/"+strconv.Itoa(len(data)))
		r.W.WriteHeader(http.StatusPartialContent)
	}
	_, _ = r.W.Write(data[start : start+n])
	_ = http.NewResponseController(r.W).Flush()
	panic(http.ErrAbortHandler)
}

func TestBrokenReadGoesOn(t *testing.T) {
	cluster, c := start(t, 1, 1)
	data := content(1 << 20)
	cluster.Put(bucket(), "o", data)
	object, err := c.Head(t.Context(), bucket(), "o")
	check.NoError(t, err)
	var breaks atomic.Int32
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method != http.MethodGet || !strings.Contains(r.R.URL.Path, "objects") || breaks.Load() == 3 {
			return false
		}
		breaks.Add(1)
		first, _, _ := strings.Cut(strings.TrimPrefix(r.R.Header.Get("Range"), "bytes="), "-")
		from, _ := strconv.Atoi(first)
		r.W.Header().Set("Ais-Checksum-Type", "xxhash2")
		r.W.Header().Set("Ais-Checksum-Value", object.Checksum.Hex())
		r.W.Header().Set("Ais-Version", object.Version)
		cut(r, data, from, 300_000)
		return true
	})
	r, err := c.Get(t.Context(), bucket(), "o", api.GetOptions{})
	check.NoError(t, err)
	defer r.Close()
	var got bytes.Buffer
	_, err = io.Copy(&got, r)
	check.NoError(t, err)
	check.Equal(t, bytes.Equal(got.Bytes(), data), true)
	check.Equal(t, r.Verified(), true)
	check.Equal(t, breaks.Load(), int32(3))
}

func TestBrokenReadOfAChangedObjectFails(t *testing.T) {
	cluster, c := start(t, 1, 1)
	data := content(1 << 20)
	cluster.Put(bucket(), "o", data)
	object, err := c.Head(t.Context(), bucket(), "o")
	check.NoError(t, err)
	var once sync.Once
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method != http.MethodGet || !strings.Contains(r.R.URL.Path, "objects") {
			return false
		}
		once.Do(func() {
			cluster.Put(bucket(), "o", content(1<<20-1))
			r.W.Header().Set("Ais-Checksum-Type", "xxhash2")
			r.W.Header().Set("Ais-Checksum-Value", object.Checksum.Hex())
			r.W.Header().Set("Ais-Version", object.Version)
			cut(r, data, 0, 100_000)
		})
		return false
	})
	_, _, err = c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
	check.ErrorIs(t, err, errs.Conflict)
}

func TestBrokenReadWithoutChecksumFails(t *testing.T) {
	cluster, c := start(t, 1, 1)
	data := content(1 << 20)
	cluster.Put(bucket(), "o", data)
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method == http.MethodGet && strings.Contains(r.R.URL.Path, "objects") {
			cut(r, data, 0, 100_000)
		}
		return false
	})
	_, _, err := c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
	check.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestCancelEndsARead(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Put(bucket(), "o", content(100))
	started, release := make(chan struct{}), make(chan struct{})
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method == http.MethodGet && strings.Contains(r.R.URL.Path, "objects") {
			r.W.Header().Set("Content-Length", "100")
			_, _ = r.W.Write(make([]byte, 10))
			_ = http.NewResponseController(r.W).Flush()
			close(started)
			<-release
			return true
		}
		return false
	})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := c.Get(ctx, bucket(), "o", api.GetOptions{})
	check.NoError(t, err)
	defer r.Close()
	<-started
	cancel()
	_, err = io.ReadAll(r)
	check.ErrorIs(t, err, context.Canceled)
	check.Equal(t, errs.KindOf(err), errs.Canceled)
}

func TestReadAfterClose(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Put(bucket(), "o", content(100))
	r, err := c.Get(t.Context(), bucket(), "o", api.GetOptions{})
	check.NoError(t, err)
	check.NoError(t, r.Close())
	if _, err := r.Read(make([]byte, 10)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}
