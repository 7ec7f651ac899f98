package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/store"
)

func TestWriteIsCheckedBeforeItCounts(t *testing.T) {
	t.Parallel()
	md5 := checksum.Of(checksum.MD5, []byte("content"))
	xx := checksum.Of(checksum.XXHash, []byte("content")) // the bucket's function by another name
	wrong := checksum.Of(checksum.SHA256, []byte("other"))
	fenced := errors.New("the lease has run out")
	rows := []struct {
		name string
		o    store.WriteOptions
		body io.Reader
		want error // nil: the write succeeds
	}{
		{"right size", store.WriteOptions{Size: 7}, strings.NewReader("content"), nil},
		{"unknown size", store.WriteOptions{Size: -1}, strings.NewReader("content"), nil},
		{"body too short", store.WriteOptions{Size: 8}, strings.NewReader("content"), errs.Invalid},
		{"body too long", store.WriteOptions{Size: 6}, strings.NewReader("content"), errs.Invalid},
		{"negative size", store.WriteOptions{Size: -2}, strings.NewReader("content"), errs.Invalid},
		{"broken body", store.WriteOptions{Size: -1}, iotest.TimeoutReader(strings.NewReader("content")), iotest.ErrTimeout},
		{"right sum", store.WriteOptions{Size: 7, Expect: md5}, strings.NewReader("content"), nil},
		{"right sum by another name", store.WriteOptions{Size: 7, Expect: xx}, strings.NewReader("content"), nil},
		{"wrong sum", store.WriteOptions{Size: 7, Expect: wrong}, strings.NewReader("content"), errs.Invalid},
		{"fence", store.WriteOptions{Size: 7, Fence: func() error { return fenced }}, strings.NewReader("content"), fenced},
		{"tag too long", store.WriteOptions{ETag: strings.Repeat("x", 1025)}, strings.NewReader(""), errs.TooLarge},
		{"metadata too long", store.WriteOptions{Custom: []store.Pair{{Key: "k", Value: strings.Repeat("x", 1<<20)}}}, strings.NewReader(""), errs.TooLarge},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, 1)
			r.mustPut(t, "a", "before")
			err := func() error {
				w, err := r.Create(t.Context(), r.name("a"), row.o)
				if err != nil {
					return err
				}
				defer w.Abort()
				if _, err := w.ReadFrom(row.body); err != nil {
					return err
				}
				_, err = w.Commit(t.Context())
				return err
			}()
			want := "before"
			if row.want == nil {
				check.NoError(t, err)
				want = "content"
			} else {
				check.ErrorIs(t, err, row.want)
			}
			check.Equal(t, r.mustRead(t, "a"), want)
			entries, err := r.fsys.ReadDir("/mp1/@ais/b/%wk")
			check.NoError(t, err)
			check.Equal(t, len(entries), 0)
		})
	}
}

func TestWrongSumHasItsCode(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	_, err := r.put(t.Context(), "a", []byte("content"), store.WriteOptions{Expect: checksum.Of(checksum.MD5, nil)})
	check.Equal(t, errs.KindOf(err), errs.Invalid)
	check.Equal(t, errs.CodeOf(err), errs.CodeChecksum)
}

func TestInvalidNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	for _, name := range []string{"", "..", "a/../b", "a\x00b", strings.Repeat("x", 1025)} {
		_, err := r.put(t.Context(), name, nil, store.WriteOptions{})
		check.ErrorIs(t, err, errs.Invalid)
		_, err = r.Stat(t.Context(), r.name(name))
		check.ErrorIs(t, err, errs.Invalid)
		check.ErrorIs(t, r.Delete(t.Context(), r.name(name), store.DeleteOptions{}), errs.Invalid)
	}
}

func TestWriterEndsOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	w, err := r.Create(t.Context(), r.name("a"), store.WriteOptions{Size: 3})
	check.NoError(t, err)
	_, err = io.WriteString(w, "abc")
	check.NoError(t, err)
	check.Equal(t, w.Size(), 3)
	_, err = w.Commit(t.Context())
	check.NoError(t, err)
	w.Abort()
	_, err = w.Commit(t.Context())
	check.ErrorIs(t, err, errs.Invalid)
	_, err = w.Write([]byte("x"))
	check.ErrorIs(t, err, errs.Invalid)
	check.Equal(t, r.mustRead(t, "a"), "abc")

	w, err = r.Create(t.Context(), r.name("b"), store.WriteOptions{})
	check.NoError(t, err)
	w.Abort()
	w.Abort()
	_, err = w.Commit(t.Context())
	check.ErrorIs(t, err, errs.Invalid)
	_, err = r.Stat(t.Context(), r.name("b"))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestCommitGivesUpWaitingForTheName(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	release := r.Hold(r.name("a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.put(ctx, "a", []byte("x"), store.WriteOptions{})
	check.ErrorIs(t, err, errs.Canceled)
	release()
	_, err = r.Stat(t.Context(), r.name("a"))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestRecordedMetadata(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	atime := time.Date(2020, 1, 2, 3, 4, 5, 6, time.UTC)
	o := store.WriteOptions{
		Size: 7, ETag: "tag", Atime: atime, Hash: []checksum.Kind{checksum.SHA256},
		Header: []store.Pair{{Key: "Content-Type", Value: "image/jpeg"}},
		Custom: []store.Pair{{Key: "class", Value: "cat"}},
		Tags:   []store.Pair{{Key: "team", Value: "vision"}},
	}
	w, err := r.Create(t.Context(), r.name("a"), o)
	check.NoError(t, err)
	_, err = io.WriteString(w, "content")
	check.NoError(t, err)
	sha := checksum.Of(checksum.SHA256, []byte("content"))
	check.Equal(t, w.Sum(checksum.SHA256).Hex(), sha.Hex())
	check.Equal(t, w.Sum(checksum.MD5).IsZero(), true)
	w.Edit(func(rec *store.Record) { rec.Sums = []checksum.Sum{w.Sum(checksum.SHA256)} })
	before := time.Now()
	_, err = w.Commit(t.Context())
	check.NoError(t, err)

	for range 2 { // from the cache, and from disk
		got, err := r.Stat(t.Context(), r.name("a"))
		check.NoError(t, err)
		check.Equal(t, got.Size, 7)
		check.Equal(t, got.Checksum.Hex(), checksum.Of(checksum.XXHash2, []byte("content")).Hex())
		check.Equal(t, got.Sums[0].Hex(), sha.Hex())
		check.Equal(t, got.EntityTag(), "tag")
		check.Equal(t, got.Atime(), atime)
		check.Equal(t, got.Header, o.Header)
		check.Equal(t, got.Custom, o.Custom)
		check.Equal(t, got.Tags, o.Tags)
		check.Equal(t, got.Mountpath, "/mp1")
		check.Equal(t, got.BucketID, r.bucket.ID())
		if got.Modified.Before(before) || got.Modified.After(time.Now()) {
			t.Fatalf("modified at %v", got.Modified)
		}
		r.Forget(r.name("a"))
	}
}

func TestEntityTags(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	kinds := map[string]string{
		"none": "", "md5": checksum.Of(checksum.MD5, []byte("x")).Hex(), "xxhash2": "v1-" + checksum.Of(checksum.XXHash, []byte("x")).Hex() + "-1",
	}
	for kind, want := range kinds {
		props := *r.bucket.Props
		props.Checksum.Type = kind
		r.bucket = &cluster.Bucket{Bucket: r.bucket.Bucket, Props: &props}
		first := r.mustPut(t, "a", "x").EntityTag()
		second := r.mustPut(t, "a", "x").EntityTag()
		if want == "" {
			if first == second || first == "" {
				t.Errorf("without a checksum, two writes have the tags %q and %q", first, second)
			}
			continue
		}
		check.Equal(t, first, want)
		check.Equal(t, second, want)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	off := *r.bucket.Props
	off.Versioning.Enabled = false
	rows := []struct {
		name  string
		o     store.WriteOptions
		off   bool
		wants string
	}{
		{"first", store.WriteOptions{}, false, "1"},
		{"second", store.WriteOptions{}, false, "2"},
		{"given", store.WriteOptions{Version: "7"}, false, "7"},
		{"after given", store.WriteOptions{}, false, "8"},
		{"text", store.WriteOptions{Version: "3f2c"}, false, "3f2c"},
		{"after text", store.WriteOptions{}, false, "1"},
		{"skipped", store.WriteOptions{SkipVersion: true}, false, ""},
		{"after skipped", store.WriteOptions{}, false, "1"},
		{"not kept", store.WriteOptions{}, true, ""},
	}
	bucket := r.bucket
	for _, row := range rows {
		r.bucket = bucket
		if row.off {
			r.bucket = &cluster.Bucket{Bucket: bucket.Bucket, Props: &off}
		}
		o, err := r.put(t.Context(), "a", []byte("x"), row.o)
		check.NoError(t, err)
		if o.Version != row.wants {
			t.Errorf("%s: version %q, want %q", row.name, o.Version, row.wants)
		}
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	there := r.mustPut(t, "there", "x")
	tag := there.EntityTag()
	type conditions = store.Conditions
	rows := []struct {
		name          string
		c             conditions
		there, absent bool // whether it holds
	}{
		{"none", conditions{}, true, true},
		{"if match", conditions{IfMatch: []string{"other", tag}}, true, false},
		{"if match another", conditions{IfMatch: []string{"other"}}, false, false},
		{"if match any", conditions{IfMatch: []string{store.AnyTag}}, true, false},
		{"if none match", conditions{IfNoneMatch: []string{"other", tag}}, false, true},
		{"if none match another", conditions{IfNoneMatch: []string{"other"}}, true, true},
		{"if none match any", conditions{IfNoneMatch: []string{store.AnyTag}}, false, true},
		{"if order", conditions{IfOrder: there.Order}, true, false},
		{"if another order", conditions{IfOrder: cluster.Order{Map: 1}}, false, false},
	}
	for _, row := range rows {
		for name, holds := range map[string]bool{"there": row.there, "absent": row.absent} {
			o := store.WriteOptions{Conditions: row.c, Fence: func() error { return errs.Busy }} // never written
			_, err := r.put(t.Context(), name, []byte("y"), o)
			want := errs.Precondition
			if holds {
				want = errs.Busy
			}
			if !errors.Is(err, want) {
				t.Errorf("%s, put of %s: error %v, want %v", row.name, name, err, want)
			}
			err = r.Delete(t.Context(), r.name(name), store.DeleteOptions{Conditions: row.c, Fence: func() error { return errs.Busy }})
			if holds && name == "absent" {
				want = errs.NotFound
			}
			if !errors.Is(err, want) {
				t.Errorf("%s, delete of %s: error %v, want %v", row.name, name, err, want)
			}
		}
		_, err := r.Update(t.Context(), r.name("there"), store.UpdateOptions{Conditions: row.c, Fence: func() error { return errs.Busy }},
			func(*store.Record) error { return nil })
		if want := map[bool]errs.Kind{true: errs.Busy, false: errs.Precondition}[row.there]; !errors.Is(err, want) {
			t.Errorf("%s, update: error %v, want %v", row.name, err, want)
		}
	}
	check.Equal(t, r.mustRead(t, "there"), "x")
}

func TestOrderDecidesConflicts(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	order := func(m int64, incarnation, counter uint64) cluster.Order {
		return cluster.Order{Map: m, Incarnation: incarnation, Counter: counter}
	}
	first, err := r.put(t.Context(), "a", []byte("first"), store.WriteOptions{MapVersion: 5})
	check.NoError(t, err)
	check.Equal(t, first.Order, order(5, 1, first.Order.Counter))
	second, err := r.put(t.Context(), "a", []byte("second"), store.WriteOptions{MapVersion: 4}) // began before the map changed
	check.NoError(t, err)
	check.Equal(t, second.Order.Compare(first.Order), 1)

	here, err := r.put(t.Context(), "a", []byte("old"), store.WriteOptions{Order: order(4, 9, 9)})
	check.ErrorIs(t, err, errs.Conflict)
	check.Equal(t, here.Order, second.Order)
	check.ErrorIs(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{Order: order(4, 9, 9)}), errs.Conflict)
	check.Equal(t, r.mustRead(t, "a"), "second")

	again, err := r.put(t.Context(), "a", []byte("second"), store.WriteOptions{Order: second.Order, Version: "2"}) // moved twice
	check.NoError(t, err)
	check.Equal(t, again.Order, second.Order)

	moved, err := r.put(t.Context(), "a", []byte("moved"), store.WriteOptions{Order: order(5, 8, 3), Version: "9"})
	check.NoError(t, err)
	check.Equal(t, moved.Order, order(5, 8, 3))
	next, err := r.put(t.Context(), "a", []byte("next"), store.WriteOptions{MapVersion: 5}) // our incarnation is lower
	check.NoError(t, err)
	check.Equal(t, next.Order, order(5, 8, 4))
	check.Equal(t, next.Version, "10")
	updated, err := r.Update(t.Context(), r.name("a"), store.UpdateOptions{MapVersion: 6}, func(*store.Record) error { return nil })
	check.NoError(t, err)
	check.Equal(t, updated.Order.Map, 6)
	check.Equal(t, updated.Placement, 6)
}

func TestMovedObjectIsTheSame(t *testing.T) {
	t.Parallel()
	from, to := newRig(t, 1), newRig(t, 1)
	_, err := from.put(t.Context(), "a", []byte("content"), store.WriteOptions{
		Custom: []store.Pair{{Key: "k", Value: "v"}}, ETag: "tag", Atime: time.Unix(1e9, 0).UTC(), MapVersion: 3,
	})
	check.NoError(t, err)
	sent, err := from.Stat(t.Context(), from.name("a"))
	check.NoError(t, err)
	received, err := store.ParseRecord(sent.Portable().Append(nil))
	check.NoError(t, err)

	bad := store.WriteOptions{Record: received}
	_, err = to.put(t.Context(), "a", []byte("damaged"), bad)
	check.ErrorIs(t, err, errs.Invalid)
	_, err = to.put(t.Context(), "a", []byte("content"), store.WriteOptions{Record: received})
	check.NoError(t, err)
	to.Forget(to.name("a"))
	got, err := to.Stat(t.Context(), to.name("a"))
	check.NoError(t, err)
	check.Equal(t, got.Record, sent.Record, equal())
	check.Equal(t, got.Atime(), sent.Atime())
	check.Equal(t, got.EntityTag(), sent.EntityTag())
}

func TestBaseStandsForTheObjectThatHasNotYetMoved(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	base := &store.Object{Record: store.Record{Version: "4", ETag: "tag", Order: cluster.Order{Map: 9, Incarnation: 3, Counter: 7}}}
	_, err := r.put(t.Context(), "a", nil, store.WriteOptions{Base: base, Conditions: store.Conditions{IfMatch: []string{"other"}}})
	check.ErrorIs(t, err, errs.Precondition)
	o, err := r.put(t.Context(), "a", nil, store.WriteOptions{Base: base, Conditions: store.Conditions{IfMatch: []string{"tag"}}})
	check.NoError(t, err)
	check.Equal(t, o.Version, "5")
	check.Equal(t, o.Order.Compare(base.Order), 1)
	o, err = r.put(t.Context(), "a", nil, store.WriteOptions{Base: base}) // it is here now
	check.NoError(t, err)
	check.Equal(t, o.Version, "6")

	check.NoError(t, r.Delete(t.Context(), r.name("b"), store.DeleteOptions{Base: base, Tombstone: true}))
	order, buried, err := r.Tombstone(t.Context(), r.name("b"))
	check.NoError(t, err)
	check.Equal(t, buried, true)
	check.Equal(t, order.Compare(base.Order), 1)
	o, err = r.put(t.Context(), "b", nil, store.WriteOptions{Base: base}) // deleted since
	check.NoError(t, err)
	check.Equal(t, o.Version, "1")

	last, err := r.Last(t.Context(), r.name("b"))
	check.NoError(t, err)
	check.Equal(t, last.Order, o.Order)

	// What is elsewhere may be later than what is here, and so may its deletion.
	late := &store.Object{Record: store.Record{Version: "9", ETag: "late", Order: cluster.Order{Map: 20, Incarnation: 1, Counter: 1}}}
	o, err = r.put(t.Context(), "b", nil, store.WriteOptions{Base: late, Conditions: store.Conditions{IfMatch: []string{"late"}}})
	check.NoError(t, err)
	check.Equal(t, o.Version, "10")
	check.Equal(t, o.Order.Compare(late.Order), 1)
	gone := &store.Object{Record: store.Record{DeleteMarker: true, Order: cluster.Order{Map: 30, Incarnation: 1, Counter: 1}}}
	check.ErrorIs(t, r.Delete(t.Context(), r.name("b"), store.DeleteOptions{Base: gone, Tombstone: true}), errs.NotFound)
	_, err = r.Stat(t.Context(), r.name("b"))
	check.ErrorIs(t, err, errs.NotFound)
	last, err = r.Last(t.Context(), r.name("b"))
	check.NoError(t, err)
	check.Equal(t, last.DeleteMarker, true)
	check.Equal(t, last.Order.Compare(gone.Order), 1)
	_, err = r.Last(t.Context(), r.name("never"))
	check.ErrorIs(t, err, errs.NotFound)
	o, err = r.put(t.Context(), "a", nil, store.WriteOptions{Base: gone, Conditions: store.Conditions{IfNoneMatch: []string{store.AnyTag}}})
	check.NoError(t, err)
	check.Equal(t, o.Version, "1")
	check.Equal(t, o.Order.Compare(gone.Order), 1)
}

func TestTombstones(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	o := r.mustPut(t, "d/a", "one")
	check.NoError(t, r.Delete(t.Context(), r.name("d/a"), store.DeleteOptions{Tombstone: true}))
	order, buried, err := r.Tombstone(t.Context(), r.name("d/a"))
	check.NoError(t, err)
	check.Equal(t, buried, true)
	check.Equal(t, order.Compare(o.Order), 1)

	// A copy from elsewhere, older than the deletion, does not come back.
	here, err := r.put(t.Context(), "d/a", []byte("one"), store.WriteOptions{Order: o.Order})
	check.ErrorIs(t, err, errs.Conflict)
	check.Equal(t, here == nil, true)
	_, err = r.Stat(t.Context(), r.name("d/a"))
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{})
	entries := r.list(t, store.WalkOptions{Tombstones: true})
	check.Equal(t, len(entries), 1)
	check.Equal(t, entries[0].Tombstone, true)
	check.Equal(t, entries[0].Order, order)

	// A later write supersedes it.
	check.Equal(t, r.mustPut(t, "d/a", "two").Order.Compare(order), 1)
	_, buried, err = r.Tombstone(t.Context(), r.name("d/a"))
	check.NoError(t, err)
	check.Equal(t, buried, false)
	check.Equal(t, r.names(t, store.WalkOptions{Tombstones: true}), []string{"d/a"})

	check.NoError(t, r.Delete(t.Context(), r.name("d/a"), store.DeleteOptions{Tombstone: true}))
	order, _, err = r.Tombstone(t.Context(), r.name("d/a"))
	check.NoError(t, err)
	check.NoError(t, r.DropTombstone(t.Context(), r.name("d/a"), o.Order)) // of another
	_, buried, _ = r.Tombstone(t.Context(), r.name("d/a"))
	check.Equal(t, buried, true)
	check.NoError(t, r.DropTombstone(t.Context(), r.name("d/a"), order))
	_, buried, _ = r.Tombstone(t.Context(), r.name("d/a"))
	check.Equal(t, buried, false)
}

func TestMetadataThatTheFileSystemRefusesSpills(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{100, 4040} {
		r := open(t, memfs.New(memfs.Options{XattrMax: limit}), 1, store.Options{})
		r.bucket = newBucket("b", 7, wire.DurabilityFsync)
		check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
		for _, length := range []int{0, 200, 3900, 3990, 4100, 100_000} {
			value := strings.Repeat("x", length)
			_, err := r.put(t.Context(), "a", nil, store.WriteOptions{Custom: []store.Pair{{Key: "k", Value: value}}})
			check.NoError(t, err)
			r.Forget(r.name("a"))
			o, err := r.Stat(t.Context(), r.name("a"))
			check.NoError(t, err)
			got, _ := store.Lookup(o.Custom, "k")
			check.Equal(t, got, value)
			entries, err := r.fsys.ReadDir("/mp1/@ais/b/%sp")
			if err != nil {
				check.ErrorIs(t, err, fs.ErrNotExist)
			}
			if spilled := length+60 > min(limit, 4000); len(entries) > 1 || (len(entries) == 1) != spilled {
				t.Errorf("limit %d, %d bytes of metadata: %d spill files", limit, length, len(entries))
			}
		}
	}
}

func TestLargeObjectIsPreallocatedAndWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	text := []byte(content("large", 3<<20))
	_, err := r.put(t.Context(), "a", text, store.WriteOptions{})
	check.NoError(t, err)
	check.Equal(t, bytes.Equal([]byte(r.mustRead(t, "a")), text), true)
	preallocated := false
	for _, line := range r.fsys.(*memfs.FS).Log() {
		preallocated = preallocated || strings.Contains(line, "preallocate")
	}
	check.Equal(t, preallocated, true)
}
