package tests

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// noRedirects is a client that shows redirects instead of following them.
func noRedirects(c *aistest.Cluster) *http.Client {
	client := *c.HTTP()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

func TestAllRolesAlone(t *testing.T) {
	t.Parallel()
	for _, onePort := range []bool{true, false} {
		t.Run(fmt.Sprintf("one port %t", onePort), func(t *testing.T) {
			t.Parallel()
			c := aistest.Start(t, aistest.Options{All: 1, OnePort: onePort})
			only := c.Proxy(0)
			m := c.Map(only)
			check.Equal(t, []int{len(m.Proxies), len(m.Targets)}, []int{1, 1})
			check.Equal(t, m.Proxies["pnodes001"].Public.URL, m.Targets["tnodes001"].Public.URL)
			s := newShelf(t, c)
			workout(t, c, s)

			// There is nobody to send a client to.
			r, err := http.NewRequest(http.MethodGet, c.URL()+objectPath(s.bucket, s.names()[0]), nil)
			check.NoError(t, err)
			response, err := noRedirects(c).Do(r)
			check.NoError(t, err)
			check.NoError(t, response.Body.Close())
			check.Equal(t, response.StatusCode, http.StatusOK)

			for _, n := range []string{"pnodes001", "tnodes001"} {
				status, err := c.Client().NodeStatus(t.Context(), n)
				check.NoError(t, err)
				check.Equal(t, status.Node.ID, n)
			}
			c.Kill(only)
			c.Restart(only)
			s.check(t, c)
			c.Stop(only)
			c.Restart(only)
			s.check(t, c)
		})
	}
}

// workout does a little of everything.
func workout(t *testing.T, c *aistest.Cluster, s *shelf) {
	t.Helper()
	for i := range 20 {
		s.put(t, c, fmt.Sprintf("d%d/o%d", i%3, i), i*i*1000)
	}
	s.put(t, c, "d0/large", 3<<20)
	for i, name := range s.names() {
		switch i % 4 {
		case 0:
			s.put(t, c, name, 500)
		case 1:
			s.remove(t, c, name)
		}
	}
	s.check(t, c)
}

func TestAllRolesThree(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{All: 3, OnePort: true})
	s := newShelf(t, c)
	workout(t, c, s)
	for _, n := range c.Nodes() {
		throughDoor(t, c, s, n)
	}
	for _, n := range c.Nodes() {
		c.Kill(n)
		c.Restart(n)
		s.check(t, c)
	}
	c.Kill(c.Nodes()...)
	c.Restart(c.Nodes()...)
	s.check(t, c)

	// What a node that is down owns cannot be served, and is not missing.
	down := c.Target(2)
	c.Kill(down)
	for name, want := range s.objects {
		client := c.NewClient(api.Options{Attempts: 1})
		data, _, err := client.GetBytes(t.Context(), s.bucket, name, nil, api.GetOptions{})
		client.Close()
		if err != nil {
			check.ErrorIs(t, err, errs.Unavailable)
			check.Equal(t, c.Owner(s.bucket, name).ID(), down.ID())
			continue
		}
		write, err := checkPayload(name, data)
		check.NoError(t, err)
		check.Equal(t, write, want.write)
	}
	c.Restart(down)
	s.check(t, c)
}

// throughDoor uses one node as the only gateway, without knowing owners.
func throughDoor(t *testing.T, c *aistest.Cluster, s *shelf, n *aistest.Node) {
	t.Helper()
	client := c.NewClient(api.Options{Endpoint: n.URL(), ViaProxy: true})
	defer client.Close()
	here, away := 0, 0
	for name, want := range s.objects {
		data, object, err := client.GetBytes(t.Context(), s.bucket, name, nil, api.GetOptions{})
		check.NoError(t, err)
		write, err := checkPayload(name, data)
		check.NoError(t, err)
		check.Equal(t, write, want.write)
		check.Equal(t, object.Version, strconv.Itoa(want.version))

		r, err := http.NewRequest(http.MethodGet, n.URL()+objectPath(s.bucket, name), nil)
		check.NoError(t, err)
		response, err := noRedirects(c).Do(r)
		check.NoError(t, err)
		check.NoError(t, response.Body.Close())
		if c.Owner(s.bucket, name) == n {
			here++
			check.Equal(t, response.StatusCode, http.StatusOK)
		} else {
			away++
			check.Equal(t, response.StatusCode, http.StatusMovedPermanently)
		}
	}
	if here == 0 || away == 0 {
		t.Fatalf("%s has %d objects of its own and %d of others", n.ID(), here, away)
	}
	b := wire.Bucket{Name: "by-" + n.ID(), Provider: wire.ProviderAIS}
	check.NoError(t, client.CreateBucket(t.Context(), b, nil))
	check.ErrorIs(t, client.CreateBucket(t.Context(), b, nil), errs.Exists)
	for i := range 6 {
		name := fmt.Sprintf("o%d", i)
		_, err := client.PutBytes(t.Context(), b, name, payload(name, 1, 100), api.PutOptions{})
		check.NoError(t, err)
	}
	check.Equal(t, len(list(t, c, b, api.ListOptions{PageSize: 2})), 6)
	check.NoError(t, client.DestroyBucket(t.Context(), b))
	_, err := client.HeadBucket(t.Context(), b)
	check.ErrorIs(t, err, errs.NotFound)
}

// TestAllRolesGrow has a single process joined by targets.
func TestAllRolesGrow(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{All: 1})
	s := newShelf(t, c)
	workout(t, c, s)
	c.AddTarget()
	s.check(t, c)
	workout(t, c, s)
	c.AddProxy()
	c.Kill(c.Nodes()...)
	c.Restart(c.Nodes()...)
	s.check(t, c)
	for _, n := range c.Proxies() {
		client := c.NewClient(api.Options{Endpoint: n.URL(), ViaProxy: true})
		for name := range s.objects {
			_, _, err := client.GetBytes(t.Context(), s.bucket, name, nil, api.GetOptions{})
			check.NoError(t, err)
		}
		client.Close()
	}
}
