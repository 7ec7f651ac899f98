package target_test

import (
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

// ask asks target01 about changes, and returns why it refuses, nil if it does not.
func (r *rig) ask(t *testing.T, id, reign string, changes ...cluster.Change) error {
	t.Helper()
	asker := r.targets["target02"].core.Peers
	reply, err := asker.Begin(t.Context(), r.targets["target01"].Self(), &primary.BeginMessage{ID: id, Reign: reign, Changes: changes})
	check.NoError(t, err)
	if reply.Refusal == nil {
		return nil
	}
	return errs.FromWire(*reply.Refusal)
}

func (r *rig) release(t *testing.T, id string) {
	t.Helper()
	check.NoError(t, r.targets["target02"].core.Peers.Release(t.Context(), r.targets["target01"].Self(), id))
}

func newBucket(name string, set ...func(*wire.BucketProps)) cluster.Change {
	props := wire.DefaultProps(wire.ProviderAIS)
	for _, s := range set {
		s(&props)
	}
	return cluster.CreateBucket(bucket(name), props)
}

func TestBeginPreparesABucket(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.start(t, "target01")
	r.start(t, "target02")
	r.tell(t, "target01")
	for range 2 { // a question may come again
		check.NoError(t, r.ask(t, "1", "reign", newBucket("b")))
	}
	check.Equal(t, m.dirs(t), "1:b 2:b")
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/o", "x").status, 404)
	err := r.ask(t, "2", "reign", newBucket("b"))
	check.ErrorIs(t, err, errs.Busy)
	check.Contains(t, errs.PublicOf(err), `another change of bucket "ais://b" is under way`)
	check.NoError(t, r.ask(t, "3", "reign", newBucket("other")))
	r.release(t, "1")
	r.release(t, "1")
	r.release(t, "unknown")
	check.Equal(t, m.dirs(t), "1:other 2:other")

	// One that is heard of late is over, when there is another.
	late := &primary.BeginMessage{ID: "late", Reign: "reign", Number: 1, Changes: []cluster.Change{newBucket("late")}}
	next := &primary.BeginMessage{ID: "next", Reign: "reign", Number: 2, Changes: late.Changes}
	for i, m := range []*primary.BeginMessage{late, next, next, late} {
		reply, err := r.targets["target02"].core.Peers.Begin(t.Context(), r.targets["target01"].Self(), m)
		check.NoError(t, err)
		check.Equal(t, reply.Refusal != nil, i == 3)
	}
	r.release(t, "next")

	// A change of the primary before no longer counts.
	check.NoError(t, r.ask(t, "4", "reign", newBucket("b")))
	check.NoError(t, r.ask(t, "5", "another reign", newBucket("b")))
	r.release(t, "4")
	check.ErrorIs(t, r.ask(t, "6", "another reign", newBucket("b")), errs.Busy)

	// It comes, and the name is free for the next change.
	b := r.create(t, "b", "target01")
	check.Equal(t, m.dirs(t), "1:b 1:other 2:b 2:other")
	check.Equal(t, r.do(t, "PUT", "http://target01/v1/objects/b/o", "x").status, 200)
	check.NoError(t, r.ask(t, "7", "another reign", cluster.RemoveBucket(b)))
	r.release(t, "7")
	r.release(t, "5")
	check.Equal(t, r.do(t, "GET", "http://target01/v1/objects/b/o", "").body, "x")
}

func TestBeginRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.start(t, "target01")
	r.start(t, "target02")
	old := r.create(t, "old", "target01")
	mirrored := func(copies int64) func(*wire.BucketProps) {
		return func(p *wire.BucketProps) { p.Mirror.Enabled, p.Mirror.Copies = true, copies }
	}
	buffered := func(p *wire.BucketProps) { p.Mirror.BurstBuffer = 2 << 20 }
	changed := func(set func(*wire.BucketProps)) cluster.Change {
		props := *old.Props
		set(&props)
		return cluster.SetBucketProps(old, props)
	}
	tests := []struct {
		name   string
		change cluster.Change
		text   string // "" for what is taken
	}{
		{"as many copies as disks", newBucket("b", mirrored(2)), ""},
		{"more copies than disks", newBucket("b", mirrored(3)), "mirror.copies: 3 copies need as many mountpaths, and it has 2"},
		{"slices that nobody would make", newBucket("b", func(p *wire.BucketProps) { p.EC.Enabled = true }), "there is no erasure coding yet"},
		{"more copies than disks for one that exists", changed(mirrored(3)), "target01 cannot hold bucket \"ais://old\""},
		{"what a module refuses", newBucket("b", buffered), "too large a buffer (new bucket: true)"},
		{"what a module refuses for one that exists", changed(buffered), "too large a buffer (new bucket: false)"},
	}
	for _, test := range tests {
		err := r.ask(t, "1", "reign", test.change)
		if test.text == "" {
			check.NoError(t, err)
			r.release(t, "1")
		} else {
			check.ErrorIs(t, err, errs.Invalid)
			check.Contains(t, errs.PublicOf(err), test.text)
		}
		check.Equal(t, m.dirs(t), "1:old 2:old")
		check.NoError(t, r.ask(t, "2", "reign", newBucket("b"), changed(func(*wire.BucketProps) {}))) // no name stays closed
		r.release(t, "2")
	}
}

func TestBeginRefusesABucketWhereADiskIsFull(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ballast = 97 << 20
	m := r.start(t, "target01")
	r.ballast = 0
	r.start(t, "target02")
	r.tell(t, "target01")
	err := r.ask(t, "1", "reign", newBucket("b"))
	check.ErrorIs(t, err, errs.NoSpace)
	check.Contains(t, errs.PublicOf(err), `target target01 cannot hold bucket "ais://b": mountpath /disks/0/1 is 97% full, over space.out_of_space, 95%`)
	check.Equal(t, m.dirs(t), "")
	// It is made all the same when the cluster has agreed on it without asking.
	r.create(t, "b", "target01")
	check.Equal(t, m.dirs(t), "1:b 2:b")
}

// A change that nobody finishes keeps nothing closed.
func TestWhatWasBegunLapses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		m := r.start(t, "target01")
		r.start(t, "target02")
		r.tell(t, "target01")
		defer r.targets["target02"].stop()
		defer m.stop()
		check.NoError(t, r.ask(t, "1", "reign", newBucket("b")))
		time.Sleep(20 * time.Second)
		check.NoError(t, r.ask(t, "2", "reign", newBucket("later")))
		check.ErrorIs(t, r.ask(t, "3", "reign", newBucket("b")), errs.Busy)
		check.Equal(t, m.dirs(t), "1:b 1:later 2:b 2:later")
		time.Sleep(11 * time.Second)
		synctest.Wait()
		check.Equal(t, m.dirs(t), "1:later 2:later")
		check.NoError(t, r.ask(t, "3", "reign", newBucket("b")))
		time.Sleep(31 * time.Second)
		synctest.Wait()
		check.Equal(t, m.dirs(t), "")
		// What the primary had committed all the same is done.
		r.create(t, "b", "target01")
		check.Equal(t, m.dirs(t), "1:b 2:b")
	})
}
