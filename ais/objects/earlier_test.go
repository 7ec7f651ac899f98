package objects_test

import (
	"testing"
	"time"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

func unanswered() error { return errs.E("test", "", errs.Unavailable, nil) }

func TestReadsOfAnObjectThatHasNotMoved(t *testing.T) {
	t.Parallel()
	r := movedRig(t, "target01", "target02")
	old := r.had(t, "target01", "o", "content", store.WriteOptions{})
	head, err := r.verbs["target02"].Head(t.Context(), r.name("o"))
	check.NoError(t, err)
	check.Equal(t, head.Order, old.Order)
	got, err := r.read(t, "target02", "o")
	check.NoError(t, err)
	check.Equal(t, got, "content")
	_, ok, err := r.verbs["target02"].Small(t.Context(), r.name("o"), make([]byte, 100))
	check.NoError(t, err)
	check.Equal(t, ok, false)
	_, err = r.verbs["target02"].OpenLocal(t.Context(), r.name("o"))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestEarlierOwnersAreAskedNewestFirst(t *testing.T) {
	t.Parallel()
	owners := []string{"target01", "target02", "target03", "target04"}
	tests := []struct {
		name  string
		place func(t *testing.T, r *rig)
		asked []string
		want  string // content, or a kind of error
	}{
		{"nowhere", func(*testing.T, *rig) {}, []string{"target03", "target02", "target01"}, string(errs.NotFound)},
		{"at the first", func(t *testing.T, r *rig) { r.had(t, "target01", "o", "1", store.WriteOptions{}) },
			[]string{"target03", "target02", "target01"}, "1"},
		{"at all", func(t *testing.T, r *rig) {
			for _, id := range owners[:3] {
				r.had(t, id, "o", "of "+id, store.WriteOptions{})
			}
		}, []string{"target03"}, "of target03"},
		{"here", func(t *testing.T, r *rig) {
			r.had(t, "target01", "o", "old", store.WriteOptions{})
			r.had(t, "target04", "o", "here", store.WriteOptions{})
		}, nil, "here"},
		{"deleted at a later owner", func(t *testing.T, r *rig) {
			r.had(t, "target01", "o", "deleted", store.WriteOptions{})
			err := r.stores["target03"].Delete(t.Context(), r.name("o"), store.DeleteOptions{Tombstone: true, MapVersion: r.tenure("target03", "o")})
			check.ErrorIs(t, err, errs.NotFound)
		}, []string{"target03"}, string(errs.NotFound)},
		{"deleted at an earlier owner, made since", func(t *testing.T, r *rig) {
			err := r.stores["target02"].Delete(t.Context(), r.name("o"), store.DeleteOptions{Tombstone: true, MapVersion: r.tenure("target02", "o")})
			check.ErrorIs(t, err, errs.NotFound)
			r.had(t, "target03", "o", "made since", store.WriteOptions{})
		}, []string{"target03"}, "made since"},
		{"deleted here", func(t *testing.T, r *rig) {
			r.had(t, "target01", "o", "deleted", store.WriteOptions{})
			err := r.stores["target04"].Delete(t.Context(), r.name("o"), store.DeleteOptions{Tombstone: true, MapVersion: r.tenure("target04", "o")})
			check.ErrorIs(t, err, errs.NotFound)
		}, nil, string(errs.NotFound)},
		{"the newest does not answer", func(t *testing.T, r *rig) {
			r.had(t, "target01", "o", "maybe old", store.WriteOptions{})
			r.down["target03"] = unanswered()
		}, []string{"target03"}, string(errs.Unavailable)},
		{"an older one does not answer", func(t *testing.T, r *rig) { r.down["target01"] = unanswered() },
			[]string{"target03", "target02", "target01"}, string(errs.Unavailable)},
		{"one that need not be asked does not answer", func(t *testing.T, r *rig) {
			r.had(t, "target03", "o", "found", store.WriteOptions{})
			r.down["target01"] = unanswered()
		}, []string{"target03"}, "found"},
		{"an earlier owner has what it had when it was owner before", func(t *testing.T, r *rig) {
			w, err := r.stores["target03"].Create(t.Context(), r.name("o"), store.WriteOptions{MapVersion: 1})
			check.NoError(t, err)
			_, err = w.Commit(t.Context())
			check.NoError(t, err)
			r.had(t, "target02", "o", "later", store.WriteOptions{})
		}, []string{"target03", "target02"}, "later"},
		{"deleted elsewhere after it was here", func(t *testing.T, r *rig) {
			w, err := r.stores["target04"].Create(t.Context(), r.name("o"), store.WriteOptions{MapVersion: 1})
			check.NoError(t, err)
			_, err = w.Commit(t.Context())
			check.NoError(t, err)
			err = r.stores["target03"].Delete(t.Context(), r.name("o"), store.DeleteOptions{Tombstone: true, MapVersion: r.tenure("target03", "o")})
			check.ErrorIs(t, err, errs.NotFound)
		}, []string{"target03"}, string(errs.NotFound)},
		{"one answers that it is broken", func(t *testing.T, r *rig) {
			r.down["target02"] = errs.E("test", "", errs.Corrupt, nil)
		}, []string{"target03", "target02"}, string(errs.Unavailable)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := movedRig(t, owners...)
			test.place(t, r)
			_, err := r.verbs["target04"].Head(t.Context(), r.name("o"))
			check.Equal(t, r.asked, test.asked)
			got, readErr := r.read(t, "target04", "o")
			check.Equal(t, errs.KindOf(readErr), errs.KindOf(err))
			if err != nil {
				got = string(errs.KindOf(err))
			}
			check.Equal(t, got, test.want)
		})
	}
}

func TestAWriteFollowsWhatAnEarlierOwnerHas(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		conditions func(old *store.Object) store.Conditions
		version    string
		want       errs.Kind // "" when the write succeeds
	}{
		{"without conditions", func(*store.Object) store.Conditions { return store.Conditions{} }, "3", ""},
		{"of the object that is there", func(old *store.Object) store.Conditions {
			return store.Conditions{IfMatch: []string{old.EntityTag()}}
		}, "3", ""},
		{"of another object", func(*store.Object) store.Conditions { return store.Conditions{IfMatch: []string{"x"}} }, "", errs.Precondition},
		{"of none", func(*store.Object) store.Conditions { return store.Conditions{IfNoneMatch: []string{store.AnyTag}} }, "", errs.Precondition},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := movedRig(t, "target01", "target02")
			r.had(t, "target01", "o", "first", store.WriteOptions{})
			old := r.had(t, "target01", "o", "second", store.WriteOptions{})
			made, err := r.put(t, "target02", "o", "third", store.WriteOptions{Conditions: test.conditions(old)})
			if test.want != "" {
				check.ErrorIs(t, err, test.want)
				return
			}
			check.NoError(t, err)
			check.Equal(t, made.Version, test.version)
			check.Equal(t, made.Order.Compare(old.Order), 1)
			r.down["target01"] = unanswered()
			got, err := r.read(t, "target02", "o")
			check.NoError(t, err)
			check.Equal(t, got, "third")
		})
	}
}

func TestAWriteNeedsTheAnswersOfEarlierOwners(t *testing.T) {
	t.Parallel()
	r := movedRig(t, "target01", "target02")
	r.down["target01"] = unanswered()
	_, err := r.put(t, "target02", "o", "x", store.WriteOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
	err = r.verbs["target02"].Delete(t.Context(), r.name("o"), store.DeleteOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
	r.down = map[string]error{}
	_, err = r.verbs["target02"].Head(t.Context(), r.name("o"))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestADeletedObjectDoesNotComeBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		place func(t *testing.T, r *rig)
		want  error // of the delete
	}{
		{"away", func(t *testing.T, r *rig) { r.had(t, "target01", "o", "x", store.WriteOptions{}) }, nil},
		{"here and away", func(t *testing.T, r *rig) {
			r.had(t, "target01", "o", "x", store.WriteOptions{})
			_, err := r.put(t, "target02", "o", "y", store.WriteOptions{})
			check.NoError(t, err)
		}, nil},
		{"nowhere", func(*testing.T, *rig) {}, errs.NotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := movedRig(t, "target01", "target02")
			test.place(t, r)
			v := r.verbs["target02"]
			err := v.Delete(t.Context(), r.name("o"), store.DeleteOptions{})
			check.Equal(t, errs.KindOf(err), errs.KindOf(test.want))
			_, err = v.Head(t.Context(), r.name("o"))
			check.ErrorIs(t, err, errs.NotFound)
			grave, err := v.HeadLocal(t.Context(), r.name("o"))
			check.NoError(t, err)
			check.Equal(t, grave.DeleteMarker, true)
			check.ErrorIs(t, v.Delete(t.Context(), r.name("o"), store.DeleteOptions{}), errs.NotFound)
			made, err := r.put(t, "target02", "o", "again", store.WriteOptions{})
			check.NoError(t, err)
			check.Equal(t, made.Version, "1")
			got, err := r.read(t, "target02", "o")
			check.NoError(t, err)
			check.Equal(t, got, "again")
		})
	}
}

func TestADeleteWithAConditionChecksWhatIsAway(t *testing.T) {
	t.Parallel()
	r := movedRig(t, "target01", "target02")
	old := r.had(t, "target01", "o", "x", store.WriteOptions{})
	v := r.verbs["target02"]
	err := v.Delete(t.Context(), r.name("o"), store.DeleteOptions{Conditions: store.Conditions{IfMatch: []string{"other"}}})
	check.ErrorIs(t, err, errs.Precondition)
	_, err = v.Head(t.Context(), r.name("o"))
	check.NoError(t, err)
	check.NoError(t, v.Delete(t.Context(), r.name("o"), store.DeleteOptions{Conditions: store.Conditions{IfMatch: []string{old.EntityTag()}}}))
	_, err = v.Head(t.Context(), r.name("o"))
	check.ErrorIs(t, err, errs.NotFound)
}

// TestALockHoldsWhileItsObjectMoves weakens the retention of an object that has not
// moved to its owner yet.
func TestALockHoldsWhileItsObjectMoves(t *testing.T) {
	t.Parallel()
	hour, day := time.Now().Add(time.Hour).UTC(), time.Now().Add(24*time.Hour).UTC()
	governance, compliance := store.RetentionGovernance, store.RetentionCompliance
	for _, row := range []struct {
		old, next store.Retention
		by        store.Bypass
		refused   bool
	}{
		{store.Retention{Mode: compliance, Until: day}, store.Retention{Mode: compliance, Until: hour}, store.BypassGovernance, true},
		{store.Retention{Mode: compliance, Until: day}, store.Retention{}, store.BypassGovernance, true},
		{store.Retention{Mode: governance, Until: day}, store.Retention{}, store.BypassNothing, true},
		{store.Retention{Mode: governance, Until: day}, store.Retention{}, store.BypassGovernance, false},
		{store.Retention{Mode: compliance, Until: hour}, store.Retention{Mode: compliance, Until: day}, store.BypassNothing, false},
	} {
		r := movedRig(t, "target01", "target02")
		r.had(t, "target01", "o", "content", store.WriteOptions{Retention: row.old})
		_, err := r.verbs["target02"].UpdateVersion(t.Context(), r.name("o"), store.UpdateOptions{Bypass: row.by}, func(rec *store.Record) error {
			rec.Retention = row.next
			return nil
		})
		want := row.next
		if row.refused {
			check.Equal(t, errs.CodeOf(err), errs.CodeLocked)
			want = row.old
		} else {
			check.NoError(t, err)
		}
		o, err := r.verbs["target02"].Head(t.Context(), r.name("o"))
		check.NoError(t, err)
		check.Equal(t, o.Retention, want)
	}
}
