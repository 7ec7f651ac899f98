package tests

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/internal/run"
)

// A client that guesses owners by a map from before a join reads and writes
// what everybody else does.
func TestClientWithAnOldMap(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	old, proxied := c.NewClient(api.Options{}), c.NewClient(api.Options{ViaProxy: true})
	t.Cleanup(old.Close)
	t.Cleanup(proxied.Close)
	names := make([]string, 100)
	for i := range names {
		names[i] = fmt.Sprintf("dir%d/object%d", i%3, i)
	}
	writeAll(t, old, b, names, "first")
	c.AddTarget()
	c.Settle()
	readAll(t, old, b, names, "first")
	writeAll(t, old, b, names[:50], "second")
	readAll(t, proxied, b, names[:50], "second")
	readAll(t, proxied, b, names[50:], "first")
	for _, name := range names[:50] {
		check.NoError(t, old.Delete(t.Context(), b, name))
	}
	listed := 0
	for entry, err := range proxied.List(t.Context(), b, api.ListOptions{PageSize: 7}) {
		check.NoError(t, err)
		check.Equal(t, entry.Size, int64(len("first"+entry.Name)))
		listed++
	}
	check.Equal(t, listed, 50)
}

func writeAll(t *testing.T, client *api.Client, b wire.Bucket, names []string, generation string) {
	t.Helper()
	check.NoError(t, run.Each(t.Context(), 8, names, func(ctx context.Context, name string) error {
		_, err := client.PutBytes(ctx, b, name, []byte(generation+name), api.PutOptions{})
		return err
	}))
}

func readAll(t *testing.T, client *api.Client, b wire.Bucket, names []string, generation string) {
	t.Helper()
	check.NoError(t, run.Each(t.Context(), 8, names, func(ctx context.Context, name string) error {
		data, _, err := client.GetBytes(ctx, b, name, nil, api.GetOptions{})
		if err == nil && string(data) != generation+name {
			err = fmt.Errorf("%s holds %q", name, data)
		}
		return err
	}))
}

// What comes to a target that does not own it is sent to the one that does.
func TestWrongTargetSendsToTheOwner(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	owner := c.Owner(b, "o")
	for _, target := range c.Targets() {
		for _, method := range []string{http.MethodPut, http.MethodHead, http.MethodGet, http.MethodDelete} {
			want := http.StatusTemporaryRedirect
			switch {
			case target.ID() == owner.ID():
				want = http.StatusOK
			case method == http.MethodGet:
				want = http.StatusMovedPermanently
			}
			url := target.URL() + wire.PathObjects + "/" + b.Name + "/o?provider=ais"
			r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
			check.NoError(t, err)
			response, err := c.HTTP().Transport.RoundTrip(r)
			check.NoError(t, err)
			check.NoError(t, response.Body.Close())
			check.Equal(t, response.StatusCode, want)
		}
	}
}
