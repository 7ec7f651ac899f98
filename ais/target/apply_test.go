package target_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/fs"
	"aistore/internal/check"
)

// dirs are the directories of buckets on the disks of a target.
func (m *member) dirs(t *testing.T) string {
	t.Helper()
	var found []string
	for _, root := range []string{"/disks/0/1", "/disks/0/2"} {
		entries, err := m.disk.ReadDir(root + "/@ais")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		check.NoError(t, err)
		for _, e := range entries {
			found = append(found, root[len(root)-1:]+":"+e.Name)
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

func TestBucketsComeAndGo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.start(t, "target01")
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/o", "x").status, 404)
	r.create(t, "b", "target01")
	check.Equal(t, m.dirs(t), "1:b 2:b")
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/o", "first").status, 200)

	old, _ := r.state.Buckets.Get(bucket("b"))
	r.commit(t, cluster.RemoveBucket(old))
	r.tell(t, "target01")
	check.Equal(t, m.dirs(t), "")
	check.Equal(t, r.do(t, "GET", "http://target01/v1/objects/b/o", "").status, 404)

	r.create(t, "b", "target01")
	got := r.do(t, "GET", "http://target01/v1/objects/b/o", "")
	check.Equal(t, got.status, 404)
	check.Contains(t, got.body, `object ais://b/o does not exist`)
}

func TestABucketMadeAgainBetweenTwoStatesIsEmpty(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	old := r.create(t, "b", "target01")
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/o", "first").status, 200)
	r.commit(t, cluster.RemoveBucket(old))
	r.create(t, "b", "target01")
	check.Equal(t, r.do(t, "GET", "http://target01/v1/objects/b/o", "").status, 404)
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/o", "second").status, 200)
	check.Equal(t, r.do(t, "GET", "http://target01/v1/objects/b/o", "").body, "second")
}

func TestChangedPropertiesCountAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	b := r.create(t, "b", "target01")
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/o", "x").header.Get(wire.HeaderChecksumType), "xxhash2")
	props := *b.Props
	props.Checksum.Type = "md5"
	r.commit(t, cluster.SetBucketProps(b, props))
	r.tell(t, "target01")
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/p", "x").header.Get(wire.HeaderChecksumType), "md5")
	check.Equal(t, r.do(t, "GET", "http://target01/v1/objects/b/o", "").body, "x")
}
