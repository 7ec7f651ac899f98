package xaction_test

import (
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/xaction"
)

func TestCheckDecidesWhatMayBegin(t *testing.T) {
	t.Parallel()
	a, b, c := bucket("a"), bucket("b"), bucket("c")
	none, dotted := bucket("none"), bucket(".sys")
	tests := []struct {
		name     string
		underWay *cluster.Job
		job      cluster.Job
		want     errs.Kind
	}{
		{"a bucket", nil, cluster.Job{Kind: "plain", Bucket: &a}, ""},
		{"no such bucket", nil, cluster.Job{Kind: "plain", Bucket: &none}, errs.NotFound},
		{"no bucket", nil, cluster.Job{Kind: "plain"}, errs.Invalid},
		{"all buckets", nil, cluster.Job{Kind: "all"}, ""},
		{"copy without destination", nil, cluster.Job{Kind: "copy", Bucket: &a}, errs.Invalid},
		{"copy", nil, cluster.Job{Kind: "copy", Bucket: &a, To: &b}, ""},
		{"copy to a new bucket", nil, cluster.Job{Kind: "copy", Bucket: &a, To: &c}, ""},
		{"copy to a reserved name", nil, cluster.Job{Kind: "copy", Bucket: &a, To: &dotted}, errs.Invalid},
		{"rename", nil, cluster.Job{Kind: "move", Bucket: &a, To: &c}, ""},
		{"rename to a bucket that exists", nil, cluster.Job{Kind: "move", Bucket: &a, To: &b}, errs.Exists},
		{"rename while something runs", &cluster.Job{ID: "j", Kind: "plain", Bucket: &a}, cluster.Job{Kind: "move", Bucket: &a, To: &c}, errs.Busy},
		{"rename while something runs elsewhere", &cluster.Job{ID: "j", Kind: "plain", Bucket: &b}, cluster.Job{Kind: "move", Bucket: &a, To: &c}, ""},
		{"something while a rename runs", &cluster.Job{ID: "j", Kind: "move", Hidden: true, Bucket: &a, To: &c}, cluster.Job{Kind: "plain", Bucket: &a}, errs.Busy},
		{"copy to a name that a rename will give", &cluster.Job{ID: "j", Kind: "move", Hidden: true, Bucket: &a, To: &c}, cluster.Job{Kind: "copy", Bucket: &b, To: &c}, errs.Exists},
		{"two copies", &cluster.Job{ID: "j", Kind: "copy", Bucket: &a, To: &b}, cluster.Job{Kind: "copy", Bucket: &a, To: &b}, ""},
		{"all buckets while a rename runs", &cluster.Job{ID: "j", Kind: "move", Hidden: true, Bucket: &a, To: &c}, cluster.Job{Kind: "all"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			state := newState(t)
			if test.underWay != nil {
				state = apply(t, state, cluster.StartJob(test.underWay))
			}
			all := specs(t)
			spec, ok := all.Get(test.job.Kind)
			check.Equal(t, ok, true)
			test.job.Targets = []string{"t1"}
			check.Equal(t, errs.KindOf(spec.Check(all, state, &test.job)), test.want)
		})
	}
}

func TestKindsHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	_, err := xaction.NewSpecs(xaction.Spec{Kind: "a", Display: "b"}, xaction.Spec{Kind: "b"})
	check.ErrorIs(t, err, errs.Internal)
	all := specs(t)
	_, err = all.Startable("plain-job")
	check.NoError(t, err)
	_, err = all.Startable("copy")
	check.ErrorIs(t, err, errs.Unsupported)
	_, err = all.Startable("none")
	check.ErrorIs(t, err, errs.NotFound)
	check.Contains(t, errs.PublicOf(err), "plain")
	spec, _ := all.Get("copy")
	if a, b := spec.NewID(), spec.NewID(); a == b || len(a) < 9 {
		t.Errorf("ids %q and %q", a, b)
	}
	_, ok := all.Get("")
	check.Equal(t, ok, false)
	check.Equal(t, wire.ActionMoveBucket, "move-bck")
}
