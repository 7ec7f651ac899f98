package store_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

// absent asks that there is no object, matching that it has an entity tag.
func absent() store.Conditions { return store.Conditions{IfNoneMatch: []string{store.AnyTag}} }

func matching(tag string) store.Conditions { return store.Conditions{IfMatch: []string{tag}} }

// putIf is a put on a condition that holds; its entity tag is its text.
func putIf(object, text string, c store.Conditions) step {
	return putStep(object, text, store.WriteOptions{ETag: text, Conditions: c})
}

// refusedStep makes of a step one whose condition does not hold, so that the object
// stays what it is.
func refusedStep(s step, object, text string) step {
	do := s.do
	return step{after: state{object: text}, do: func(r *rig) error {
		err := do(r)
		switch {
		case err == nil:
			return errHeld
		case errors.Is(err, errs.Precondition):
			return nil
		}
		return err
	}}
}

var errHeld = errors.New("a condition held that must not")

// completeIf completes an upload on a condition that holds.
func (u *uploadSteps) completeIf(c store.Conditions, texts ...string) step {
	s := u.complete(nil, texts...)
	s.do = func(r *rig) error {
		var list []store.Piece
		for i := range texts {
			list = append(list, store.Piece{Number: i + 1})
		}
		o := store.CompleteOptions{Conditions: c, Describe: func(_ []store.Part, rec *store.Record) error {
			rec.ETag = strings.Join(texts, "")
			return nil
		}}
		_, err := r.Upload(r.name("o"), u.id).Complete(context.Background(), list, o)
		return err
	}
	return s
}

// refused is a completion whose condition does not hold: the upload stays open.
func (u *uploadSteps) refused(c store.Conditions, object string, texts ...string) step {
	return refusedStep(u.completeIf(c, texts...), "o", object)
}

func conditionStories() []story {
	put := func(object, text string) step { return putIf(object, text, store.Conditions{}) }
	del := func(object string, c store.Conditions) step {
		return deleteStep(object, store.DeleteOptions{Conditions: c, Tombstone: true})
	}
	none := store.UploadOptions{}
	a, b, c, d := &uploadSteps{}, &uploadSteps{}, &uploadSteps{}, &uploadSteps{}
	return []story{
		{"put if absent", nil, []step{putIf("d/o", "one", absent()), refusedStep(putIf("d/o", "two", absent()), "d/o", "one")}},
		{"put if absent below", []step{put("o", "one")}, []step{putIf("o/p", "two", absent()), refusedStep(putIf("o", "three", absent()), "o", "one")}},
		{"put if absent after a deletion", []step{put("o", "one"), deleteStep("o", store.DeleteOptions{})}, []step{putIf("o", "two", absent())}},
		{"put if it matches", []step{put("d/o", "one")}, []step{putIf("d/o", "two", matching("one")), refusedStep(putIf("d/o", "three", matching("one")), "d/o", "two"), putIf("d/o", "four", matching("two"))}},
		{"delete if it matches", []step{put("o", "one")}, []step{refusedStep(del("o", matching("two")), "o", "one"), del("o", matching("one")), putIf("o", "two", absent())}},
		{"complete over an object", []step{put("o", "one"), a.begin(none), a.part(1, "first part"), a.part(2, "second part")},
			[]step{a.completeIf(store.Conditions{}, "first part", "second part"), put("o", "two")}},
		{"complete if absent", []step{b.begin(none), b.part(1, "first part"), b.part(2, "second part")},
			[]step{b.completeIf(absent(), "first part", "second part"), refusedStep(putIf("o", "two", absent()), "o", "first partsecond part")}},
		{"complete if absent over an object", []step{put("o", "one"), c.begin(none), c.part(1, "first part")},
			[]step{c.refused(absent(), "one", "first part"), deleteStep("o", store.DeleteOptions{}), c.completeIf(absent(), "first part")}},
		{"complete if it matches", []step{put("o", "one"), d.begin(none), d.part(1, "first part"), d.part(2, "second part")},
			[]step{d.refused(matching("two"), "one", "first part", "second part"), d.completeIf(matching("one"), "first part", "second part"), putIf("o", "two", matching("first partsecond part"))}},
	}
}

// TestCrashOfConditions makes changes on conditions, with a crash after every operation.
// Who then asks again is told by what is there: one that was acknowledged, or is there
// all the same, does not win twice.
func TestCrashOfConditions(t *testing.T) {
	var cases atomic.Int64
	pool := testPool(t)
	t.Cleanup(func() { t.Logf("%d crashes", cases.Load()) })
	for _, s := range conditionStories() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for outcome := killed; outcome < numOutcome-5; outcome++ {
				for stop, finished := firstStop(outcome), false; !finished; stop += everyStop {
					c := &crashCase{
						T: t, story: s, stop: stop, outcome: outcome, durability: wire.DurabilityFsync, options: store.Options{Pool: pool},
					}
					c.then = c.askAgain
					c.run()
					cases.Add(1)
					finished = c.finished
				}
			}
		})
	}
}

// askAgain makes changes on conditions after the crash.
func (c *crashCase) askAgain(r *rig, seen state) {
	c.Helper()
	for _, name := range c.names() {
		again := putIf(name, "again", absent())
		if there := seen[name]; there != "" {
			again = refusedStep(again, name, there)
		}
		c.must(again.do(r), "a put of "+name+" if it is absent")
		c.learn(again)
		o, err := r.Stat(c.Context(), r.name(name))
		c.must(err, "stat of "+name)
		refused := refusedStep(putIf(name, "stale", matching("another tag")), name, c.certain[name])
		c.must(refused.do(r), "a put of "+name+" if it is another")
		next := putIf(name, "next", matching(o.EntityTag()))
		c.must(next.do(r), "a put of "+name+" if it is as read")
		c.learn(next)
		seen[name] = "next"
	}
	c.may = nil
	check.Equal(c, equalStates(c.judge(r, "after asking again"), seen), true)
}
