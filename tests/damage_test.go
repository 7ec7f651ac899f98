package tests

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
)

// recordAttribute is where an object's file keeps its metadata.
const recordAttribute = "user.ais"

// damage is something that happens to the file of an object behind the back of
// its target.
type damage struct {
	name string
	do   func(t *testing.T, at aistest.File, size int64)

	remembered   bool   // a target that has the record in memory does without what is on disk
	small, large int    // status of a GET of an object below 64 KiB, and above; 0 is one that the client refuses
	head         int    // status of a HEAD
	message      string // of the refusal of the small one
}

func damages() []damage {
	change := func(do func(f fs.File, size int64) error) func(*testing.T, aistest.File, int64) {
		return func(t *testing.T, at aistest.File, size int64) {
			t.Helper()
			f, err := at.Node.FS().OpenFile(at.Path, os.O_RDWR)
			check.NoError(t, err)
			check.NoError(t, do(f, size))
			check.NoError(t, f.Close())
		}
	}
	return []damage{
		{
			name: "a bit flipped",
			do: change(func(f fs.File, size int64) error {
				one := make([]byte, 1)
				if _, err := f.ReadAt(one, size/2); err != nil {
					return err
				}
				one[0] ^= 1
				_, err := f.WriteAt(one, size/2)
				return err
			}),
			small: 500, large: 0, head: 200, message: "checksum",
		},
		{
			name:  "truncated",
			do:    change(func(f fs.File, size int64) error { return f.Truncate(size - 1) }),
			small: 500, large: 500, head: 500, message: "bytes instead of",
		},
		{
			name:  "emptied",
			do:    change(func(f fs.File, size int64) error { return f.Truncate(0) }),
			small: 500, large: 500, head: 500, message: "0 bytes instead of",
		},
		{
			name: "grown",
			do: change(func(f fs.File, size int64) error {
				_, err := f.WriteAt([]byte("x"), size)
				return err
			}),
			small: 500, large: 500, head: 500, message: "bytes instead of",
		},
		{
			name: "its record damaged",
			do: change(func(f fs.File, _ int64) error {
				buf := make([]byte, 4096)
				n, err := f.GetXattr(recordAttribute, buf)
				if err != nil {
					return err
				}
				buf[n/2] ^= 1
				return f.SetXattr(recordAttribute, buf[:n])
			}),
			remembered: true, small: 500, large: 500, head: 500, message: "record",
		},
		{
			name:       "its record emptied",
			do:         change(func(f fs.File, _ int64) error { return f.SetXattr(recordAttribute, nil) }),
			remembered: true, small: 500, large: 500, head: 500, message: "record",
		},
	}
}

// TestDamageIsNeverServedAsWhole damages files and restarts the target, so that
// it has nothing in memory of what was there.
func TestDamageIsNeverServedAsWhole(t *testing.T) {
	t.Parallel()
	for _, d := range damages() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			c := aistest.Start(t, aistest.Options{})
			b := c.NewBucket(nil)
			sizes := map[string]int{"small": 1000, "large": 300 << 10}
			for name, size := range sizes {
				put(t, c, b, name, 1, size)
				files := c.Files(b, name)
				check.Equal(t, len(files), 1)
				d.do(t, files[0], int64(size))
			}
			put(t, c, b, "whole", 1, 1000)
			if d.remembered {
				check.Equal(t, get(t, c, b, "small"), 1)
				check.Equal(t, get(t, c, b, "large"), 1)
			} else {
				d.check(t, c, b, "at once")
			}
			c.Stop(c.Target(0))
			c.Restart(c.Target(0))
			d.check(t, c, b, "after a restart")
			check.Equal(t, get(t, c, b, "whole"), 1)
			d.heal(t, c, b, sizes)
		})
	}
}

func (d *damage) check(t *testing.T, c *aistest.Cluster, b wire.Bucket, when string) {
	t.Helper()
	small := do(t, c, request{path: objectPath(b, "small")})
	check.Equal(t, fmt.Sprintf("%s: small: %d", when, small.status), fmt.Sprintf("%s: small: %d", when, d.small))
	check.Contains(t, small.fault(t).Message, d.message)
	check.Equal(t, small.fault(t).TypeCode, errs.CodeChecksum)
	for name := range map[string]bool{"small": true, "large": true} {
		_, _, err := c.Client().GetBytes(t.Context(), b, name, nil, api.GetOptions{})
		check.ErrorIs(t, err, errs.Corrupt)
	}
	if d.large != 0 {
		check.Equal(t, do(t, c, request{path: objectPath(b, "large")}).status, d.large)
	}
	if when == "at once" {
		return // a HEAD may still answer from memory
	}
	for _, name := range []string{"small", "large"} {
		head := do(t, c, request{method: http.MethodHead, path: objectPath(b, name)})
		check.Equal(t, fmt.Sprintf("%s: head of %s: %d", when, name, head.status), fmt.Sprintf("%s: head of %s: %d", when, name, d.head))
		if head.status == http.StatusOK {
			continue
		}
		ranged := do(t, c, request{path: objectPath(b, name), header: http.Header{"Range": {"bytes=0-3"}}})
		check.Equal(t, ranged.status, http.StatusInternalServerError)
	}
}

// heal overwrites one object and deletes the other: damage keeps nobody from
// either.
func (d *damage) heal(t *testing.T, c *aistest.Cluster, b wire.Bucket, sizes map[string]int) {
	t.Helper()
	put(t, c, b, "small", 2, sizes["small"])
	check.Equal(t, get(t, c, b, "small"), 2)
	check.NoError(t, c.Client().Delete(t.Context(), b, "large"))
	missing(t, c, b, "large")
	check.Equal(t, list(t, c, b, api.ListOptions{}), []string{"small", "whole"})
}

// TestDamageFoundByValidation has a bucket that asks to verify what it sends.
func TestDamageFoundByValidation(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	yes := true
	b := c.NewBucket(&wire.BucketPropsToSet{Checksum: &wire.ChecksumPropsToSet{ValidateWarmGet: &yes}})
	put(t, c, b, "large", 1, 300<<10)
	check.Equal(t, do(t, c, request{path: objectPath(b, "large")}).status, http.StatusOK)
	c.Corrupt(b, "large")
	a := do(t, c, request{path: objectPath(b, "large")})
	check.Equal(t, a.status, http.StatusInternalServerError)
	check.Contains(t, a.fault(t).Message, "checksum")
}

// TestFilesDroppedByHand puts files into the directories of a bucket that no
// store has written.
func TestFilesDroppedByHand(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	for i := range 8 { // so that both mountpaths have directories
		put(t, c, b, fmt.Sprintf("d/o%d", i), 1, 100)
	}
	target := c.Target(0)
	names := list(t, c, b, api.ListOptions{})
	for _, root := range target.Mountpaths() {
		for _, name := range []string{"dropped", "d/dropped", "d/%zz", "100%", "a%b"} {
			dir := root + "/@ais/" + b.Name + "/%ob/"
			_, err := fs.MakeDirs(target.FS(), dir[:len(dir)-1], "d")
			check.NoError(t, err)
			f, err := target.FS().Create(dir + name)
			check.NoError(t, err)
			_, err = f.Write([]byte("dropped by hand"))
			check.NoError(t, err)
			check.NoError(t, f.Close())
		}
	}
	for _, name := range []string{"dropped", "d/dropped"} {
		a := do(t, c, request{path: objectPath(b, name)})
		check.Equal(t, a.status, http.StatusInternalServerError)
		check.Contains(t, a.fault(t).Message, "it was not written by the store")
		head := do(t, c, request{method: http.MethodHead, path: objectPath(b, name)})
		check.Equal(t, head.status, http.StatusInternalServerError)
	}
	for _, name := range []string{"d/%zz", "100%", "a%b"} { // their files would be called otherwise
		missing(t, c, b, name)
	}
	// With its records looked at, a listing leaves out what is no object.
	for _, props := range []wire.Props{wire.PropName | wire.PropSize, wire.PropName | wire.PropVersion} {
		check.Equal(t, list(t, c, b, api.ListOptions{Props: props}), names)
	}
	// A write takes the place, a delete takes it away.
	put(t, c, b, "dropped", 1, 100)
	check.Equal(t, get(t, c, b, "dropped"), 1)
	check.NoError(t, c.Client().Delete(t.Context(), b, "d/dropped"))
}
