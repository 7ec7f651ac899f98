package tests

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/internal/check"
)

// Clients near the nodes are sent to the data network of targets, and may do there
// what a gateway has sent them for, and nothing else.
func TestClientsNearbyUseTheDataNetwork(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		near string
		data bool
	}{
		{"nearby", "127.0.0.0/8", true},
		{"elsewhere", "10.0.0.0/8", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := aistest.Start(t, aistest.Options{Targets: 2, Near: netip.MustParsePrefix(test.near)})
			b := c.NewBucket(nil)
			client := c.NewClient(api.Options{Endpoint: c.Proxy(0).URL(), ViaProxy: true})
			defer client.Close()
			for _, name := range []string{"a", "b", "c", "d"} {
				_, err := client.PutBytes(t.Context(), b, name, payload(name, 1, 100), api.PutOptions{})
				check.NoError(t, err)
				got, _, err := client.GetBytes(t.Context(), b, name, nil, api.GetOptions{})
				check.NoError(t, err)
				check.Equal(t, string(got), string(payload(name, 1, 100)))

				at := c.Owner(b, name).Wire()
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Proxy(0).URL()+objectPath(b, name), nil)
				check.NoError(t, err)
				response, err := noRedirects(c).Do(request)
				check.NoError(t, err)
				check.NoError(t, response.Body.Close())
				to := response.Header.Get("Location")
				check.Equal(t, strings.HasPrefix(to, at.Data.URL+"/"), test.data)
				check.Equal(t, strings.HasPrefix(to, at.Public.URL+"/"), !test.data)

				direct, err := c.HTTP().Get(at.Data.URL + objectPath(b, name))
				check.NoError(t, err)
				check.NoError(t, direct.Body.Close())
				check.Equal(t, direct.StatusCode, http.StatusForbidden) // nobody has sent it
			}
		})
	}
}
