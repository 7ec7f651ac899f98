package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
)

// The smoke tests are what any cluster must do, one that is there already too.

func TestSmokeObjectsOfAllSizes(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	proxied := c.NewClient(api.Options{ViaProxy: true})
	t.Cleanup(proxied.Close)
	for _, size := range []int{0, 1, 31, 4096, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20, 1<<20 + 1, 3<<20 + 12345} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			name := fmt.Sprintf("size/%d", size)
			data := payload(name, 1, size)[:size]
			sum := checksum.Of(checksum.XXHash2, data)
			for i, client := range []*api.Client{c.Client(), proxied} {
				stored, err := client.PutBytes(t.Context(), b, name, data, api.PutOptions{Compute: checksum.XXHash2})
				check.NoError(t, err)
				check.Equal(t, stored.Version, strconv.Itoa(i+1))
				got, object, err := client.GetBytes(t.Context(), b, name, nil, api.GetOptions{})
				check.NoError(t, err)
				check.Equal(t, bytes.Equal(got, data), true)
				check.Equal(t, object.Checksum, sum)
				check.Equal(t, object.Size, int64(size))
				head, err := client.Head(t.Context(), b, name)
				check.NoError(t, err)
				check.Equal(t, head.Size, int64(size))
				check.Equal(t, head.Checksum, sum)
				check.Equal(t, head.Version, strconv.Itoa(i+1))
				check.Equal(t, head.Present, true)
				check.Equal(t, head.Atime.IsZero(), false)
			}
		})
	}
	check.Equal(t, len(list(t, c, b, api.ListOptions{})), 10)
}

func TestSmokeRanges(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	for _, size := range []int{100, 64 << 10, 1<<20 + 1} {
		name := fmt.Sprintf("range/%d", size)
		data := put(t, c, b, name, 1, size)
		tests := []struct {
			header string
			first  int
			last   int // of the answer; -1 is not satisfiable
		}{
			{"bytes=0-4", 0, 4},
			{"bytes=7-", 7, size - 1},
			{"bytes=-5", size - 5, size - 1},
			{"bytes=-" + strconv.Itoa(size+10), 0, size - 1},
			{fmt.Sprintf("bytes=%d-%d", size-1, size+10), size - 1, size - 1},
			{fmt.Sprintf("bytes=%d-", size), 0, -1},
			{"bytes=5-4", 0, -1},
			{"bytes=0-1,3-4", 0, -1},
			{"bytes=-0", 0, -1},
			{"bytes=x", 0, -1},
		}
		for _, test := range tests {
			a := do(t, c, request{path: objectPath(b, name), header: http.Header{"Range": {test.header}}})
			if test.last < 0 {
				check.Equal(t, a.status, http.StatusRequestedRangeNotSatisfiable)
				check.Equal(t, a.header.Get("Content-Range"), fmt.Sprintf("bytes */%d", size))
				continue
			}
			check.Equal(t, a.status, http.StatusPartialContent)
			check.Equal(t, a.header.Get("Content-Range"), fmt.Sprintf("bytes %d-%d/%d", test.first, test.last, size))
			check.Equal(t, a.body == string(data[test.first:test.last+1]), true)
			// The checksum is that of the whole object.
			check.Equal(t, a.header.Get(wire.HeaderChecksumValue), checksum.Of(checksum.XXHash2, data).Hex())
		}
	}
}

func TestSmokeHeadInBothForms(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	data := put(t, c, b, "a/b", 1, 1000)

	one := do(t, c, request{method: http.MethodHead, path: objectPath(b, "a/b")})
	check.Equal(t, one.status, http.StatusOK)
	check.Equal(t, one.body, "")
	for name, want := range map[string]string{
		"Content-Length":          "1000",
		wire.HeaderName:           "a/b",
		wire.HeaderBucketName:     b.Name,
		wire.HeaderBucketProvider: "ais",
		wire.HeaderChecksumType:   "xxhash2",
		wire.HeaderChecksumValue:  checksum.Of(checksum.XXHash2, data).Hex(),
		wire.HeaderVersion:        "1",
		wire.HeaderPresent:        "true",
		wire.HeaderCopies:         "1",
	} {
		check.Equal(t, name+": "+one.header.Get(name), name+": "+want)
	}
	check.Contains(t, one.header.Get(wire.HeaderLocation), "t[")
	check.Contains(t, one.header.Get(wire.HeaderLocation), "]:mp[")

	two := do(t, c, request{method: http.MethodHead, path: objectPath(b, "a/b") + "&props=checksum%2Clast-modified%2Cetag"})
	check.Equal(t, two.status, http.StatusOK)
	check.Equal(t, two.header.Get("Content-Length"), "1000")
	check.Equal(t, two.header.Get(wire.HeaderPresent), "true")
	check.Equal(t, two.header.Get(wire.HeaderChecksumType), "xxhash2")
	check.Equal(t, two.header.Get(wire.HeaderVersion), "")
	check.Equal(t, two.header.Get(wire.HeaderName), "")
	_, err := http.ParseTime(two.header.Get("Last-Modified"))
	check.NoError(t, err)
	check.Contains(t, two.header.Get("Etag"), `"`)

	for _, props := range []string{"cached", "status", "nothing", "checksum%2Cnothing"} {
		a := do(t, c, request{method: http.MethodHead, path: objectPath(b, "a/b") + "&props=" + props})
		check.Equal(t, a.status, http.StatusBadRequest)
		check.Equal(t, a.fault(t).URLPath, wire.PathObjects+"/"+b.Name+"/a/b")
	}
}

func TestSmokeListByPages(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	var all, sub []string
	for i := range 120 {
		name := fmt.Sprintf("dir-%d/%03d", i%4, i)
		put(t, c, b, name, 1, 100+i)
		all = append(all, name)
		if i%4 == 2 {
			sub = append(sub, name)
		}
	}
	all, sub = sorted(all), sorted(sub)
	for _, page := range []int{0, 1, 7, 119, 120, 121} {
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page}), all)
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page, Prefix: "dir-2/"}), sub)
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page, StartAfter: all[40]}), all[41:])
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page, Prefix: "dir-2/", StartAfter: sub[4]}), sub[5:])
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page, Prefix: "dir-2/", StartAfter: "dir-1/x"}), sub)
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page, Prefix: "dir-2/", StartAfter: "dir-3/"}), nil)
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page, Prefix: "dir-2/", StartAfter: "dir-2/x"}), nil)
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page, Limit: 50}), all[:50])
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page, Flags: wire.ListNoRecursion}), []string{"dir-0/", "dir-1/", "dir-2/", "dir-3/"})
	}
	for entry, err := range c.Client().List(t.Context(), b, api.ListOptions{Props: wire.PropName | wire.PropSize | wire.PropVersion | wire.PropChecksum}) {
		check.NoError(t, err)
		head, err := c.Client().Head(t.Context(), b, entry.Name)
		check.NoError(t, err)
		check.Equal(t, []any{entry.Size, entry.Version, entry.Checksum}, []any{head.Size, head.Version, head.Checksum.Hex()})
	}
}

func TestSmokeDeleteAndDestroy(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 2})
	b := c.NewBucket(nil)
	put(t, c, b, "gone", 1, 100)
	put(t, c, b, "stays", 1, 100)
	check.NoError(t, c.Client().Delete(t.Context(), b, "gone"))
	missing(t, c, b, "gone")
	check.ErrorIs(t, c.Client().Delete(t.Context(), b, "gone"), errs.NotFound)
	check.Equal(t, list(t, c, b, api.ListOptions{}), []string{"stays"})

	check.ErrorIs(t, c.Client().CreateBucket(t.Context(), b, nil), errs.Exists)
	check.NoError(t, c.Client().DestroyBucket(t.Context(), b))
	check.ErrorIs(t, c.Client().DestroyBucket(t.Context(), b), errs.NotFound)
	missing(t, c, b, "stays")
	_, err := c.Client().PutBytes(t.Context(), b, "stays", nil, api.PutOptions{})
	check.ErrorIs(t, err, errs.NotFound)

	// A bucket of the same name is another bucket.
	check.NoError(t, c.Client().CreateBucket(t.Context(), b, nil))
	missing(t, c, b, "stays")
	check.Equal(t, list(t, c, b, api.ListOptions{}), nil)
	put(t, c, b, "stays", 2, 100)
	check.Equal(t, get(t, c, b, "stays"), 2)
	head, err := c.Client().Head(t.Context(), b, "stays")
	check.NoError(t, err)
	check.Equal(t, head.Version, "1")
}

func TestSmokeBuckets(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	relaxed := wire.DurabilityRelaxed
	b := c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
	props, err := c.Client().HeadBucket(t.Context(), b)
	check.NoError(t, err)
	check.Equal(t, props.Durability, relaxed)
	check.Equal(t, props.Versioning.Enabled, true)
	check.Equal(t, props.Checksum.Type, "xxhash2")
	check.Equal(t, props.Access, wire.AccessAll)
	check.Equal(t, props.Mirror.Copies, 2)

	buckets, err := c.Client().ListBuckets(t.Context(), wire.Bucket{Provider: wire.ProviderAIS})
	check.NoError(t, err)
	found := 0
	for _, one := range buckets {
		if one == b {
			found++
		}
	}
	check.Equal(t, found, 1)
	one, err := c.Client().ListBuckets(t.Context(), b)
	check.NoError(t, err)
	check.Equal(t, one, []wire.Bucket{b})
}

func TestSmokeConditions(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	at := objectPath(b, "conditional")
	writes := 0
	with := func(method, header, value string) int {
		t.Helper()
		writes++
		body := strconv.Itoa(writes) // no two the same: a tag may follow from the content
		return do(t, c, request{method: method, path: at, body: body, header: http.Header{header: {value}}}).status
	}
	check.Equal(t, with(http.MethodPut, "If-Match", "*"), http.StatusPreconditionFailed)
	check.Equal(t, with(http.MethodPut, "If-None-Match", "*"), http.StatusOK)
	check.Equal(t, with(http.MethodPut, "If-None-Match", "*"), http.StatusPreconditionFailed)
	tag := do(t, c, request{method: http.MethodHead, path: at + "&props=etag"}).header.Get("Etag")
	check.Equal(t, with(http.MethodPut, "If-Match", `"other"`), http.StatusPreconditionFailed)
	check.Equal(t, with(http.MethodGet, "If-None-Match", tag), http.StatusNotModified)
	check.Equal(t, with(http.MethodGet, "If-Match", tag), http.StatusOK)
	check.Equal(t, with(http.MethodPut, "If-Match", tag), http.StatusOK)
	check.Equal(t, with(http.MethodDelete, "If-Match", tag), http.StatusPreconditionFailed)
	check.Equal(t, with(http.MethodGet, "If-Match", tag), http.StatusPreconditionFailed)
}

func TestSmokeChecksumOfBody(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	data := []byte("some content")
	for _, kind := range []checksum.Kind{checksum.XXHash, checksum.XXHash2, checksum.MD5, checksum.CRC32C, checksum.SHA256, checksum.SHA512} {
		_, err := c.Client().PutBytes(t.Context(), b, "sum", data, api.PutOptions{Checksum: checksum.Of(kind, data)})
		check.NoError(t, err)
		_, err = c.Client().PutBytes(t.Context(), b, "sum", data, api.PutOptions{Checksum: checksum.Of(kind, data[1:])})
		check.ErrorIs(t, err, errs.Invalid)
		check.Equal(t, errs.CodeOf(err), errs.CodeChecksum)
	}
	got, _, err := c.Client().GetBytes(t.Context(), b, "sum", nil, api.GetOptions{})
	check.NoError(t, err)
	check.Equal(t, string(got), string(data))
}
