package objects_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/store"
)

func TestRenameOfAnObjectThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	for _, writes := range []int{1, 2, 3} {
		r := newRig(t, "target01")
		r.apply(t, cluster.PutNode(wireNode("target02", wire.NodeTarget)))
		r.open(t, "target02")
		from, to := r.ownedBy(t, "target01"), r.ownedBy(t, "target02")
		_, err := r.put(t, "target01", from, "first", store.WriteOptions{})
		check.NoError(t, err)
		// Somebody writes between the copy and the removal: what was written last
		// is what has the new name in the end.
		times := 0
		r.written = func() {
			if times++; times <= writes {
				_, err := r.put(t, "target01", from, fmt.Sprint("write ", times), store.WriteOptions{})
				check.NoError(t, err)
			}
		}
		err = r.verbs["target01"].Rename(t.Context(), r.name(from), r.name(to))
		r.written = nil
		if writes == 3 {
			check.ErrorIs(t, err, errs.Conflict)
			got, err := r.read(t, "target01", from)
			check.NoError(t, err)
			check.Equal(t, got, "write 3")
			continue
		}
		check.NoError(t, err)
		got, err := r.read(t, "target02", to)
		check.NoError(t, err)
		check.Equal(t, got, fmt.Sprint("write ", writes))
		_, err = r.verbs["target01"].Head(t.Context(), r.name(from))
		check.ErrorIs(t, err, errs.NotFound)
	}
}

// ownedBy returns a name that a target owns.
func (r *rig) ownedBy(t *testing.T, id string) string {
	t.Helper()
	for i := 0; ; i++ {
		name := fmt.Sprint("n", i)
		owner, err := r.state.Map.Owner(r.name(name).Digest())
		check.NoError(t, err)
		if owner.ID == id {
			return name
		}
	}
}

func TestAppendBeginsWithWhatAnotherTargetHas(t *testing.T) {
	t.Parallel()
	r := movedRig(t, "target01", "target02")
	r.had(t, "target01", "o", "before", store.WriteOptions{Custom: []store.Pair{{Key: "k", Value: "v"}}})
	v, n := r.verbs["target02"], r.name("o")
	handle, err := v.Append(t.Context(), n, "", strings.NewReader(" and after"), -1)
	check.NoError(t, err)
	made, err := v.Flush(t.Context(), n, handle, checksum.Sum{}, 0)
	check.NoError(t, err)
	check.Equal(t, made.Custom, []store.Pair{{Key: "k", Value: "v"}})
	check.Equal(t, made.Version, "2")
	got, err := r.read(t, "target02", "o")
	check.NoError(t, err)
	check.Equal(t, got, "before and after")
	_, err = v.Append(t.Context(), r.name("other"), handle, strings.NewReader("x"), 1)
	check.ErrorIs(t, err, errs.NotFound)
	for _, bad := range []string{"-2", handle + "x", handle[:32], handle[:32] + "-1", handle[:32] + "-100000000"} {
		_, err = v.Flush(t.Context(), n, bad, checksum.Sum{}, 0)
		check.ErrorIs(t, err, errs.NotFound)
	}
}

func TestDamageIsNotCopied(t *testing.T) {
	t.Parallel()
	r := movedRig(t, "target01", "target02")
	r.had(t, "target01", "o", "content", store.WriteOptions{})
	r.damaged = func(text string) string { return "X" + text[1:] }
	_, err := r.verbs["target02"].Copy(t.Context(), r.name("o"), r.name("copy"), objects.CopyOptions{})
	check.ErrorIs(t, err, errs.Corrupt)
	_, err = r.verbs["target02"].HeadLocal(t.Context(), r.name("copy"))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestUploadFollowsWhatAnotherTargetHas(t *testing.T) {
	t.Parallel()
	r := movedRig(t, "target01", "target02")
	old := r.had(t, "target01", "o", "before", store.WriteOptions{})
	v, n := r.verbs["target02"], r.name("o")
	u, err := v.CreateUpload(t.Context(), n, store.UploadOptions{})
	check.NoError(t, err)
	_, err = u.WritePart(t.Context(), 1, strings.NewReader("after"), store.PartOptions{Size: 5})
	check.NoError(t, err)
	absent := store.CompleteOptions{Conditions: store.Conditions{IfNoneMatch: []string{store.AnyTag}}}
	_, err = v.CompleteUpload(t.Context(), u, []store.Piece{{Number: 1}}, absent)
	check.ErrorIs(t, err, errs.Precondition)
	same := store.CompleteOptions{Conditions: store.Conditions{IfMatch: []string{old.EntityTag()}}}
	made, err := v.CompleteUpload(t.Context(), u, []store.Piece{{Number: 1}}, same)
	check.NoError(t, err)
	check.Equal(t, made.Version, "2")
	_, err = r.verbs["target01"].CompleteUpload(t.Context(), u, []store.Piece{{Number: 1}}, absent)
	check.Equal(t, errs.CodeOf(err), errs.CodeNotNow) // it is not the owner
}

func TestAFileThatChangesWhileItIsPromotedIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	r.apply(t, cluster.PutNode(wireNode("target02", wire.NodeTarget)))
	r.open(t, "target02")
	files, to := memfs.New(memfs.Options{}), r.name(r.ownedBy(t, "target02"))
	change := func(text string, flags int) {
		f, err := files.OpenFile("/file", os.O_CREATE|os.O_WRONLY|flags)
		check.NoError(t, err)
		_, err = io.WriteString(f, text)
		check.NoError(t, err)
		check.NoError(t, f.Close())
	}
	o := objects.PromoteOptions{Overwrite: true, DeleteSource: true}
	change("content", 0)
	r.written = func() { change(" and more", os.O_APPEND) }
	_, err := r.verbs["target01"].PromoteFile(t.Context(), files, "/file", to, o)
	check.ErrorIs(t, err, errs.Conflict)
	got, err := r.read(t, "target02", to.Object)
	check.NoError(t, err)
	check.Equal(t, got, "content")
	r.written = nil
	_, err = r.verbs["target01"].PromoteFile(t.Context(), files, "/file", to, o)
	check.NoError(t, err)
	_, err = files.Lstat("/file")
	check.ErrorIs(t, err, fs.ErrNotExist)
}
