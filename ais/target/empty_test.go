package target_test

import (
	"testing"

	"aistore/ais/primary"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

// A bucket that is to be removed empty takes no writes until that has come, or not.
func TestBeginOfARemovalOfWhatIsEmpty(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.start(t, "target02")
	b := r.create(t, "b", "target01")
	url := "http://target01/v1/objects/b/" + r.ownedBy(t, "target01")
	number := uint64(0)
	begin := func(id string, of *cluster.Bucket) error {
		m := &primary.BeginMessage{ID: id, Reign: "reign", Number: number, Changes: []cluster.Change{cluster.RemoveBucket(of)}, Empty: true}
		reply, err := r.targets["target02"].core.Peers.Begin(t.Context(), r.targets["target01"].Self(), m)
		check.NoError(t, err)
		if reply.Refusal == nil {
			return nil
		}
		return errs.FromWire(*reply.Refusal)
	}
	put := func() int { return r.do(t, "PUT", url, "x").status }
	for range 2 { // a question may come again
		check.NoError(t, begin("1", b))
		check.Equal(t, put(), 503)
	}
	r.release(t, "1")
	check.Equal(t, put(), 200)
	err := begin("2", b)
	check.Equal(t, errs.CodeOf(err), errs.CodeBucketNotEmpty)
	check.Contains(t, errs.PublicOf(err), `bucket "ais://b" is not empty`)
	check.Equal(t, put(), 200) // and is not shut
	check.Equal(t, r.do(t, "DELETE", url, "").status, 200)
	check.NoError(t, begin("late", b)) // whose answer nobody waits for any more
	number++
	check.NoError(t, begin("4", b))
	r.release(t, "late")
	check.Equal(t, put(), 503)
	r.release(t, "4")
	check.Equal(t, put(), 200)
	props := *b.Props
	props.ID++
	check.ErrorIs(t, begin("3", &cluster.Bucket{Bucket: b.Bucket, Props: &props}), errs.Unavailable)
	check.Equal(t, put(), 200)
}
