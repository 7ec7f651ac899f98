package node_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"aistore/access"
	"aistore/ais/node"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
	"aistore/internal/units"
)

func TestNetworksShareAPortOrHaveTheirOwn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                   string
		host                   config.HostNet
		options                node.Options
		public, control, data_ string
		more                   []string // public addresses
	}{
		{"one port", config.HostNet{Host: "node", Port: "81"}, node.Options{}, "http://node:81", "http://node:81", "http://node:81", nil},
		{"the same number", config.HostNet{Host: "node", Port: "81", PortControl: "81", PortData: "81"}, node.Options{}, "http://node:81", "http://node:81", "http://node:81", nil},
		{"three ports", config.HostNet{Host: "node", Port: "81", PortControl: "82", PortData: "83"}, node.Options{}, "http://node:81", "http://node:82", "http://node:83", nil},
		{"data alone", config.HostNet{Host: "node", Port: "81", PortData: "83"}, node.Options{}, "http://node:81", "http://node:81", "http://node:83", nil},
		{"names of their own", config.HostNet{Host: "node", Port: "81", HostControl: "c", PortControl: "82", HostData: "d", PortData: "83"}, node.Options{}, "http://node:81", "http://c:82", "http://d:83", nil},
		{"told another address", config.HostNet{Host: "node", Port: "81", PortControl: "82"}, node.Options{HostIP: "10.0.0.1", HostPort: "51081"}, "http://10.0.0.1:51081", "http://node:82", "http://10.0.0.1:51081", nil},
		{"another host, the same number", config.HostNet{Host: "node", Port: "81", HostControl: "c", PortControl: "81", PortData: "81"}, node.Options{}, "http://node:81", "http://c:81", "http://node:81", nil},
		{"control and data together", config.HostNet{Host: "node", Port: "81", PortControl: "82", PortData: "82"}, node.Options{}, "http://node:81", "http://node:82", "http://node:82", nil},
		{"a name without a port", config.HostNet{Host: "node", Port: "81", HostData: "d"}, node.Options{HostIP: "10.0.0.1"}, "http://10.0.0.1:81", "http://10.0.0.1:81", "http://d:81", nil},
		{"several hosts", config.HostNet{Host: "node, other", Port: "81", HostData: "d,e", PortData: "83"}, node.Options{}, "http://node:81", "http://node:81", "http://d:83", []string{"http://other:81"}},
		{"address of version 6", config.HostNet{Host: "::1", Port: "81"}, node.Options{}, "http://[::1]:81", "http://[::1]:81", "http://[::1]:81", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := file(t, config.RoleTarget)
			f.HostNet = test.host
			network := memnet.New()
			o := inMemory(network, "node")
			o.Listen = func(_ context.Context, _, address string) (net.Listener, error) {
				name, _, err := net.SplitHostPort(address)
				check.NoError(t, err)
				return network.Host(name).Listen(address)
			}
			o.HostIP, o.HostPort = test.options.HostIP, test.options.HostPort
			c := open(t, f, o)
			self := c.Self("target01", wire.NodeTarget)
			check.Equal(t, self.Public.URL, test.public)
			check.Equal(t, self.Control.URL, test.control)
			check.Equal(t, self.Data.URL, test.data_)
			check.NoError(t, self.Validate())
			var more []string
			for _, extra := range self.PubExtra {
				more = append(more, extra.URL)
			}
			check.Equal(t, more, test.more)
		})
	}
}

func TestPortZeroTakesAFreeOne(t *testing.T) {
	t.Parallel()
	f := file(t, config.RoleTarget)
	f.HostNet = config.HostNet{Host: "127.0.0.1", Port: "0", PortControl: "0", PortData: "0"}
	self := open(t, f, node.Options{}).Self("target01", wire.NodeTarget)
	ports := map[string]bool{self.Public.Port: true, self.Control.Port: true, self.Data.Port: true}
	check.Equal(t, len(ports), 3)
	check.Equal(t, ports["0"], false)
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	check.NoError(t, err)
	defer taken.Close()
	address := taken.Addr().String()
	_, port, err := net.SplitHostPort(address)
	check.NoError(t, err)
	for name, host := range map[string]config.HostNet{
		"public":  {Host: "127.0.0.1", Port: port},
		"control": {Host: "127.0.0.1", Port: "0", PortControl: port},
		"data":    {Host: "127.0.0.1", Port: "0", PortControl: "0", PortData: port},
	} {
		t.Run(name, func(t *testing.T) {
			f := file(t, config.RoleTarget)
			f.HostNet = host
			_, err := node.Open(t.Context(), f, node.Options{})
			check.ErrorIs(t, err, errs.Busy)
			check.Equal(t, errs.PublicOf(err), "cannot listen on "+address+": listen tcp "+address+
				": bind: address already in use; change host_net in the configuration or stop who has the port")
			id, err := node.OpenIdentity(f.ConfDir, "")
			check.NoError(t, err)
			check.Equal(t, id.Incarnation, uint64(1)) // the failed start did not count
		})
	}
}

func TestAStartThatFailsReleasesItsPorts(t *testing.T) {
	t.Parallel()
	network := memnet.New()
	f := file(t, config.RoleTarget)
	f.HostNet = config.HostNet{Host: "node", Port: "81", PortControl: "82", PortData: "83"}
	f.ID = "mynode01"
	first := open(t, f, inMemory(network, "node"))
	check.NoError(t, first.Meta.Close())
	first.Close()

	taken, err := network.Host("node").Listen(":83")
	check.NoError(t, err)
	_, err = node.Open(t.Context(), f, inMemory(network, "node"))
	check.ErrorIs(t, err, errs.Busy)
	check.NoError(t, taken.Close())

	f.ID = "mynode02"
	_, err = node.Open(t.Context(), f, inMemory(network, "node"))
	check.ErrorIs(t, err, errs.Conflict)
	f.ID = "mynode01"
	open(t, f, inMemory(network, "node"))
}

// serving runs the listeners of a node with one route that hangs until released.
func serving(t *testing.T, drain time.Duration) (network *memnet.Network, release chan struct{}, stop func() time.Duration) {
	t.Helper()
	network = memnet.New()
	f := file(t, config.RoleTarget)
	f.HostNet = config.HostNet{Host: "node", Port: "81", PortControl: "82", PortData: "83"}
	f.Timeout.Drain = units.Duration(drain)
	c := open(t, f, inMemory(network, "node"))
	c.SetReady(true)
	release = make(chan struct{})
	router := c.Router("t[x]")
	router.Handle("GET /v1/hang", access.None, func(w http.ResponseWriter, r *http.Request) error {
		select {
		case <-release:
			return rest.Text(w, "done")
		case <-r.Context().Done():
			return r.Context().Err()
		}
	})
	parts, err := c.Servers(router, nil)
	check.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	group.Go(func() {
		if err := run.Parts(ctx, parts); err != nil {
			t.Error(err)
		}
	})
	return network, release, func() time.Duration {
		began := time.Now()
		cancel()
		group.Wait()
		took := time.Since(began)
		time.Sleep(time.Second) // net/http's own: half closed connections
		return took
	}
}

// fetch gets a URL and returns status and body.
func fetch(t *testing.T, network *memnet.Network, url string) (string, error) {
	t.Helper()
	transport := &http.Transport{DialContext: network.Host("client").DialContext, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.Status[:3] + " " + string(body), err
}

func TestRequestsInFlightFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network, release, stop := serving(t, time.Minute)
		answer := make(chan string, 1)
		var group run.Group
		group.Go(func() {
			got, err := fetch(t, network, "http://node:81/v1/hang")
			if err != nil {
				t.Error(err)
			}
			answer <- got
		})
		synctest.Wait()
		group.Go(func() {
			time.Sleep(5 * time.Second)
			close(release)
		})
		took := stop()
		group.Wait()
		check.Equal(t, <-answer, "200 done")
		if took < 5*time.Second || took > 10*time.Second {
			t.Fatalf("the stop took %v", took)
		}
		_, err := fetch(t, network, "http://node:81/v1/health")
		if err == nil {
			t.Fatal("the node still listens")
		}
	})
}

func TestAStopWaitsNoLongerThanTheDrainTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network, _, stop := serving(t, 7*time.Second)
		var group run.Group
		group.Go(func() {
			if _, err := fetch(t, network, "http://node:81/v1/hang"); err == nil {
				t.Error("there is an answer")
			}
		})
		synctest.Wait()
		took := stop()
		group.Wait()
		if took < 7*time.Second || took > 8*time.Second {
			t.Fatalf("the stop took %v", took)
		}
	})
}
