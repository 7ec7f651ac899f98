package store_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/internal/run"
	"aistore/internal/units"
	"aistore/store"
)

// uploadRig is a store whose uploads stay in chunks from 10 bytes on, those of
// less than 4 joined.
func uploadRig(t testing.TB, mountpaths int) *rig {
	t.Helper()
	r := newRig(t, mountpaths)
	r.SetJoin(10, 4)
	return r
}

func (r *rig) begin(t testing.TB, object string) store.Upload {
	t.Helper()
	u, err := r.CreateUpload(t.Context(), r.name(object), store.UploadOptions{})
	check.NoError(t, err)
	return u
}

// writePart writes a part, with MD5.
func writePart(ctx context.Context, u store.Upload, number int, text string) (store.Part, error) {
	return u.WritePart(ctx, number, strings.NewReader(text), store.PartOptions{Size: int64(len(text)), Hash: []checksum.Kind{checksum.MD5}})
}

func mustWritePart(t testing.TB, u store.Upload, number int, text string) {
	t.Helper()
	_, err := writePart(t.Context(), u, number, text)
	check.NoError(t, err)
}

func pieces(numbers ...int) []store.Piece {
	list := make([]store.Piece, len(numbers))
	for i, n := range numbers {
		list[i].Number = n
	}
	return list
}

// uploaded makes an object of parts.
func (r *rig) uploaded(t testing.TB, object string, parts ...string) *store.Object {
	t.Helper()
	u := r.begin(t, object)
	list := []store.Piece{}
	for i, text := range parts {
		mustWritePart(t, u, i+1, text)
		list = append(list, store.Piece{Number: i + 1})
	}
	o, err := u.Complete(t.Context(), list, store.CompleteOptions{})
	check.NoError(t, err)
	return o
}

func TestUploadBecomesTheObject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		parts  []string
		chunks int
	}{
		{[]string{""}, 0},
		{[]string{"short"}, 0},
		{[]string{"short", "er"}, 0},
		{[]string{"a single long part"}, 1},
		{[]string{"first part", "second part", "end"}, 3},
		{[]string{"first part", "", "a", "b", "c", "d", "e", "long again", "", ""}, 4},
		{[]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}, 3},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.parts, "+"), func(t *testing.T) {
			t.Parallel()
			r := uploadRig(t, 2)
			o := r.uploaded(t, "d/o", test.parts...)
			check.Equal(t, len(o.Chunks), test.chunks)
			whole := strings.Join(test.parts, "")
			check.Equal(t, o.Size, int64(len(whole)))
			check.Equal(t, o.Checksum.String(), checksum.Of(o.Checksum.Kind, []byte(whole)).String())
			check.Equal(t, o.EntityTag(), fmt.Sprintf("%s-%d", o.EntityTag()[:32], len(test.parts)))
			check.Equal(t, len(o.PartSizes), len(test.parts))
			r.readsAs(t, "d/o", whole)
			r.Forget(r.name("d/o"))
			r.readsAs(t, "d/o", whole)
			check.NoError(t, r.Collect(t.Context()))
			r.readsAs(t, "d/o", whole)
			check.Equal(t, r.names(t, store.WalkOptions{Records: true}), []string{"d/o"})
		})
	}
}

// readsAs reads an object in every way.
func (r *rig) readsAs(t testing.TB, object, want string) {
	t.Helper()
	check.Equal(t, r.mustRead(t, object), want)
	reader, err := r.Open(t.Context(), r.name(object))
	check.NoError(t, err)
	defer reader.Close()
	random := rand.New(rand.NewPCG(1, uint64(len(want))))
	for range 50 {
		from := random.IntN(len(want) + 1)
		size := random.IntN(len(want) - from + 1)
		var out bytes.Buffer
		n, err := reader.WriteSection(&out, int64(from), int64(size))
		check.NoError(t, err)
		check.Equal(t, n, int64(size))
		check.Equal(t, out.String(), want[from:from+size])
		piece := make([]byte, size)
		_, err = reader.ReadAt(piece, int64(from))
		check.NoError(t, err)
		check.Equal(t, string(piece), want[from:from+size])
	}
	_, err = reader.ReadAt(make([]byte, 1), int64(len(want)))
	check.ErrorIs(t, err, io.EOF)
	end, err := reader.Seek(-1, io.SeekEnd)
	if len(want) > 0 {
		check.NoError(t, err)
		check.Equal(t, end, int64(len(want)-1))
	}
}

func TestNothingIsReadableBeforeComplete(t *testing.T) {
	t.Parallel()
	r := uploadRig(t, 1)
	u := r.begin(t, "o")
	mustWritePart(t, u, 1, "some content")
	_, err := r.read(t.Context(), "o")
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{})
	r.mustPut(t, "o", "other")
	check.Equal(t, r.mustRead(t, "o"), "other")
}

func TestPartsComeInAnyOrderAndAreReplaced(t *testing.T) {
	t.Parallel()
	r := uploadRig(t, 1)
	u := r.begin(t, "o")
	var group run.Group
	for _, number := range []int{7, 3, 5, 1} {
		group.Go(func() {
			for _, text := range []string{"first of ", "part of "} {
				_, err := writePart(context.Background(), u, number, fmt.Sprint(text, number))
				check.NoError(t, err)
			}
		})
	}
	group.Wait()
	parts, more, err := u.Parts(t.Context(), 1, 2)
	check.NoError(t, err)
	check.Equal(t, more, true)
	check.Equal(t, []int{parts[0].Number, parts[1].Number}, []int{3, 5})
	check.Equal(t, parts[0].Sum(checksum.MD5).String(), checksum.Of(checksum.MD5, []byte("part of 3")).String())
	r.ForgetUploads()
	again, more, err := u.Parts(t.Context(), 1, 3)
	check.NoError(t, err)
	check.Equal(t, more, false)
	check.Equal(t, fmt.Sprint(again[:2]), fmt.Sprint(parts))
	_, err = u.Complete(t.Context(), pieces(1, 3, 5), store.CompleteOptions{}) // 7 is left out
	check.NoError(t, err)
	r.readsAs(t, "o", "part of 1part of 3part of 5")
}

func TestCompleteRefuses(t *testing.T) {
	t.Parallel()
	md5 := func(text string) []checksum.Sum { return []checksum.Sum{checksum.Of(checksum.MD5, []byte(text))} }
	tests := []struct {
		name   string
		pieces []store.Piece
		o      store.CompleteOptions
		kind   errs.Kind
		code   string
	}{
		{"no parts", nil, store.CompleteOptions{}, errs.Invalid, errs.CodePartInvalid},
		{"a missing part", pieces(1, 3), store.CompleteOptions{}, errs.Invalid, errs.CodePartInvalid},
		{"wrong order", pieces(2, 1), store.CompleteOptions{}, errs.Invalid, errs.CodePartOrder},
		{"a part twice", pieces(1, 1), store.CompleteOptions{}, errs.Invalid, errs.CodePartOrder},
		{"not all", pieces(1), store.CompleteOptions{All: true}, errs.Invalid, errs.CodePartInvalid},
		{"small parts", pieces(1, 2), store.CompleteOptions{MinPart: 100}, errs.Invalid, errs.CodePartTooSmall},
		{"another sum", []store.Piece{{Number: 1, Expect: md5("other")}}, store.CompleteOptions{}, errs.Invalid, errs.CodePartInvalid},
		{"a sum that is not kept", []store.Piece{{Number: 1, Expect: []checksum.Sum{checksum.Of(checksum.SHA256, nil)}}}, store.CompleteOptions{}, errs.Invalid, errs.CodePartInvalid},
		{"too large", pieces(1, 2), store.CompleteOptions{MaxSize: 20}, errs.TooLarge, ""},
		{"another object", pieces(1, 2), store.CompleteOptions{Conditions: store.Conditions{IfMatch: []string{"other"}}}, errs.Precondition, ""},
		{"an object", pieces(1, 2), store.CompleteOptions{Conditions: store.Conditions{IfNoneMatch: []string{store.AnyTag}}}, errs.Precondition, ""},
		{"another content", pieces(1, 2), store.CompleteOptions{Expect: md5("other")[0]}, errs.Invalid, errs.CodeChecksum},
		{"another CRC", pieces(1, 2), store.CompleteOptions{Expect: checksum.Of(checksum.CRC32C, nil)}, errs.Invalid, errs.CodeChecksum},
		{"a fence", pieces(1, 2), store.CompleteOptions{Fence: func() error { return errs.Unavailable }}, errs.Unavailable, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := uploadRig(t, 1)
			r.mustPut(t, "o", "before")
			u := r.begin(t, "o")
			mustWritePart(t, u, 1, "the first part")
			mustWritePart(t, u, 2, "the second part")
			_, err := u.Complete(t.Context(), test.pieces, test.o)
			check.ErrorIs(t, err, test.kind)
			check.Equal(t, errs.CodeOf(err), test.code)
			check.Equal(t, r.mustRead(t, "o"), "before")

			whole := "the first partthe second part"
			list := []store.Piece{{Number: 1, Expect: md5("the first part")}, {Number: 2}}
			_, err = u.Complete(t.Context(), list, store.CompleteOptions{All: true, MinPart: 14, Expect: md5(whole)[0]})
			check.NoError(t, err)
			r.readsAs(t, "o", whole)
		})
	}
}

func TestCompleteAgainAnswersTheSame(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		r := uploadRig(t, 1)
		u := r.begin(t, "o")
		mustWritePart(t, u, 1, "some long content")
		first, err := u.Complete(t.Context(), pieces(1), store.CompleteOptions{})
		check.NoError(t, err)
		if restart {
			check.NoError(t, r.mounts.Close())
			bucket := r.bucket
			r = open(t, r.fsys, 1, store.Options{Incarnation: 2})
			r.bucket = bucket
			u = r.Upload(r.name("o"), u.ID)
		}
		again, err := u.Complete(t.Context(), pieces(1), store.CompleteOptions{Conditions: store.Conditions{IfNoneMatch: []string{store.AnyTag}}})
		check.NoError(t, err)
		check.Equal(t, again.Order, first.Order)
		check.Equal(t, again.EntityTag(), first.EntityTag())
		check.ErrorIs(t, u.Abort(t.Context()), errs.NotFound)
		_, err = writePart(t.Context(), u, 1, "late")
		check.ErrorIs(t, err, errs.NotFound)
		r.readsAs(t, "o", "some long content")
		r.mustPut(t, "o", "other")
		_, err = u.Complete(t.Context(), pieces(1), store.CompleteOptions{})
		check.ErrorIs(t, err, errs.NotFound)
		check.Equal(t, errs.CodeOf(err), errs.CodeUploadNotFound)
	}
}

func TestAbort(t *testing.T) {
	t.Parallel()
	r := uploadRig(t, 1)
	r.mustPut(t, "o", "before")
	u := r.begin(t, "o")
	mustWritePart(t, u, 1, "some long content")
	check.NoError(t, u.Abort(t.Context()))
	_, err := u.Complete(t.Context(), pieces(1), store.CompleteOptions{})
	check.ErrorIs(t, err, errs.NotFound)
	_, err = writePart(t.Context(), u, 2, "late")
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, r.mustRead(t, "o"), "before")
	check.Equal(t, r.leftOfUploads(t), []string{})
}

// leftOfUploads returns what there is below %up and %ch.
func (r *rig) leftOfUploads(t testing.TB) []string {
	t.Helper()
	found := []string{}
	for _, kind := range []string{"%up", "%ch"} {
		entries, err := r.fsys.ReadDir("/mp1/@ais/b/" + kind)
		check.NoError(t, err)
		for _, e := range entries {
			found = append(found, kind+"/"+e.Name)
		}
	}
	slices.Sort(found)
	return found
}

// An abort and a completion at the same time: one of them wins.
func TestAbortAgainstComplete(t *testing.T) {
	t.Parallel()
	for range 50 {
		r := uploadRig(t, 1)
		u := r.begin(t, "o")
		mustWritePart(t, u, 1, "some long content")
		var group run.Group
		var completing, aborting, writing error
		group.Go(func() { _, completing = u.Complete(context.Background(), pieces(1), store.CompleteOptions{}) })
		group.Go(func() { aborting = u.Abort(context.Background()) })
		group.Go(func() { _, writing = writePart(context.Background(), u, 1, "some other content") })
		group.Wait()
		if (completing == nil) == (aborting == nil) {
			t.Fatalf("complete: %v, abort: %v", completing, aborting)
		}
		if writing != nil {
			check.ErrorIs(t, writing, errs.NotFound)
		}
		text, err := r.read(t.Context(), "o")
		if completing != nil {
			check.ErrorIs(t, err, errs.NotFound)
			continue
		}
		if text != "some long content" && (text != "some other content" || writing != nil) {
			t.Fatalf("read %q, %v", text, err)
		}
	}
}

func TestReadersKeepTheChunksOfAnObjectReplaced(t *testing.T) {
	t.Parallel()
	ends := map[string]func(t *testing.T, r *rig){
		"replaced": func(t *testing.T, r *rig) { r.mustPut(t, "o", "other") },
		"deleted": func(t *testing.T, r *rig) {
			check.NoError(t, r.Delete(t.Context(), r.name("o"), store.DeleteOptions{}))
		},
		"uploaded":  func(t *testing.T, r *rig) { r.uploaded(t, "o", "another long", "content") },
		"collected": func(t *testing.T, r *rig) { r.mustPut(t, "o", "other"); check.NoError(t, r.Collect(t.Context())) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := uploadRig(t, 1)
			r.uploaded(t, "o", "some long", "content")
			reader, err := r.Open(t.Context(), r.name("o"))
			check.NoError(t, err)
			second, err := r.Open(t.Context(), r.name("o"))
			check.NoError(t, err)
			end(t, r)
			check.NoError(t, second.Close())
			content, err := io.ReadAll(reader)
			check.NoError(t, err)
			check.Equal(t, string(content), "some longcontent")
			check.NoError(t, reader.Close())
			left := 0
			if name == "uploaded" {
				left = 1
			}
			check.Equal(t, len(r.leftOfUploads(t)), left)
		})
	}
}

func TestDamageOfChunksIsFound(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, r *rig, path string){
		"missing": func(t *testing.T, r *rig, path string) { check.NoError(t, r.fsys.Remove(path)) },
		"short": func(t *testing.T, r *rig, path string) {
			f, err := r.fsys.OpenFile(path, 2)
			check.NoError(t, err)
			check.NoError(t, f.Truncate(3))
			check.NoError(t, f.Close())
		},
		"changed": func(t *testing.T, r *rig, path string) {
			f, err := r.fsys.OpenFile(path, 2)
			check.NoError(t, err)
			_, err = f.WriteAt([]byte("X"), 3)
			check.NoError(t, err)
			check.NoError(t, f.Close())
		},
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := uploadRig(t, 1)
			o := r.uploaded(t, "o", "some long", "content")
			damage(t, r, "/mp1/@ais/b/%ch/"+o.Upload.String()+"/2")
			_, err := r.read(t.Context(), "o")
			check.ErrorIs(t, err, errs.Corrupt)
			r.mustPut(t, "o", "again")
			check.Equal(t, r.mustRead(t, "o"), "again")
		})
	}
}

func TestUploadsAreListed(t *testing.T) {
	t.Parallel()
	r := uploadRig(t, 3)
	var ids []store.UploadID
	for _, object := range []string{"b", "a/1", "a/2", "a/2", "c"} {
		ids = append(ids, r.begin(t, object).ID)
	}
	_, err := r.CreateUpload(t.Context(), r.name("a/3"), store.UploadOptions{Hidden: true})
	check.NoError(t, err)
	list := func(o store.UploadsOptions) (objects []string, last store.UploadID) {
		found, err := r.Uploads(t.Context(), r.bucket, o)
		check.NoError(t, err)
		for _, info := range found {
			objects, last = append(objects, info.Object), info.ID
		}
		return objects, last
	}
	all, _ := list(store.UploadsOptions{})
	check.Equal(t, all, []string{"a/1", "a/2", "a/2", "b", "c"})
	some, last := list(store.UploadsOptions{Prefix: "a/"})
	check.Equal(t, some, []string{"a/1", "a/2", "a/2"})
	rest, _ := list(store.UploadsOptions{After: "a/2", AfterID: last})
	check.Equal(t, rest, []string{"b", "c"})
	check.Equal(t, slices.Contains(ids, last), true)

	for most := 1; most < 7; most++ {
		first, _ := list(store.UploadsOptions{Max: most})
		check.Equal(t, first, all[:min(most, len(all))])
	}
	group := func(object string) string { directory, _, _ := strings.Cut(object, "/"); return directory }
	for most, want := range [][]string{{"a/1", "b", "c"}, {"a/1"}, {"a/1", "b"}, {"a/1", "b", "c"}, {"a/1", "b", "c"}} {
		first, _ := list(store.UploadsOptions{Max: most, Group: group})
		check.Equal(t, first, want)
	}
}

func TestUploadKeepsWhatItWasTold(t *testing.T) {
	t.Parallel()
	r := uploadRig(t, 1)
	o := store.UploadOptions{Custom: large("kept"), Header: small("h"), Tags: small("t")}
	u, err := r.CreateUpload(t.Context(), r.name("o"), o)
	check.NoError(t, err)
	r.ForgetUploads()
	info, err := u.Info(t.Context())
	check.NoError(t, err)
	check.Equal(t, info.Object, "o")
	mustWritePart(t, u, 1, "some long content")
	made, err := u.Complete(t.Context(), pieces(1), store.CompleteOptions{Describe: func(parts []store.Part, r *store.Record) error {
		r.ETag = fmt.Sprint(len(parts))
		return nil
	}})
	check.NoError(t, err)
	check.Equal(t, fmt.Sprint(made.Custom, made.Header, made.Tags, made.ETag), fmt.Sprint(o.Custom, o.Header, o.Tags, "1"))
	updated, err := r.Update(t.Context(), r.name("o"), store.UpdateOptions{}, func(rec *store.Record) error { rec.Custom = small("new"); return nil })
	check.NoError(t, err)
	check.Equal(t, len(updated.Chunks), 1)
	r.readsAs(t, "o", "some long content")
}

func TestAnUploadThatNobodyTouchesIsCollected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := open(t, memfs.New(memfs.Options{}), 1, store.Options{Uploads: func() store.UploadLimits { return store.UploadLimits{Time: units.Duration(time.Hour)} }})
		r.bucket = newBucket("b", 1<<63|7, wire.DurabilityFsync)
		check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
		u := r.begin(t, "o")
		time.Sleep(40 * time.Minute)
		mustWritePart(t, u, 1, "content")
		time.Sleep(40 * time.Minute)
		check.NoError(t, r.Collect(t.Context()))
		check.Equal(t, len(r.leftOfUploads(t)) > 0, true)
		time.Sleep(21 * time.Minute)
		check.NoError(t, r.Collect(t.Context()))
		check.Equal(t, len(r.leftOfUploads(t)), 0)
		_, err := u.Complete(t.Context(), pieces(1), store.CompleteOptions{})
		check.ErrorIs(t, err, errs.NotFound)
	})
}

func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	r := open(t, memfs.New(memfs.Options{}), 1, store.Options{Uploads: func() store.UploadLimits { return store.UploadLimits{Open: 2, Parts: 3} }})
	r.bucket = newBucket("b", 1<<63|7, wire.DurabilityFsync)
	check.NoError(t, r.CreateBucket(t.Context(), r.bucket))
	u := r.begin(t, "o")
	r.begin(t, "o")
	_, err := r.CreateUpload(t.Context(), r.name("o"), store.UploadOptions{})
	check.ErrorIs(t, err, errs.Throttled)
	for _, number := range []int{-1, 0, 4} {
		_, err := writePart(t.Context(), u, number, "x")
		check.ErrorIs(t, err, errs.Invalid)
	}
	check.NoError(t, u.Abort(t.Context()))
	r.begin(t, "o")
}

func TestAnUploadIsOfOneObject(t *testing.T) {
	t.Parallel()
	r := uploadRig(t, 1)
	u := r.begin(t, "o")
	_, err := r.Upload(r.name("other"), u.ID).Info(t.Context())
	check.ErrorIs(t, err, errs.NotFound)
	for _, text := range []string{"", "x", strings.ToUpper(u.ID.String()), u.ID.String() + "00", "../" + u.ID.String()} {
		_, err := store.ParseUploadID(r.name("o"), text)
		check.ErrorIs(t, err, errs.NotFound)
	}
	check.NoError(t, r.DestroyBucket(t.Context(), r.bucket))
	_, err = writePart(t.Context(), u, 1, "x")
	check.ErrorIs(t, err, errs.NotFound)
}

// TestAPartBehindItsFence has a fence that closes when the content of a part is
// there.
func TestAPartBehindItsFence(t *testing.T) {
	t.Parallel()
	r := uploadRig(t, 1)
	u := r.begin(t, "o")
	mustWritePart(t, u, 1, "before")
	closed := errs.E("test", "", errs.Unavailable, nil)
	_, err := u.WritePart(t.Context(), 1, strings.NewReader("after"), store.PartOptions{Size: 5, Fence: func() error { return closed }})
	check.ErrorIs(t, err, closed)
	parts, _, err := u.Parts(t.Context(), 0, 10)
	check.NoError(t, err)
	check.Equal(t, parts[0].Size, int64(len("before")))
	_, err = u.Complete(t.Context(), pieces(1), store.CompleteOptions{})
	check.NoError(t, err)
	check.Equal(t, r.mustRead(t, "o"), "before")
}

func TestTenThousandParts(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.SetJoin(0, 1)
	u := r.begin(t, "o")
	var whole strings.Builder
	list := make([]store.Piece, 10_000)
	for i := range list {
		text := fmt.Sprint(i, ",")
		whole.WriteString(text)
		mustWritePart(t, u, i+1, text)
		list[i].Number = i + 1
	}
	r.ForgetUploads()
	o, err := u.Complete(t.Context(), list, store.CompleteOptions{})
	check.NoError(t, err)
	check.Equal(t, len(o.Chunks), len(list))
	r.Forget(r.name("o"))
	check.Equal(t, r.mustRead(t, "o"), whole.String())
}

func FuzzUpload(f *testing.F) {
	r := uploadRig(f, 1)
	for _, o := range []store.UploadOptions{{}, {Hidden: true, Custom: small("x"), Header: large("y"), Tags: small("z")}} {
		u, err := r.CreateUpload(f.Context(), r.name("d/o"), o)
		check.NoError(f, err)
		file, err := r.fsys.Open("/mp1/@ais/b/%up/" + u.ID.String())
		check.NoError(f, err)
		content, err := io.ReadAll(file)
		check.NoError(f, err)
		check.NoError(f, file.Close())
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) < 5 {
			_, _, err := store.ParseUpload(content)
			check.Equal(t, err != nil, true)
			return
		}
		info, written, err := store.ParseUpload(store.SealUpload(slices.Clone(content)))
		if err != nil {
			return
		}
		again, _, err := store.ParseUpload(written)
		check.NoError(t, err)
		check.Equal(t, fmt.Sprint(again), fmt.Sprint(info))
	})
}
