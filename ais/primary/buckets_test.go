package primary_test

import (
	"context"
	"testing"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func TestBucketVerbsRefuse(t *testing.T) {
	t.Parallel()
	md5 := "md5"
	bad := "rot13"
	create := func(name string, set *wire.BucketPropsToSet) func(context.Context, *rig) error {
		return func(ctx context.Context, r *rig) error { return r.CreateBucket(ctx, bucket(name), set) }
	}
	checksum := func(kind *string) *wire.BucketPropsToSet {
		return &wire.BucketPropsToSet{Checksum: &wire.ChecksumPropsToSet{Type: kind}}
	}
	tests := []struct {
		name string
		do   func(context.Context, *rig) error
		want error
		text string // in what the client reads
	}{
		{"create what exists", create("here", nil), errs.Exists, `bucket "ais://here" already exists`},
		{"create without name", create("", nil), errs.Invalid, ""},
		{"create with a bad name", create("a/b", nil), errs.Invalid, ""},
		{"create a reserved name", create(".sys", nil), errs.Invalid, "reserved"},
		{"create with bad properties", create("new", checksum(&bad)), errs.Invalid, "rot13"},
		{"set properties of nothing", func(ctx context.Context, r *rig) error {
			return r.SetBucketProps(ctx, bucket("none"), checksum(&md5))
		}, errs.NotFound, `bucket "ais://none" does not exist`},
		{"set bad properties", func(ctx context.Context, r *rig) error {
			return r.SetBucketProps(ctx, bucket("here"), checksum(&bad))
		}, errs.Invalid, "rot13"},
		{"destroy nothing", func(ctx context.Context, r *rig) error {
			return r.DestroyBucket(ctx, bucket("none"))
		}, errs.NotFound, `bucket "ais://none" does not exist`},
	}
	inRig(t, func(t *testing.T, r *rig) {
		check.ErrorIs(t, r.CreateBucket(t.Context(), bucket("early"), nil), errs.Unavailable) // no targets
		r.join(t, "target01")
		check.NoError(t, r.CreateBucket(t.Context(), bucket("here"), nil))
		before := r.log.State().Buckets.Version()
		for _, test := range tests {
			err := test.do(t.Context(), r)
			if errs.KindOf(err) != errs.KindOf(test.want) {
				t.Fatalf("%s: got %v, want %v", test.name, err, test.want)
			}
			check.Contains(t, errs.PublicOf(err), test.text)
		}
		check.Equal(t, r.log.State().Buckets.Version(), before)
	})
}

func TestNewBucketsAreAsTheConfigurationSays(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		r.join(t, "target01")
		_, err := r.log.Propose(t.Context(), func(s *cluster.State) ([]cluster.Change, error) {
			cfg, err := config.Set(s.Config, map[string]string{"checksum.type": "md5", "versioning.enabled": "false"})
			return []cluster.Change{cluster.PutConfig(cfg)}, err
		})
		check.NoError(t, err)
		versions := true
		set := &wire.BucketPropsToSet{Versioning: &wire.VersioningPropsToSet{Enabled: &versions}}
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), set))
		b, found := r.log.State().Buckets.Get(bucket("b"))
		check.Equal(t, found, true)
		check.Equal(t, b.Props.Checksum.Type, "md5")
		check.Equal(t, b.Props.Versioning.Enabled, true)
		check.Equal(t, b.Props.Created > 0, true)

		sha := "sha256"
		check.NoError(t, r.SetBucketProps(t.Context(), bucket("b"), &wire.BucketPropsToSet{Checksum: &wire.ChecksumPropsToSet{Type: &sha}}))
		changed, _ := r.log.State().Buckets.Get(bucket("b"))
		check.Equal(t, changed.Props.Checksum.Type, "sha256")
		check.Equal(t, changed.ID(), b.ID())
		check.Equal(t, changed.Props.Created, b.Props.Created)

		check.NoError(t, r.DestroyBucket(t.Context(), bucket("b")))
		check.NoError(t, r.CreateBucket(t.Context(), bucket("b"), nil))
		again, _ := r.log.State().Buckets.Get(bucket("b"))
		check.Equal(t, again.ID() > b.ID(), true)
	})
}

func TestVerbsOfANodeThatDoesNotLead(t *testing.T) {
	t.Parallel()
	l, err := quorum.Open(quorum.Options{ID: "proxy001"})
	check.NoError(t, err)
	defer l.Close()
	p := primary.New(l, (&rig{}).options(nil, node("proxy001", wire.NodeProxy)))
	_, heardErr := p.Hear(t.Context(), &primary.Keepalive{IDs: []string{"target01"}})
	_, joinErr := p.Join(t.Context(), &primary.JoinRequest{Nodes: []*wire.Node{node("target01", wire.NodeTarget)}})
	for name, err := range map[string]error{
		"create": p.CreateBucket(t.Context(), bucket("b"), nil), "destroy": p.DestroyBucket(t.Context(), bucket("b")),
		"set": p.SetBucketProps(t.Context(), bucket("b"), &wire.BucketPropsToSet{}), "remove": p.Remove(t.Context(), "target01"),
		"found": p.Found(t.Context()), "join": joinErr, "hear": heardErr, "set primary": p.SetPrimary(t.Context(), "proxy002"),
	} {
		if errs.KindOf(err) != errs.Unavailable {
			t.Fatalf("%s: got %v", name, err)
		}
	}
}
