package tests

import (
	"bytes"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// TestNativeDoorsKeepVersionsAndLocks writes, deletes and destroys through the native
// API what S3 has put under a lock.
func TestNativeDoorsKeepVersionsAndLocks(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Proxies: 1, Targets: 2})
	s3, client := s3Clients(t, c)[0], c.Client()
	check.Equal(t, s3.do("PUT", "/locked", "", "X-Amz-Bucket-Object-Lock-Enabled", "true").status, 200)
	put := s3.do("PUT", "/locked/a", "one", "X-Amz-Object-Lock-Legal-Hold", "ON")
	check.Equal(t, put.status, 200)
	first := put.header.Get("X-Amz-Version-Id")
	b := wire.Bucket{Name: "locked", Provider: wire.ProviderAIS}

	_, err := client.Put(t.Context(), b, "a", bytes.NewReader([]byte("two")), api.PutOptions{})
	check.NoError(t, err)
	text, _, err := client.GetBytes(t.Context(), b, "a", nil, api.GetOptions{})
	check.NoError(t, err)
	check.Equal(t, string(text), "two")
	check.NoError(t, client.Delete(t.Context(), b, "a"))
	_, _, err = client.GetBytes(t.Context(), b, "a", nil, api.GetOptions{})
	check.ErrorIs(t, err, errs.NotFound)
	check.ErrorIs(t, client.Delete(t.Context(), b, "a"), errs.NotFound)
	check.Equal(t, s3.do("GET", "/locked/a?versionId="+first, "").body, "one")
	check.Equal(t, s3.do("DELETE", "/locked/a?versionId="+first, "").status, 403)

	check.ErrorIs(t, client.DestroyBucket(t.Context(), b), errs.Conflict)
	_, err = client.RenameBucket(t.Context(), b, wire.Bucket{Name: "other", Provider: wire.ProviderAIS})
	check.ErrorIs(t, err, errs.Unsupported)
	none, off := wire.HistoryNone, false
	_, err = client.SetBucketProps(t.Context(), b, &wire.BucketPropsToSet{Versioning: &wire.VersioningPropsToSet{History: &none}, Lock: &wire.LockPropsToSet{Enabled: &off}})
	check.ErrorIs(t, err, errs.Invalid)
	_, err = client.ResetBucketProps(t.Context(), b)
	check.NoError(t, err)
	props, err := client.HeadBucket(t.Context(), b)
	check.NoError(t, err)
	check.Equal(t, props.Lock.Enabled, true)
	check.Equal(t, s3.do("GET", "/locked/a?versionId="+first, "").body, "one")
}
