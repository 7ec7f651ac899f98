package objects_test

import (
	"errors"
	"strings"
	"testing"

	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/internal/run"
	"aistore/store"
)

// give makes a target the owner of all names.
func (r *rig) give(t *testing.T, from, to string) {
	t.Helper()
	if _, known := r.stores[to]; !known {
		r.apply(t, cluster.PutNode(wireNode(to, wire.NodeTarget)))
		r.apply(t, cluster.SetFlags(from, wire.NodeMaintenance, 0))
		r.open(t, to)
	} else {
		r.apply(t, cluster.SetFlags(to, 0, wire.NodeMaintenance))
		r.apply(t, cluster.SetFlags(from, wire.NodeMaintenance, 0))
	}
	owner, err := r.state.Map.Owner(r.name("o").Digest())
	check.NoError(t, err)
	check.Equal(t, owner.ID, to)
}

// complete makes the object of parts, by the verbs of a target.
func (r *rig) complete(t *testing.T, at string, u store.Upload, numbers ...int) error {
	t.Helper()
	var list []store.Piece
	for _, n := range numbers {
		list = append(list, store.Piece{Number: n})
	}
	_, err := r.verbs[at].CompleteUpload(t.Context(), r.at(at, u), list, store.CompleteOptions{})
	return err
}

// has are the targets that have an upload in their own store.
func (r *rig) has(t *testing.T, u store.Upload) string {
	t.Helper()
	var ids []string
	for _, id := range []string{"target01", "target02", "target03"} {
		if r.stores[id] == nil {
			continue
		}
		switch _, err := r.at(id, u).Info(t.Context()); {
		case err == nil:
			ids = append(ids, id)
		case !errors.Is(err, errs.NotFound):
			t.Fatal(err)
		}
	}
	return strings.Join(ids, " ")
}

func TestAnUploadFollowsItsObject(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	u, err := r.verbs["target01"].CreateUpload(t.Context(), r.name("o"), store.UploadOptions{
		Header: []store.Pair{{Key: "Content-Type", Value: "text/x"}}, Custom: []store.Pair{{Key: "k", Value: "v"}}, Tags: []store.Pair{{Key: "t", Value: "w"}},
	})
	check.NoError(t, err)
	_, err = r.verbs["target01"].WritePart(t.Context(), u, 1, strings.NewReader("one "), store.PartOptions{Size: 4, Hash: []checksum.Kind{checksum.MD5}})
	check.NoError(t, err)
	check.NoError(t, r.part(t, "target01", u, 3, "three"))
	info, err := u.Info(t.Context())
	check.NoError(t, err)
	parts, _, err := u.Parts(t.Context(), 0, 10)
	check.NoError(t, err)

	r.give(t, "target01", "target02")
	check.Equal(t, r.sizes(t, "target02", u), "1:4 3:5 ")
	check.Equal(t, r.has(t, u), "target02")
	moved, err := r.verbs["target02"].UploadInfo(t.Context(), r.at("target02", u))
	check.NoError(t, err)
	check.Equal(t, moved.Adopted, true)
	moved.Adopted, moved.MapVersion = info.Adopted, info.MapVersion
	check.Equal(t, moved, info)
	again, _, err := r.at("target02", u).Parts(t.Context(), 0, 10)
	check.NoError(t, err)
	check.Equal(t, again, parts)
	r.asked = nil
	check.NoError(t, r.part(t, "target02", u, 2, "two "))
	check.Equal(t, len(r.asked), 0) // it is here

	r.give(t, "target02", "target03")
	check.NoError(t, r.part(t, "target03", u, 1, "1 "))
	r.give(t, "target03", "target01")
	check.NoError(t, r.complete(t, "target01", u, 1, 2, 3))
	check.Equal(t, r.has(t, u), "")
	got, err := r.read(t, "target01", "o")
	check.NoError(t, err)
	check.Equal(t, got, "1 two three")
	head, err := r.verbs["target01"].Head(t.Context(), r.name("o"))
	check.NoError(t, err)
	check.Equal(t, head.Custom, info.Custom)
	check.Equal(t, head.Header, info.Header)
	check.Equal(t, head.Tags, info.Tags)
	check.NoError(t, r.complete(t, "target01", u, 1, 2, 3)) // again
	check.Equal(t, errs.CodeOf(r.complete(t, "target01", u, 1, 2)), errs.CodePartInvalid)
	check.ErrorIs(t, r.part(t, "target01", u, 4, "late"), errs.NotFound)
}

// TestAStaleUploadCountsForNothing has earlier owners that cannot be told to drop
// what they have.
func TestAStaleUploadCountsForNothing(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"complete", "abort"} {
		r := newRig(t, "target01")
		u := r.begin(t, "target01")
		check.NoError(t, r.part(t, "target01", u, 1, "stale"))
		r.keeps["target01"] = unanswered()
		r.give(t, "target01", "target02")
		check.NoError(t, r.part(t, "target02", u, 1, "fresh"))
		check.Equal(t, r.has(t, u), "target01 target02")
		// What the first owner has kept does not count where it owns the name again.
		r.keeps["target02"] = unanswered()
		r.give(t, "target02", "target01")
		check.Equal(t, r.sizes(t, "target01", u), "1:5 ")
		check.NoError(t, r.part(t, "target01", u, 2, " more"))
		check.Equal(t, r.has(t, u), "target01 target02")
		finish := func() error {
			if end == "abort" {
				return r.verbs["target01"].AbortUpload(t.Context(), r.at("target01", u))
			}
			return r.complete(t, "target01", u, 1, 2)
		}
		// It does not end before nothing of it is left elsewhere.
		refused(t, finish(), "does not say what it has")
		check.Equal(t, r.sizes(t, "target01", u), "1:5 2:5 ")
		r.keeps = map[string]error{}
		check.NoError(t, finish())
		check.Equal(t, r.has(t, u), "")
		r.give(t, "target01", "target02")
		check.ErrorIs(t, r.part(t, "target02", u, 1, "late"), errs.NotFound)
		err := r.complete(t, "target02", u, 1, 2)
		if end == "abort" {
			check.ErrorIs(t, err, errs.NotFound)
			continue
		}
		check.NoError(t, err) // the object is at an earlier owner
		got, err := r.read(t, "target02", "o")
		check.NoError(t, err)
		check.Equal(t, got, "fresh more")
	}
}

// TestAnUploadThatIsElsewhereNeedsAnswers has an earlier owner that does not
// answer.
func TestAnUploadThatIsElsewhereNeedsAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	u := r.begin(t, "target01")
	check.NoError(t, r.part(t, "target01", u, 1, "one"))
	r.give(t, "target01", "target02")
	r.down["target01"] = unanswered()
	v, moved := r.verbs["target02"], r.at("target02", u)
	_, err := v.UploadInfo(t.Context(), moved)
	refused(t, err, "does not say what it has")
	refused(t, r.part(t, "target02", u, 2, "two"), "does not say what it has")
	refused(t, r.complete(t, "target02", u, 1), "does not say what it has")
	refused(t, v.AbortUpload(t.Context(), moved), "does not say what it has")
	own := r.begin(t, "target02") // one that began here goes on
	check.NoError(t, r.part(t, "target02", own, 1, "x"))
	check.NoError(t, v.AbortUpload(t.Context(), own))
	r.down = map[string]error{}
	check.NoError(t, v.AbortUpload(t.Context(), moved))
	check.Equal(t, r.has(t, u), "")
	check.ErrorIs(t, v.AbortUpload(t.Context(), moved), errs.NotFound)
	check.ErrorIs(t, r.part(t, "target02", u, 2, "late"), errs.NotFound)
}

// TestWhoGivesAnUploadAway has targets that ask for an upload by a map that is not
// in force.
func TestWhoGivesAnUploadAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	u := r.begin(t, "target01")
	check.NoError(t, r.part(t, "target01", u, 1, "one"))
	r.give(t, "target01", "target02")
	second := r.state.Map.Version()
	r.give(t, "target02", "target01")
	v := r.verbs["target01"]
	for _, c := range []objects.Claim{
		{Owner: "target02", MapVersion: second},
		{Owner: "target02", MapVersion: r.state.Map.Version()},
		{Owner: "target02", MapVersion: r.state.Map.Version() + 1},
		{Owner: "target01", MapVersion: r.state.Map.Version() + 1},
	} {
		_, err := v.UploadHere(t.Context(), u, c)
		refused(t, err, "another target owns")
		_, _, err = v.UploadContentHere(t.Context(), u, c, 0)
		refused(t, err, "another target owns")
		refused(t, v.DropUploadHere(t.Context(), u, c), "another target owns")
	}
	check.NoError(t, r.complete(t, "target01", u, 1))
}

// TestAnUploadThatComesInPieces has content that is damaged, or cut off, on its way.
func TestAnUploadThatComesInPieces(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	u := r.begin(t, "target01")
	for i := 1; i <= 4; i++ {
		check.NoError(t, r.part(t, "target01", u, i, strings.Repeat("x", i)))
	}
	r.give(t, "target01", "target02")
	r.damaged = func(text string) string { return text[:4] + "Y" + text[5:] }
	_, err := r.verbs["target02"].UploadInfo(t.Context(), r.at("target02", u))
	check.ErrorIs(t, err, errs.Corrupt)
	check.Equal(t, r.has(t, u), "target01")
	list, err := r.verbs["target02"].Uploads(t.Context(), r.bucket, store.UploadsOptions{})
	check.NoError(t, err)
	check.Equal(t, len(list), 0)
	r.damaged = func(text string) string { return text[:5] }
	_, err = r.verbs["target02"].UploadInfo(t.Context(), r.at("target02", u))
	check.Equal(t, err != nil && !errors.Is(err, errs.NotFound), true)
	r.damaged = nil
	check.Equal(t, r.sizes(t, "target02", u), "1:1 2:2 3:3 4:4 ")
	check.Equal(t, r.sent, []int{10, 5, 4}) // what has come does not come again
	check.Equal(t, r.has(t, u), "target02")
}

// TestUploadsAreTakenOverOnce has many requests for one upload that is elsewhere.
func TestUploadsAreTakenOverOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	u := r.begin(t, "target01")
	check.NoError(t, r.part(t, "target01", u, 1, "one"))
	r.give(t, "target01", "target02")
	var group run.Group
	for i := range 8 {
		group.Go(func() { check.NoError(t, r.part(t, "target02", u, i+2, "x")) })
	}
	group.Wait()
	check.Equal(t, r.sent, []int{3})
	check.Equal(t, r.sizes(t, "target02", u), "1:3 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1 ")
}

func TestAnAppendFollowsItsObject(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	n := r.name("o")
	handle, err := r.verbs["target01"].Append(t.Context(), n, "", strings.NewReader("one"), 3)
	check.NoError(t, err)
	r.give(t, "target01", "target02")
	again, err := r.verbs["target02"].Append(t.Context(), n, handle, strings.NewReader(" two"), 4)
	check.NoError(t, err)
	r.give(t, "target02", "target03")
	made, err := r.verbs["target03"].Flush(t.Context(), n, again, checksum.Sum{}, 0)
	check.NoError(t, err)
	check.Equal(t, made.Size, int64(7))
	r.give(t, "target03", "target01")
	_, err = r.verbs["target01"].Flush(t.Context(), n, again, checksum.Sum{}, 0) // again
	check.NoError(t, err)
	_, err = r.put(t, "target01", "o", "other", store.WriteOptions{})
	check.NoError(t, err)
	_, err = r.verbs["target01"].Flush(t.Context(), n, again, checksum.Sum{}, 0)
	check.ErrorIs(t, err, errs.NotFound) // what it has made was replaced
}

// TestAnUploadIsNotTakenOverWithoutALease ends the lease while an upload comes.
func TestAnUploadIsNotTakenOverWithoutALease(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	u := r.begin(t, "target01")
	check.NoError(t, r.part(t, "target01", u, 1, "one"))
	r.give(t, "target01", "target02")
	held := &lease{term: 1, valid: true}
	gate := objects.NewGate("target02", objects.GateOptions{Lease: held})
	gate.Follow(r.state.Map)
	r.damaged = func(text string) string { held.term++; return text }
	_, err := objects.New("target02", r.stores["target02"], gate, r.now, r).UploadInfo(t.Context(), r.at("target02", u))
	refused(t, err, "lost touch with the primary")
	check.Equal(t, r.has(t, u), "target01")
	r.damaged = nil
	check.Equal(t, r.sizes(t, "target02", u), "1:3 ")
}
