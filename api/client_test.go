package api_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aistore/api"
	"aistore/api/apitest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

func bucket() wire.Bucket { return wire.Bucket{Name: "b", Provider: wire.ProviderAIS} }

// newClient returns a client of a fake cluster that retries quickly.
func newClient(t *testing.T, cluster *apitest.Cluster, o api.Options) *api.Client {
	t.Helper()
	o.Endpoint = cluster.URL("proxy001")
	o.Backoff = time.Millisecond
	c, err := api.New(o)
	check.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func start(t *testing.T, proxies, targets int) (*apitest.Cluster, *api.Client) {
	t.Helper()
	cluster := apitest.Start(t, apitest.Options{Proxies: proxies, Targets: targets})
	return cluster, newClient(t, cluster, api.Options{})
}

// only returns the requests about objects.
func only(requests []string, part string) []string {
	var some []string
	for _, r := range requests {
		if strings.Contains(r, part) {
			some = append(some, r)
		}
	}
	return some
}

func TestNewRefusesWhatIsNoEndpoint(t *testing.T) {
	for _, endpoint := range []string{"", "ftp://host", "http://", "http://host/path", "http://host?x=y", "http://a b"} {
		_, err := api.New(api.Options{Endpoint: endpoint})
		check.ErrorIs(t, err, errs.Invalid)
	}
	c, err := api.New(api.Options{Endpoint: "127.0.0.1:8080"})
	check.NoError(t, err)
	check.Equal(t, c.Endpoint(), "http://127.0.0.1:8080")
}

func TestObjectCallsGoToTheOwner(t *testing.T) {
	cluster, c := start(t, 2, 4)
	ctx := t.Context()
	check.NoError(t, c.CreateBucket(ctx, bucket(), nil))
	cluster.Requests()
	for _, name := range []string{"a", "dir/b", "sp ace", "quest?ion", "ha#sh", "per%cent", "a//b", "ü/ñ", "plus+&=", "%2e"} {
		_, err := c.PutBytes(ctx, bucket(), name, []byte("data of "+name), api.PutOptions{})
		check.NoError(t, err)
		data, o, err := c.GetBytes(ctx, bucket(), name, nil, api.GetOptions{})
		check.NoError(t, err)
		check.Equal(t, string(data), "data of "+name)
		check.Equal(t, o.Size, int64(len(data)))
		check.NoError(t, c.Delete(ctx, bucket(), name))
		requests := only(cluster.Requests(), "/v1/objects/")
		check.Equal(t, len(requests), 3)
		for _, request := range requests {
			check.Contains(t, request, cluster.Holder(bucket(), name)+" ")
		}
	}
}

func TestViaProxyFollowsRedirects(t *testing.T) {
	cluster := apitest.Start(t, apitest.Options{Targets: 3})
	c := newClient(t, cluster, api.Options{ViaProxy: true, Token: "secret"})
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	cluster.Intercept(func(r apitest.Request) bool {
		wantToken := r.Node == "proxy001"
		if (r.R.Header.Get("Authorization") == "Bearer secret") != wantToken {
			t.Errorf("%s: Authorization is %q", r.Node, r.R.Header.Get("Authorization"))
		}
		return false
	})
	_, err := c.PutBytes(t.Context(), bucket(), "o", []byte("hello"), api.PutOptions{})
	check.NoError(t, err)
	data, _, err := c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
	check.NoError(t, err)
	check.Equal(t, string(data), "hello")
	holder := cluster.Holder(bucket(), "o")
	check.Equal(t, only(cluster.Requests(), "/v1/objects/"), []string{
		"proxy001 PUT /v1/objects/b/o", holder + " PUT /v1/objects/b/o",
		"proxy001 GET /v1/objects/b/o", holder + " GET /v1/objects/b/o",
	})
}

func TestStaleMapCostsOneRetry(t *testing.T) {
	cluster, c := start(t, 1, 2)
	ctx := t.Context()
	names := strings.Fields("a b c d e f g h i j k l m n o p")
	for _, name := range names {
		cluster.Put(bucket(), name, []byte(name))
	}
	_, err := c.Map(ctx)
	check.NoError(t, err)
	cluster.AddTarget("target003")
	cluster.Requests()
	for _, name := range names {
		data, _, err := c.GetBytes(ctx, bucket(), name, nil, api.GetOptions{})
		check.NoError(t, err)
		check.Equal(t, string(data), name)
	}
	requests := cluster.Requests()
	check.Equal(t, len(only(requests, "what=smap")), 1)
	check.Equal(t, len(only(requests, "/v1/objects/")), len(names)+1)
}

func TestStaleMapOnWrite(t *testing.T) {
	cluster, c := start(t, 1, 2)
	ctx := t.Context()
	check.NoError(t, c.CreateBucket(ctx, bucket(), nil))
	_, err := c.Map(ctx)
	check.NoError(t, err)
	cluster.AddTarget("target003")
	for _, name := range strings.Fields("a b c d e f g h i j k l m n o p") {
		_, err := c.Put(ctx, bucket(), name, strings.NewReader(name), api.PutOptions{})
		check.NoError(t, err)
		stored, _ := cluster.Object(bucket(), name)
		check.Equal(t, string(stored), name)
	}
	check.Equal(t, len(only(cluster.Requests(), "what=smap")), 2)
}

// A target that does not redirect, but says that the name is not its own.
func TestRefusalByTheWrongTarget(t *testing.T) {
	cluster, c := start(t, 1, 2)
	ctx := t.Context()
	check.NoError(t, c.CreateBucket(ctx, bucket(), nil))
	_, err := c.Map(ctx)
	check.NoError(t, err)
	cluster.AddTarget("target003")
	cluster.Intercept(func(r apitest.Request) bool {
		name, isObject := strings.CutPrefix(r.R.URL.Path, "/v1/objects/b/")
		if !isObject || cluster.Holder(bucket(), name) == r.Node {
			return false
		}
		r.Fail(errs.E("fake", name, errs.Conflict, nil))
		return true
	})
	for _, name := range strings.Fields("a b c d e f g h i j k l m n o p") {
		_, err := c.PutBytes(ctx, bucket(), name, []byte(name), api.PutOptions{})
		check.NoError(t, err)
		stored, _ := cluster.Object(bucket(), name)
		check.Equal(t, string(stored), name)
	}
	check.Equal(t, len(only(cluster.Requests(), "what=smap")), 2)
}

func TestMissingObjectIsNotAskedForTwice(t *testing.T) {
	cluster, c := start(t, 1, 3)
	cluster.Put(bucket(), "there", nil)
	_, err := c.Map(t.Context())
	check.NoError(t, err)
	cluster.Requests()
	_, _, err = c.GetBytes(t.Context(), bucket(), "not-there", nil, api.GetOptions{})
	check.ErrorIs(t, err, errs.NotFound)
	check.Contains(t, errs.PublicOf(err), "object ais://b/not-there does not exist")
	// The target has told its map version, which is the client's.
	check.Equal(t, len(cluster.Requests()), 1)
}

func TestTargetGoneIsFoundByFreshMap(t *testing.T) {
	cluster, c := start(t, 1, 3)
	cluster.Put(bucket(), "o", []byte("x"))
	_, err := c.Map(t.Context())
	check.NoError(t, err)
	cluster.RemoveTarget(cluster.Holder(bucket(), "o"))
	data, _, err := c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
	check.NoError(t, err)
	check.Equal(t, string(data), "x")
}

func TestDeadTargetInMapIsAskedThroughProxy(t *testing.T) {
	cluster, c := start(t, 1, 3)
	cluster.Put(bucket(), "o", []byte("x"))
	_, err := c.Map(t.Context())
	check.NoError(t, err)
	cluster.Stop(cluster.Holder(bucket(), "o"))
	_, _, err = c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
	if len(only(cluster.Requests(), "proxy001 GET /v1/objects/b/o")) == 0 {
		t.Error("no proxy was asked")
	}
}

func TestOtherProxyAnswersWhenOneIsDown(t *testing.T) {
	cluster, c := start(t, 3, 1)
	_, err := c.Map(t.Context())
	check.NoError(t, err)
	cluster.Stop("proxy001")
	c.Close() // or else a connection that has just gone may be used, and the outcome is unknown
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	_, err = c.HeadBucket(t.Context(), bucket())
	check.NoError(t, err)
}

func TestNobodyListens(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Stop("proxy001")
	_, err := c.Map(t.Context())
	check.ErrorIs(t, err, errs.Unavailable)
	_, _, err = c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
}

func TestRetryAfterIsHonoured(t *testing.T) {
	tests := []struct {
		name   string
		status int
		after  string
		want   int // attempts
	}{
		{"busy for a moment", http.StatusServiceUnavailable, "0", 6},
		{"throttled for a moment", http.StatusTooManyRequests, "0", 6},
		{"does not say when", http.StatusServiceUnavailable, "", 1},
		{"too late", http.StatusServiceUnavailable, "3600", 1},
		{"not its meaning", http.StatusBadRequest, "0", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cluster, c := start(t, 1, 1)
			cluster.Intercept(func(r apitest.Request) bool {
				if test.after != "" {
					r.W.Header().Set("Retry-After", test.after)
				}
				r.W.WriteHeader(test.status)
				return true
			})
			err := c.CreateBucket(t.Context(), bucket(), nil)
			if err == nil {
				t.Fatal("no error")
			}
			check.Equal(t, len(cluster.Requests()), test.want)
		})
	}
}

func TestWriteWithUnknownOutcomeIsNotRepeated(t *testing.T) {
	cluster, c := start(t, 1, 1)
	check.NoError(t, c.CreateBucket(t.Context(), bucket(), nil))
	cluster.Requests()
	cluster.Intercept(func(r apitest.Request) bool {
		if r.R.Method == http.MethodPut {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	_, err := c.PutBytes(t.Context(), bucket(), "o", []byte("x"), api.PutOptions{})
	check.ErrorIs(t, err, errs.Unavailable)
	check.Equal(t, len(only(cluster.Requests(), "PUT")), 1)
}

func TestReadIsRepeatedWhenTheConnectionBreaks(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Put(bucket(), "o", []byte("x"))
	var asked atomic.Int32 // each on a connection of its own
	cluster.Intercept(func(r apitest.Request) bool {
		if strings.HasPrefix(r.Node, "target") && asked.Add(1) <= 2 {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	data, _, err := c.GetBytes(t.Context(), bucket(), "o", nil, api.GetOptions{})
	check.NoError(t, err)
	check.Equal(t, string(data), "x")
}

func TestRedirectsEnd(t *testing.T) {
	cluster, c := start(t, 1, 1)
	cluster.Intercept(func(r apitest.Request) bool {
		r.W.Header().Set("Location", r.R.URL.String())
		r.W.WriteHeader(http.StatusTemporaryRedirect)
		return true
	})
	_, err := c.Map(t.Context())
	check.ErrorIs(t, err, errs.Internal)
}
