package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/store"
)

// modelObject is what the model knows of an object.
type modelObject struct {
	content string
	version int
	custom  string
}

// model is a store beside a map that says what must be in it.
type model struct {
	t       *testing.T
	disk    *memfs.FS
	rig     *rig
	options store.Options
	objects map[string]modelObject
	deleted map[string]bool // names with a tombstone
}

func TestStoreIsAMap(t *testing.T) {
	t.Parallel()
	pool := testPool(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{
			t: t, disk: memfs.New(memfs.Options{}), options: store.Options{Pool: pool, CacheBytes: 64 << 10},
			objects: map[string]modelObject{}, deleted: map[string]bool{},
		}
		for _, path := range paths(3) {
			m.must(rt, m.disk.Mkdir(path))
		}
		m.must(rt, m.disk.SyncDir("/"))
		m.open(rt)
		defer func() { m.rig.mounts.Close() }()
		rt.Repeat(map[string]func(*rapid.T){
			"put":       m.put,
			"put again": m.put,
			"create":    m.create,
			"delete":    m.delete,
			"update":    m.update,
			"upload":    m.upload,
			"read":      m.read,
			"list":      m.list,
			"fold":      m.fold,
			"page":      m.page,
			"restart":   m.restart,
			"power cut": m.powerCut,
		})
		m.checkAll(rt)
	})
}

// anyName draws names whose paths are in each other's way.
func anyName(rt *rapid.T) string {
	parts := []string{
		"a", "a", "a", "b", "b", "ab", "a-b", "a%", "%", "%25", ".", "...", "", "a b", "é", "%+", "%_", "~", "A",
		strings.Repeat("x", 200), strings.Repeat("x", 201), strings.Repeat("x", 199) + "%", strings.Repeat("x", 200) + "/y",
	}
	for {
		n := rapid.IntRange(1, 4).Draw(rt, "depth")
		name := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), n, n).Draw(rt, "name"), "/")
		if _, err := fs.Encode(name); err == nil {
			return name
		}
	}
}

func (m *model) must(rt *rapid.T, err error) {
	if err != nil {
		rt.Fatalf("unexpected error: %v", err)
	}
}

func (m *model) open(rt *rapid.T) {
	m.options.Incarnation++
	m.rig = openUnowned(m.t, m.disk, 3, m.options)
	m.rig.bucket = newBucket("b", 1<<63|7, wire.DurabilityFsync)
	m.rig.SetJoin(10, 4)
	m.must(rt, m.rig.CreateBucket(context.Background(), m.rig.bucket))
	m.must(rt, m.rig.Collect(context.Background()))
}

func (m *model) restart(rt *rapid.T) {
	m.must(rt, m.rig.mounts.Close())
	m.open(rt)
}

func (m *model) powerCut(rt *rapid.T) {
	m.disk = m.disk.Crash(memfs.DropAll, nil)
	m.open(rt)
}

// known draws a name that may be there.
func (m *model) known(rt *rapid.T) string {
	names := slices.Sorted(maps.Keys(m.objects))
	if len(names) == 0 || rapid.IntRange(0, 4).Draw(rt, "other") == 0 {
		return anyName(rt)
	}
	return rapid.SampledFrom(names).Draw(rt, "known")
}

func (m *model) put(rt *rapid.T) {
	name, text := m.known(rt), rapid.StringN(0, 20, 40).Draw(rt, "content")
	o, err := m.rig.put(context.Background(), name, []byte(text), store.WriteOptions{Size: -1})
	m.must(rt, err)
	version := m.objects[name].version + 1
	if o.Version != strconv.Itoa(version) {
		rt.Fatalf("version %q, want %d", o.Version, version)
	}
	m.objects[name] = modelObject{content: text, version: version}
	delete(m.deleted, name)
}

// upload makes an object of parts, some of them written twice, with restarts
// between.
func (m *model) upload(rt *rapid.T) {
	ctx, name := context.Background(), m.known(rt)
	u, err := m.rig.CreateUpload(ctx, m.rig.name(name), store.UploadOptions{})
	m.must(rt, err)
	parts := map[int]string{}
	for range rapid.IntRange(1, 5).Draw(rt, "writes") {
		number, text := rapid.IntRange(1, 4).Draw(rt, "part"), rapid.StringN(0, 8, 20).Draw(rt, "text")
		_, err := writePart(ctx, u, number, text)
		m.must(rt, err)
		parts[number] = text
		switch rapid.IntRange(0, 9).Draw(rt, "between") {
		case 0:
			m.restart(rt)
		case 1:
			m.powerCut(rt)
		}
		u = m.rig.Upload(m.rig.name(name), u.ID)
	}
	if rapid.IntRange(0, 4).Draw(rt, "abort") == 0 {
		m.must(rt, u.Abort(ctx))
		return
	}
	numbers := slices.Sorted(maps.Keys(parts))
	for range 2 { // again, as who has not heard the answer
		_, err = u.Complete(ctx, pieces(numbers...), store.CompleteOptions{})
		m.must(rt, err)
	}
	object := modelObject{version: m.objects[name].version + 1}
	for _, number := range numbers {
		object.content += parts[number]
	}
	m.objects[name] = object
	delete(m.deleted, name)
}

func (m *model) create(rt *rapid.T) {
	name := m.known(rt)
	absent := store.Conditions{IfNoneMatch: []string{store.AnyTag}}
	_, err := m.rig.put(context.Background(), name, []byte("created"), store.WriteOptions{Conditions: absent})
	if _, exists := m.objects[name]; exists {
		if !errors.Is(err, errs.Precondition) {
			rt.Fatalf("creating %q again: %v", name, err)
		}
		return
	}
	m.must(rt, err)
	m.objects[name] = modelObject{content: "created", version: 1}
	delete(m.deleted, name)
}

func (m *model) delete(rt *rapid.T) {
	name, bury := m.known(rt), rapid.Bool().Draw(rt, "tombstone")
	err := m.rig.Delete(context.Background(), m.rig.name(name), store.DeleteOptions{Tombstone: bury})
	if _, exists := m.objects[name]; exists {
		m.must(rt, err)
	} else if !errors.Is(err, errs.NotFound) {
		rt.Fatalf("deleting %q, which is not there: %v", name, err)
	}
	if bury {
		m.deleted[name] = true
	}
	delete(m.objects, name)
}

func (m *model) update(rt *rapid.T) {
	name := m.known(rt)
	value := strings.Repeat(rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "value"), rapid.SampledFrom([]int{1, 100, 3900, 6000}).Draw(rt, "length"))
	_, err := m.rig.Update(context.Background(), m.rig.name(name), store.UpdateOptions{}, func(r *store.Record) error {
		r.Custom = []store.Pair{{Key: "k", Value: value}}
		return nil
	})
	was, exists := m.objects[name]
	if !exists {
		if !errors.Is(err, errs.NotFound) {
			rt.Fatalf("updating %q, which is not there: %v", name, err)
		}
		return
	}
	m.must(rt, err)
	was.custom = value
	m.objects[name] = was
}

func (m *model) read(rt *rapid.T) {
	name := m.known(rt)
	if rapid.Bool().Draw(rt, "forget") {
		m.rig.Forget(m.rig.name(name))
	}
	m.must(rt, m.compare(name))
}

// compare reads an object in every way and returns what is wrong with it.
func (m *model) compare(name string) error {
	ctx, n := context.Background(), m.rig.name(name)
	want, exists := m.objects[name]
	buf := make([]byte, 200)
	o, err := m.rig.ReadSmall(ctx, n, buf)
	_, buried, tombErr := m.rig.Tombstone(ctx, n)
	if tombErr != nil || buried != m.deleted[name] {
		return fmt.Errorf("%q: tombstone %v, want %v, error %v", name, buried, m.deleted[name], tombErr)
	}
	if !exists {
		if !errors.Is(err, errs.NotFound) {
			return fmt.Errorf("%q is deleted, got error %v", name, err)
		}
		return nil
	}
	small := ""
	switch {
	case err == nil:
		small = string(buf[:o.Size])
	case errors.Is(err, errs.TooLarge): // it is in chunks
		small = want.content
		o, err = m.rig.Stat(ctx, n)
	}
	if err != nil {
		return err
	}
	text, err := m.rig.read(ctx, name)
	if err != nil {
		return err
	}
	custom, _ := store.Lookup(o.Custom, "k")
	if text != want.content || small != text || o.Version != strconv.Itoa(want.version) || custom != want.custom {
		return fmt.Errorf("%q: %q of version %s with %q, want %+v", name, text, o.Version, custom, want)
	}
	return nil
}

func (m *model) checkAll(rt *rapid.T) {
	for name := range m.objects {
		m.must(rt, m.compare(name))
	}
	for name := range m.deleted {
		m.must(rt, m.compare(name))
	}
}

// walk returns the names that a walk gives, n at most if that is not negative.
func (m *model) walk(rt *rapid.T, o store.WalkOptions, n int) []string {
	w, err := m.rig.Walk(context.Background(), m.rig.bucket, o)
	m.must(rt, err)
	defer w.Close()
	names := []string{}
	for len(names) != n {
		e, ok := w.Next(context.Background())
		if !ok {
			break
		}
		m.must(rt, e.Problem)
		if o.Records && !e.Dir && (e.Object == nil || e.Object.Size != int64(len(m.objects[e.Name].content))) {
			rt.Fatalf("the record of %q is %+v", e.Name, e.Object)
		}
		names = append(names, e.Name)
	}
	m.must(rt, w.Err())
	return names
}

// want returns the names that a walk must give.
func (m *model) want(o store.WalkOptions) []string {
	names := []string{}
	for _, name := range slices.Sorted(maps.Keys(m.objects)) {
		if !strings.HasPrefix(name, o.Prefix) || name <= o.After && o.After != "" {
			continue
		}
		if at := strings.IndexByte(name[len(o.Prefix):], '/'); o.Delimiter != "" && at >= 0 {
			name = name[:len(o.Prefix)+at+1]
			if name == o.After || len(names) > 0 && names[len(names)-1] == name {
				continue
			}
		}
		names = append(names, name)
	}
	return names
}

// selection draws what to walk over.
func (m *model) selection(rt *rapid.T) store.WalkOptions {
	o := store.WalkOptions{Records: rapid.Bool().Draw(rt, "records")}
	cut := func(label string) string {
		name := m.known(rt)
		return name[:rapid.IntRange(0, len(name)).Draw(rt, label)]
	}
	if rapid.Bool().Draw(rt, "with prefix") {
		o.Prefix = cut("prefix")
	}
	if rapid.Bool().Draw(rt, "with after") {
		o.After = cut("after")
	}
	return o
}

func (m *model) list(rt *rapid.T) {
	o := m.selection(rt)
	if got, want := m.walk(rt, o, -1), m.want(o); !slices.Equal(got, want) {
		rt.Fatalf("walk %+v: got %q, want %q", o, got, want)
	}
}

func (m *model) fold(rt *rapid.T) {
	o := m.selection(rt)
	o.Delimiter = "/"
	if got, want := m.walk(rt, o, -1), m.want(o); !slices.Equal(got, want) {
		rt.Fatalf("walk %+v: got %q, want %q", o, got, want)
	}
}

func (m *model) page(rt *rapid.T) {
	o := m.selection(rt)
	o.After = ""
	o.Delimiter = rapid.SampledFrom([]string{"", "/"}).Draw(rt, "delimiter")
	size := rapid.IntRange(1, 3).Draw(rt, "page")
	got := []string{}
	for {
		page := m.walk(rt, o, size)
		got = append(got, page...)
		if len(page) < size {
			break
		}
		if last := page[len(page)-1]; last <= o.After {
			rt.Fatalf("page %q after %q", page, o.After)
		} else {
			o.After = last
		}
	}
	o.After = ""
	if want := m.want(o); !slices.Equal(got, want) {
		rt.Fatalf("pages of %d of %+v: got %q, want %q", size, o, got, want)
	}
}
