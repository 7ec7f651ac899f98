package objects_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/store"
)

// begin begins an upload of the object o.
func (r *rig) begin(t *testing.T, at string) store.Upload {
	t.Helper()
	u, err := r.verbs[at].CreateUpload(t.Context(), r.name("o"), store.UploadOptions{})
	check.NoError(t, err)
	return u
}

// part writes a part through the verbs of a target.
func (r *rig) part(t *testing.T, at string, u store.Upload, number int, text string) error {
	t.Helper()
	_, err := r.verbs[at].WritePart(t.Context(), r.at(at, u), number, strings.NewReader(text), store.PartOptions{Size: int64(len(text))})
	return err
}

// sizes are the numbers and sizes of the parts that a target tells of.
func (r *rig) sizes(t *testing.T, at string, u store.Upload) string {
	t.Helper()
	parts, _, err := r.verbs[at].UploadParts(t.Context(), r.at(at, u), 0, 1000)
	check.NoError(t, err)
	var text strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&text, "%d:%d ", p.Number, p.Size)
	}
	return text.String()
}

// TestTheLeaseIsCheckedForPartsToo ends the lease at each of the moments at which
// a change of an upload asks for it.
func TestTheLeaseIsCheckedForPartsToo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		checks int
		code   string // of the error
		want   string // parts that are there then
	}{
		{0, errs.CodeNotNow, "1:6 "},
		{1, errs.CodeNotNow, "1:6 "},
		{2, errs.CodeOutcomeUnknown, "1:5 "},
		{3, "", "1:5 "},
	} {
		r := newRig(t, "target01")
		u := r.begin(t, "target01")
		check.NoError(t, r.part(t, "target01", u, 1, "before"))
		leased := func() *objects.Verbs {
			gate := objects.NewGate("target01", objects.GateOptions{Lease: &countdown{left: test.checks}})
			gate.Follow(r.state.Map)
			return objects.New("target01", r.stores["target01"], gate, r.now, r)
		}
		_, err := leased().WritePart(t.Context(), u, 1, strings.NewReader("after"), store.PartOptions{Size: 5})
		check.Equal(t, fmt.Sprint(test.checks, errs.CodeOf(err)), fmt.Sprint(test.checks, test.code))
		check.Equal(t, fmt.Sprint(test.checks, r.sizes(t, "target01", u)), fmt.Sprint(test.checks, test.want))
		err = leased().AbortUpload(t.Context(), u)
		check.Equal(t, fmt.Sprint(test.checks, errs.CodeOf(err)), fmt.Sprint(test.checks, test.code))
		_, err = r.verbs["target01"].UploadInfo(t.Context(), u)
		check.Equal(t, fmt.Sprint(test.checks, errs.KindOf(err) == errs.NotFound), fmt.Sprint(test.checks, test.checks > 1))
	}
	r := newRig(t, "target01")
	for checks, want := range []string{errs.CodeNotNow, errs.CodeOutcomeUnknown, ""} {
		gate := objects.NewGate("target01", objects.GateOptions{Lease: &countdown{left: checks}})
		gate.Follow(r.state.Map)
		_, err := objects.New("target01", r.stores["target01"], gate, r.now, r).CreateUpload(t.Context(), r.name("o"), store.UploadOptions{})
		check.Equal(t, fmt.Sprint(checks, errs.CodeOf(err)), fmt.Sprint(checks, want))
	}
}

// TestASlowPartIsCutOff has a part in the way of a change that takes too long.
func TestASlowPartIsCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	u := r.begin(t, "target01")
	check.NoError(t, r.part(t, "target01", u, 1, "before"))
	r.apply(t, cluster.PutNode(wireNode("target02", wire.NodeTarget)).Fenced())
	r.open(t, "target02")
	gate, writer := r.gates["target01"], r.verbs["target01"]
	ctx, stop := context.WithCancel(t.Context())
	var group run.Group
	defer group.Wait()
	defer stop()
	group.Go(func() { check.NoError(t, gate.Run(ctx)) })
	body := &endless{begun: make(chan struct{}), cut: make(chan struct{})}
	failed := make(chan error, 1) // one result
	group.Go(func() {
		_, err := writer.WritePart(t.Context(), u, 1, body, store.PartOptions{Size: -1})
		failed <- err
	})
	<-body.begun
	r.apply(t, cluster.SetFlags("target01", wire.NodeMaintenance, 0).Fenced())
	r.apply(t, cluster.PreparePlacement([]string{"target02"}))
	refused(t, <-failed, "took too long")
	check.Eventually(t, func() bool { return gate.Fenced() == r.state.Map.Version() })
	refused(t, r.part(t, "target01", u, 2, "after"), "are changing")
	parts, _, err := u.Parts(t.Context(), 0, 10)
	check.NoError(t, err)
	check.Equal(t, len(parts), 1)
	check.Equal(t, parts[0].Size, int64(len("before")))
}
