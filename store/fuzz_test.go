package store_test

import (
	"bytes"
	"strings"
	"testing"

	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

// FuzzVersionKey reads names of files of older versions, and ids that clients send.
func FuzzVersionKey(f *testing.F) {
	for _, key := range []string{
		"", "null", ".null", "0000000000000200000000000009G0000000008", "0000000000000200000000000009G0000000008.null",
		"0000000000000200000000000009G000000000a", "VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV", strings.Repeat("0", 39), strings.Repeat("0", 38), strings.Repeat("0", 40), "../null", "a/b\x00",
	} {
		f.Add(key, key)
	}
	name := store.Name{Bucket: newBucket("b", 1<<63|7, ""), Object: "o"}
	f.Fuzz(func(t *testing.T, key, other string) {
		order, again, ok := store.VersionKeyOrder(key)
		if ok {
			check.Equal(t, again, key) // one key for one order
		}
		otherOrder, _, otherOk := store.VersionKeyOrder(other)
		if plain := !strings.HasSuffix(key+other, ".null") && !strings.Contains(key, "."); ok && otherOk && plain && key != "" && other != "" {
			check.Equal(t, strings.Compare(key, other), order.Compare(otherOrder)) // keys are in the order of writes
		}
		switch err := store.CheckVersionID(name, key); {
		case err == nil && key != store.NullVersion && (!ok || key == "" || strings.HasSuffix(key, ".null")):
			t.Fatalf("the id %q was taken", key)
		case err != nil && (errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) != errs.CodeVersionInvalid):
			t.Fatalf("the id %q: %v", key, err)
		}
	})
}

// FuzzSpill reads files of metadata that does not fit beside an object.
func FuzzSpill(f *testing.F) {
	full := fullRecord()
	f.Add("dir/name", full.Append(nil)[5:], byte(0x10))
	f.Add("", []byte{30 << 2, 1}, byte(0x1f))
	f.Add("x", []byte{}, byte(0))
	f.Fuzz(func(t *testing.T, object string, fields []byte, layout byte) {
		written, err := store.ParseSpill(store.SealSpill(object, layout, fields))
		if err != nil {
			return
		}
		again, err := store.ParseSpill(written)
		check.NoError(t, err)
		check.Equal(t, bytes.Equal(again, written), true)
	})
}

// FuzzSidecarHead reads the heads of files that were derived from an object.
func FuzzSidecarHead(f *testing.F) {
	bucket := newBucket("b", 1<<63|7, "")
	f.Add(store.SidecarHead(store.Name{Bucket: bucket, Object: "dir/o"}, cluster.Order{Map: 3, Incarnation: 9, Counter: 4}), "dir/o")
	f.Add(store.SidecarHead(store.Name{Bucket: bucket, Object: ""}, cluster.Order{}), "")
	f.Add([]byte{1, 0, 0, 0, 0}, strings.Repeat("x", 4096))
	f.Fuzz(func(t *testing.T, raw []byte, object string) {
		if name, _, ok := store.ParseSidecarHead(raw); ok && len(name) > len(raw) {
			t.Fatalf("a name of %d bytes out of %d", len(name), len(raw))
		}
		if len(object) > 4096 {
			return
		}
		want := cluster.Order{Map: int64(len(raw)), Incarnation: uint64(len(object)), Counter: 7}
		head := store.SidecarHead(store.Name{Bucket: bucket, Object: object}, want)
		name, order, ok := store.ParseSidecarHead(append(head, raw...))
		check.Equal(t, ok && name == object && order == want, true)
		if len(raw) > 0 {
			head[int(raw[0])%len(head)] ^= 0x40
			if _, _, ok := store.ParseSidecarHead(head); ok {
				t.Fatal("a damaged head was taken")
			}
		}
	})
}
