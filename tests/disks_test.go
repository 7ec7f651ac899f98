package tests

import (
	"fmt"
	"net/http"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/faultfs"
	"aistore/internal/check"
)

// Disks break in virtual time: it takes a while until a mountpath is trusted
// again.

// filled is a cluster of one target with a bucket that has objects on all
// mountpaths.
type filled struct {
	*aistest.Cluster
	bucket wire.Bucket
	spare  wire.Bucket // empty
	names  []string    // of objects, half of them of 200 KiB
	on     [][]string  // names by mountpath
}

func fillDisks(t *testing.T, c *aistest.Cluster) *filled {
	t.Helper()
	f := &filled{Cluster: c, bucket: c.NewBucket(nil), spare: c.NewBucket(nil), on: make([][]string, len(c.Target(0).Mountpaths()))}
	for i := range 24 {
		name := fmt.Sprintf("d%d/o%02d", i%2, i)
		put(t, c, f.bucket, name, 1, 1000+i%2*200<<10)
		f.names = append(f.names, name)
		at := c.Files(f.bucket, name)[0]
		for m, root := range c.Target(0).Mountpaths() {
			if len(at.Path) > len(root) && at.Path[:len(root)+1] == root+"/" {
				f.on[m] = append(f.on[m], name)
			}
		}
	}
	f.names = sorted(f.names)
	for m, names := range f.on {
		if len(names) < 2 {
			t.Fatalf("mountpath %d has objects %v", m, names)
		}
	}
	return f
}

// refuses stops the test unless a write is answered with a status, and changes
// nothing.
func (f *filled) refuses(t *testing.T, name string, status int) {
	t.Helper()
	data := string(payload(name, 2, 2000))
	a := do(t, f.Cluster, request{method: http.MethodPut, path: objectPath(f.bucket, name), body: data})
	check.Equal(t, fmt.Sprintf("%s: %d", name, a.status), fmt.Sprintf("%s: %d", name, status))
	check.Equal(t, a.fault(t).Node, "t[target001]")
	chunked := do(t, f.Cluster, request{method: http.MethodPut, path: objectPath(f.bucket, name), body: data + data})
	check.Equal(t, chunked.status, status)
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{}, func(t *testing.T, c *aistest.Cluster) {
		f := fillDisks(t, c)
		another := c.NewBucket(nil)
		full := c.Disk(c.Target(0), 0).Full()
		for _, name := range f.on[0] {
			f.refuses(t, name, http.StatusInsufficientStorage)
			check.Equal(t, get(t, c, f.bucket, name), 1)
		}
		put(t, c, f.bucket, f.on[1][0], 2, 1000)
		c.Disk(c.Target(0), 1).Full()
		for _, name := range f.on[1] {
			f.refuses(t, name, http.StatusInsufficientStorage)
		}
		_, err := c.Client().PutBytes(t.Context(), f.bucket, "new", nil, api.PutOptions{})
		check.ErrorIs(t, err, errs.NoSpace)
		missing(t, c, f.bucket, "new")
		check.Equal(t, list(t, c, f.bucket, api.ListOptions{}), f.names)

		// No bucket is made that it could not hold; the rest of the books goes on, and
		// deletes make room.
		err = c.Client().CreateBucket(t.Context(), wire.Bucket{Name: "other", Provider: wire.ProviderAIS}, nil)
		check.ErrorIs(t, err, errs.NoSpace)
		check.Contains(t, errs.PublicOf(err), "target "+c.Target(0).ID()+" cannot hold bucket")
		check.Contains(t, errs.PublicOf(err), "mountpath "+c.Disk(c.Target(0), 0).Root())
		check.NoError(t, c.Client().Delete(t.Context(), f.bucket, f.on[1][0]))
		missing(t, c, f.bucket, f.on[1][0])
		check.NoError(t, c.Client().DestroyBucket(t.Context(), f.spare))
		check.Equal(t, c.Ended(c.Target(0)), nil)
		check.Equal(t, len(c.Leftovers(f.bucket, fs.Work)), 0)

		full.End()
		for _, name := range f.on[0] {
			put(t, c, f.bucket, name, 3, 1000)
			check.Equal(t, get(t, c, f.bucket, name), 3)
		}
		for i := range 20 { // those on the disk that has room again
			name := fmt.Sprintf("after%d", i)
			_, err := c.Client().PutBytes(t.Context(), another, name, payload(name, 1, 100), api.PutOptions{})
			if err == nil {
				check.Equal(t, get(t, c, another, name), 1)
			} else {
				check.ErrorIs(t, err, errs.NoSpace)
			}
		}
	})
}

func TestDiskReadOnly(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{}, func(t *testing.T, c *aistest.Cluster) {
		f := fillDisks(t, c)
		fault := c.Disk(c.Target(0), 0).ReadOnly()
		f.isReadOnly(t, fault)
	})
}

func TestDiskThatDoesNotSync(t *testing.T) {
	t.Parallel()
	for _, op := range []faultfs.Op{faultfs.Sync, faultfs.SyncDir} {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			aistest.Virtual(t, aistest.Options{}, func(t *testing.T, c *aistest.Cluster) {
				f := fillDisks(t, c)
				fault := c.Disk(c.Target(0), 0).Fail(op, fs.ErrIO)
				name := f.on[0][0]
				a := do(t, c, request{method: http.MethodPut, path: objectPath(f.bucket, name), body: string(payload(name, 2, 2000))})
				check.Equal(t, a.status, http.StatusServiceUnavailable)
				// After a rename either may be found, and both are whole.
				if write := get(t, c, f.bucket, name); op == faultfs.Sync {
					check.Equal(t, write, 1)
				}
				f.on[0] = f.on[0][1:]
				f.isReadOnly(t, fault)
			})
		})
	}
}

// isReadOnly has the first mountpath refuse writes until the fault ends and a
// while has passed.
func (f *filled) isReadOnly(t *testing.T, fault *faultfs.Fault) {
	t.Helper()
	c := f.Cluster
	for _, name := range f.on[0] {
		f.refuses(t, name, http.StatusServiceUnavailable)
		check.Equal(t, get(t, c, f.bucket, name), 1)
		a := do(t, c, request{method: http.MethodDelete, path: objectPath(f.bucket, name)})
		check.Equal(t, a.status, http.StatusServiceUnavailable)
		check.Equal(t, get(t, c, f.bucket, name), 1)
	}
	put(t, c, f.bucket, f.on[1][0], 2, 1000)
	check.Equal(t, list(t, c, f.bucket, api.ListOptions{}), f.names)
	f.takesNoBucket(t)
	check.Equal(t, list(t, c, f.spare, api.ListOptions{}), nil)
	check.NoError(t, c.Client().DestroyBucket(t.Context(), f.spare)) // goes on without that disk

	fault.End()
	name := f.on[0][0]
	client := c.NewClient(api.Options{Attempts: 1})
	defer client.Close()
	check.Eventually(t, func() bool {
		_, err := client.PutBytes(t.Context(), f.bucket, name, payload(name, 3, 100), api.PutOptions{})
		return err == nil
	})
	for _, name := range f.on[0] {
		put(t, c, f.bucket, name, 4, 1000)
		check.Equal(t, get(t, c, f.bucket, name), 4)
	}
}

// takesNoBucket has the first mountpath refuse a new bucket.
func (f *filled) takesNoBucket(t *testing.T) {
	t.Helper()
	client := f.NewClient(api.Options{Attempts: 1})
	defer client.Close()
	err := client.CreateBucket(t.Context(), wire.Bucket{Name: "other", Provider: wire.ProviderAIS}, nil)
	check.ErrorIs(t, err, errs.Unavailable)
	check.Contains(t, errs.PublicOf(err), "target "+f.Target(0).ID()+" cannot hold bucket")
	check.Contains(t, errs.PublicOf(err), "mountpath "+f.Disk(f.Target(0), 0).Root())
}

func TestDiskDead(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{}, func(t *testing.T, c *aistest.Cluster) {
		f := fillDisks(t, c)
		fault := c.Disk(c.Target(0), 0).Dead()
		for _, name := range f.on[0] {
			at := objectPath(f.bucket, name)
			for _, r := range []request{
				{path: at},
				{path: at, header: http.Header{"Range": {"bytes=0-1"}}},
				{method: http.MethodPut, path: at, body: "x"},
				{method: http.MethodDelete, path: at},
			} {
				a := do(t, c, r)
				check.Equal(t, fmt.Sprint(r.method, a.status), fmt.Sprint(r.method, http.StatusServiceUnavailable))
			}
		}
		for _, name := range f.on[1] {
			check.Equal(t, get(t, c, f.bucket, name), 1)
			put(t, c, f.bucket, name, 2, 1000)
		}
		a := do(t, c, request{path: objectPath(f.bucket, "neither")})
		if a.status != http.StatusNotFound && a.status != http.StatusServiceUnavailable {
			t.Fatalf("status %d for what is nowhere", a.status)
		}
		// A listing is whole or there is none.
		page := do(t, c, request{path: bucketPath(f.bucket), body: `{"action":"list","value":{}}`})
		check.Equal(t, page.status, http.StatusServiceUnavailable)

		f.takesNoBucket(t)
		check.NoError(t, c.Client().DestroyBucket(t.Context(), f.spare))
		fault.End()
		for _, name := range f.on[0] {
			check.Equal(t, get(t, c, f.bucket, name), 1)
		}
		check.Equal(t, list(t, c, f.bucket, api.ListOptions{}), f.names)
	})
}

// TestDiskFailsInTheMiddleOfAWrite has each step of a write fail in turn.
func TestDiskFailsInTheMiddleOfAWrite(t *testing.T) {
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Mountpaths: 1}, func(t *testing.T, c *aistest.Cluster) {
		b := c.NewBucket(nil)
		put(t, c, b, "o", 1, 300<<10)
		client := c.NewClient(api.Options{Attempts: 1})
		defer client.Close()
		disk := c.Disk(c.Target(0), 0)
		for _, op := range []faultfs.Op{faultfs.Create, faultfs.Preallocate, faultfs.Write, faultfs.SetXattr, faultfs.Sync, faultfs.Rename, faultfs.SyncDir} {
			for _, half := range []bool{false, true} {
				before := get(t, c, b, "o")
				fault := disk.Inject(faultfs.Rule{Op: op, Times: 1, Err: fs.ErrIO, Half: half})
				_, err := client.PutBytes(t.Context(), b, "o", payload("o", before+1, 2<<20), api.PutOptions{})
				fault.End()
				if fault.Hits() == 0 {
					check.NoError(t, err)
					continue
				}
				check.ErrorIs(t, err, errs.Unavailable)
				after := get(t, c, b, "o")
				if after != before && op != faultfs.SyncDir {
					t.Fatalf("%s failed, and write %d became %d", op, before, after)
				}
				check.Eventually(t, func() bool {
					_, err := client.PutBytes(t.Context(), b, "o", payload("o", after+1, 1000), api.PutOptions{})
					return err == nil
				})
			}
		}
		check.Equal(t, list(t, c, b, api.ListOptions{}), []string{"o"})
	})
}
