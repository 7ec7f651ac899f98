package access_test

import (
	"testing"

	"aistore/access"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

func TestBitsAreTheProtocols(t *testing.T) {
	bits := map[access.Bits]uint{
		access.GetObject: 0, access.HeadObject: 1, access.PutObject: 2, access.AppendObject: 3, access.DeleteObject: 4,
		access.MoveObject: 5, access.Promote: 6, access.UpdateObject: 7, access.HeadBucket: 8, access.ListObjects: 9,
		access.PatchBucket: 10, access.SetBucketACL: 11, access.ListBuckets: 12, access.ShowCluster: 13,
		access.CreateBucket: 14, access.DestroyBucket: 15, access.MoveBucket: 16, access.Admin: 17,
	}
	for got, bit := range bits {
		check.Equal(t, uint64(got), uint64(1)<<bit)
	}
	check.Equal(t, uint64(access.All), wire.AccessAll)
}

func TestAllowed(t *testing.T) {
	open := &access.BucketAccess{Bucket: wire.Bucket{Name: "b", Provider: "ais"}, Access: access.All}
	readOnly := &access.BucketAccess{Bucket: wire.Bucket{Name: "b", Provider: "ais"}, Access: access.ReadOnly}
	closed := &access.BucketAccess{Bucket: wire.Bucket{Name: "b", Provider: "ais"}}
	nobody, node := access.Nobody(), access.NodeIdentity("t1234567")
	user := access.User("ann", &access.Grants{
		Everywhere: access.ListBuckets | access.IntraCluster,
		Buckets:    map[wire.Bucket]access.Bits{open.Bucket: access.ReadOnly | access.PutObject},
	})
	other := &access.BucketAccess{Bucket: wire.Bucket{Name: "other", Provider: "ais"}, Access: access.All}
	tests := []struct {
		name   string
		id     access.Identity
		bucket *access.BucketAccess
		need   access.Bits
		want   error
	}{
		{"nobody gets", nobody, open, access.GetObject, nil},
		{"nobody gets from read-only", nobody, readOnly, access.GetObject | access.HeadBucket, nil},
		{"nobody puts to read-only", nobody, readOnly, access.PutObject, errs.Forbidden},
		{"nobody lacks one of two", nobody, readOnly, access.GetObject | access.DeleteObject, errs.Forbidden},
		{"nobody gets from closed", nobody, closed, access.GetObject, errs.Forbidden},
		{"nobody opens a closed one", nobody, closed, access.SetBucketACL, nil},
		{"nobody administrates", nobody, nil, access.Admin | access.CreateBucket, nil},
		{"nobody calls as a node", nobody, nil, access.IntraCluster, errs.Unauthenticated},
		{"no bucket makes a node", nobody, open, access.IntraCluster | access.GetObject, errs.Unauthenticated},
		{"a node calls", node, nil, access.IntraCluster, nil},
		{"a node is not bound by buckets", node, closed, access.PutObject, nil},
		{"a user does what is granted", user, open, access.PutObject | access.ListBuckets, nil},
		{"a user does not what is not", user, open, access.DeleteObject, errs.Forbidden},
		{"nor where it is not", user, other, access.GetObject, errs.Forbidden},
		{"a bucket refuses what is granted", user, readOnly, access.PutObject, errs.Forbidden},
		{"a user does on the cluster what is granted", user, nil, access.ListBuckets, nil},
		{"and nothing else", user, nil, access.Admin, errs.Forbidden},
		{"a user has no ACL of its own", user, open, access.SetBucketACL, errs.Forbidden},
		{"a user is no node", user, nil, access.IntraCluster, errs.Unauthenticated},
		{"a user without grants", access.User("bob", nil), open, access.GetObject, errs.Forbidden},
		{"nothing needed", nobody, closed, access.None, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := access.Allowed(test.id, test.bucket, test.need)
			if test.want == nil {
				check.NoError(t, err)
				return
			}
			check.ErrorIs(t, err, test.want)
		})
	}
	err := access.Allowed(nobody, readOnly, access.PutObject|access.GetObject)
	check.Equal(t, errs.PublicOf(err), `bucket "ais://b" does not permit PUT`)
}

func TestAllowedDoesNotAllocate(t *testing.T) {
	bucket := &access.BucketAccess{Bucket: wire.Bucket{Name: "b", Provider: "ais"}, Access: access.All}
	got := testing.AllocsPerRun(100, func() {
		if access.Allowed(access.Nobody(), bucket, access.GetObject) != nil {
			t.Error("allowed")
		}
	})
	check.Equal(t, got, 0)
}

func TestBitsReadBack(t *testing.T) {
	for _, bits := range []access.Bits{
		access.None, access.ReadOnly, access.ReadWrite, access.All, access.GetObject, access.Admin | access.Promote, access.IntraCluster,
	} {
		if bits == access.IntraCluster {
			check.Equal(t, bits.String(), "INTRA-CLUSTER")
			continue
		}
		got, err := access.ParseBits(bits.String())
		check.NoError(t, err)
		check.Equal(t, got, bits)
	}
	words := map[string]access.Bits{
		"18446744073709551615": access.All, "0x3": 3, "get, Put": access.GetObject | access.PutObject, "RO,promote": access.ReadOnly | access.Promote,
	}
	for text, want := range words {
		got, err := access.ParseBits(text)
		check.NoError(t, err)
		check.Equal(t, got, want)
	}
	for _, text := range []string{"", "x", "get,", "-1", "intra-cluster"} {
		_, err := access.ParseBits(text)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestIdentities(t *testing.T) {
	check.Equal(t, access.Nobody().IsNobody(), true)
	check.Equal(t, access.Nobody() == access.Identity{}, true)
	check.Equal(t, access.NodeIdentity("t1").IsNobody(), false)
	check.Equal(t, access.NodeIdentity("t1").String(), "node t1")
	check.Equal(t, access.User("ann", nil).String(), "user ann")
	check.Equal(t, access.User("", nil).IsNobody(), false)
	bucket := access.OfBucket(wire.Bucket{Name: "b", Provider: "aws"}, &wire.BucketProps{Access: 3})
	check.Equal(t, bucket, access.BucketAccess{Bucket: wire.Bucket{Name: "b", Provider: "aws"}, Access: access.GetObject | access.HeadObject})
}
