package tests_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"aistore/access"
	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/units"
)

// What a bucket does not permit is answered 403, and can be permitted again.
func TestBucketAccess(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	fill(t, c, b, "o%d", 3)
	readOnly, all := uint64(access.ReadOnly), uint64(access.All)
	_, err := c.Client().SetBucketProps(t.Context(), b, &wire.BucketPropsToSet{Access: &readOnly})
	check.NoError(t, err)
	check.Equal(t, readAll(t, c, b, "o1"), "o1")
	check.Equal(t, len(listed(t, c, b)), 3)
	to := wire.Bucket{Name: b.Name + "-to", Provider: wire.ProviderAIS}
	for what, do := range map[string]func() error{
		"put": func() error {
			_, err := c.Client().PutBytes(t.Context(), b, "o1", []byte("x"), api.PutOptions{})
			return err
		},
		"delete": func() error { return c.Client().Delete(t.Context(), b, "o1") },
		"delete many": func() error {
			_, err := c.Client().DeleteObjects(t.Context(), b, wire.Selector{})
			return err
		},
		"rename": func() error {
			_, err := c.Client().RenameBucket(t.Context(), b, to)
			return err
		},
		"destroy": func() error { return c.Client().DestroyBucket(t.Context(), b) },
		"props": func() error {
			enabled := false
			_, err := c.Client().SetBucketProps(t.Context(), b, &wire.BucketPropsToSet{Versioning: &wire.VersioningPropsToSet{Enabled: &enabled}})
			return err
		},
		"copy into": func() error {
			other := c.NewBucket(nil)
			_, err := c.Client().CopyBucket(t.Context(), other, b, wire.CopyOptions{})
			return err
		},
	} {
		if err := do(); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("%s: got %v, want it forbidden", what, err)
		}
	}
	_, err = c.Client().SetBucketProps(t.Context(), b, &wire.BucketPropsToSet{Access: &all})
	check.NoError(t, err)
	check.NoError(t, c.Client().Delete(t.Context(), b, "o1"))
}

func TestBucketPropsAreReset(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	enabled := false
	b := c.NewBucket(&wire.BucketPropsToSet{Versioning: &wire.VersioningPropsToSet{Enabled: &enabled}})
	before, err := c.Client().HeadBucket(t.Context(), b)
	check.NoError(t, err)
	check.Equal(t, before.Versioning.Enabled, false)
	_, err = c.Client().ResetBucketProps(t.Context(), b)
	check.NoError(t, err)
	after, err := c.Client().HeadBucket(t.Context(), b)
	check.NoError(t, err)
	check.Equal(t, after.Versioning.Enabled, true)
	check.Equal(t, after.ID, before.ID)
	check.Equal(t, after.Created, before.Created)
	_, err = c.Client().ResetBucketProps(t.Context(), wire.Bucket{Name: "none", Provider: wire.ProviderAIS})
	check.ErrorIs(t, err, errs.NotFound)
}

// A bucket with a rate limit answers 429 and says when to come again; requests
// that a gateway has counted are not counted once more at the target.
func TestBucketRateLimit(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	on, most, burst, interval := true, 10, 5, units.Duration(time.Minute)
	b := c.NewBucket(&wire.BucketPropsToSet{RateLimit: &wire.RateLimitPropsToSet{Frontend: &wire.FrontendRateToSet{
		Enabled: &on, MaxTokens: &most, Burst: &burst, Interval: &interval,
	}}})
	get := func() *http.Response {
		response, err := c.HTTP().Get(c.URL() + "/v1/objects/" + b.Name + "/none")
		check.NoError(t, err)
		check.NoError(t, response.Body.Close())
		return response
	}
	for range burst {
		check.Equal(t, get().StatusCode, http.StatusNotFound)
	}
	refused := get()
	check.Equal(t, refused.StatusCode, http.StatusTooManyRequests)
	seconds, err := strconv.Atoi(refused.Header.Get("Retry-After"))
	check.NoError(t, err)
	if seconds < 1 || seconds > 6 {
		t.Errorf("Retry-After is %d", seconds)
	}
	_, err = c.Client().HeadBucket(t.Context(), b)
	check.NoError(t, err)
	other := c.NewBucket(nil)
	fill(t, c, other, "o%d", 20)
}
