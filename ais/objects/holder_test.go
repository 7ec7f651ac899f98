package objects_test

import (
	"testing"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

// Of all targets that hold an object, exactly the one that holds the last write
// works on it.
func TestOneTargetHoldsTheObjectThatCounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		place func(t *testing.T, r *rig)
		want  string // target; "" is none
	}{
		{"not moved", func(t *testing.T, r *rig) { r.had(t, "target01", "o", "x", store.WriteOptions{}) }, "target01"},
		{"written since", func(t *testing.T, r *rig) {
			r.had(t, "target01", "o", "x", store.WriteOptions{})
			_, err := r.put(t, "target02", "o", "y", store.WriteOptions{})
			check.NoError(t, err)
		}, "target02"},
		{"moved", func(t *testing.T, r *rig) {
			old := r.had(t, "target01", "o", "x", store.WriteOptions{})
			_, err := r.put(t, "target02", "o", "x", store.WriteOptions{Record: old.Portable()})
			check.NoError(t, err)
		}, "target02"},
		{"deleted since", func(t *testing.T, r *rig) {
			r.had(t, "target01", "o", "x", store.WriteOptions{})
			check.NoError(t, r.verbs["target02"].Delete(t.Context(), r.name("o"), store.DeleteOptions{}))
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := movedRig(t, "target01", "target02")
			test.place(t, r)
			for _, id := range []string{"target01", "target02"} {
				mine, err := r.verbs[id].Mine(t.Context(), r.name("o"))
				check.NoError(t, err)
				check.Equal(t, mine, id == test.want)
			}
		})
	}
}

func TestWhoHoldsAnObjectNeedsTheAnswerOfTheOwner(t *testing.T) {
	t.Parallel()
	r := movedRig(t, "target01", "target02")
	r.had(t, "target01", "o", "x", store.WriteOptions{})
	r.down["target02"] = unanswered()
	_, err := r.verbs["target01"].Mine(t.Context(), r.name("o"))
	check.ErrorIs(t, err, errs.Unavailable)
	mine, err := r.verbs["target01"].Owner(r.name("o"))
	check.NoError(t, err)
	check.Equal(t, mine, false)
}
