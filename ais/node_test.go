package ais_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aistore/ais"
	"aistore/ais/node"
	"aistore/config"
	"aistore/errs"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
	"aistore/module"
)

// site is where a node lives: a directory, disks and a network in memory.
type site struct {
	file    config.File
	options ais.Options
	network *memnet.Network
}

func newSite(t *testing.T, role string) *site {
	t.Helper()
	s := &site{file: config.DefaultFile(), network: memnet.New()}
	s.file.Role, s.file.ID, s.file.ConfDir = role, "node0001", t.TempDir()
	s.file.HostNet = config.HostNet{Host: "node", Port: "80", PortControl: "81", PortData: "82"}
	s.file.TestFSPaths = config.TestFSPaths{Root: "/disks", Count: 2}
	disk := memfs.New(memfs.Options{})
	_, err := fs.MakeDirs(disk, "/", s.file.ConfDir[1:]) // what a target remembers of its disks is there
	check.NoError(t, err)
	host := s.network.Host("node")
	s.options = ais.Options{
		Options: node.Options{
			FS:     disk,
			Dial:   host.DialContext,
			Listen: func(_ context.Context, _, address string) (net.Listener, error) { return host.Listen(address) },
		},
		Primary: true,
	}
	return s
}

// start runs a node until stop, which returns what Run does.
func (s *site) start(t *testing.T) (n *ais.Node, stop func() error) {
	t.Helper()
	n, err := ais.New(s.file, s.options)
	check.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	var ended error
	group.Go(func() { ended = n.Run(ctx) })
	return n, func() error {
		cancel()
		group.Wait()
		return ended
	}
}

func TestNewChecksTheConfiguration(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*config.File){
		"role":      func(f *config.File) { f.Role = "boss" },
		"directory": func(f *config.File) { f.ConfDir = "relative" },
		"port":      func(f *config.File) { f.HostNet.Port = "http" },
	} {
		s := newSite(t, config.RoleAll)
		spoil(&s.file)
		if _, err := ais.New(s.file, s.options); !errors.Is(err, errs.Invalid) {
			t.Fatalf("%s: got %v", name, err)
		}
	}
}

func TestRolesOfANode(t *testing.T) {
	t.Parallel()
	for role, want := range map[string][]string{
		config.RoleProxy:  {"p[node0001]"},
		config.RoleTarget: {"t[node0001]"},
		config.RoleAll:    {"p[pnode0001]", "t[tnode0001]"},
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, role)
			s.file.Proxy.PrimaryURL = "http://nobody:80" // what a target waits for
			n, stop := s.start(t)
			var got []string
			for _, self := range n.Self(t.Context()) {
				got = append(got, self.String())
				check.Equal(t, self.Public.URL, "http://node:80")
				check.Equal(t, self.Control.URL, "http://node:81")
				check.Equal(t, self.Data.URL, "http://node:82")
			}
			check.Equal(t, got, want)
			if role != config.RoleTarget {
				check.Eventually(t, n.Ready)
			}
			check.NoError(t, stop())
			check.Equal(t, n.Ready(), false)
		})
	}
}

func TestRunLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := newSite(t, config.RoleAll)
	for range 3 { // the same directory, ports and disks each time
		n, stop := s.start(t)
		check.Eventually(t, n.Ready)
		client := &http.Client{Transport: &http.Transport{DialContext: s.network.Host("client").DialContext, DisableKeepAlives: true}}
		response, err := client.Get("http://node:80/v1/health")
		check.NoError(t, err)
		check.NoError(t, response.Body.Close())
		check.Equal(t, response.StatusCode, 200)
		check.NoError(t, stop())
	}
}

func TestAStartThatFailsLeavesNothingBehind(t *testing.T) {
	broken := errors.New("cannot be made")
	tests := []struct {
		name  string
		spoil func(*site) (mend func())
		want  error
	}{
		{"a port is taken", func(s *site) func() {
			taken, err := s.network.Host("node").Listen(":82")
			check.NoError(t, err)
			return func() { taken.Close() }
		}, errs.Busy},
		{"a module cannot be made", func(s *site) func() {
			s.options.Modules = []module.Maker{{Name: "bad", Make: func(module.Host) (module.Module, error) { return nil, broken }}}
			return func() { s.options.Modules = nil }
		}, broken},
		{"the disks are another target's", func(s *site) func() {
			own := s.file.ConfDir
			s.file.ConfDir, s.file.ID = t.TempDir(), "node0002"
			return func() { s.file.ConfDir, s.file.ID = own, "node0001" }
		}, errs.Conflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			s := newSite(t, config.RoleAll)
			n, stop := s.start(t)
			check.Eventually(t, n.Ready)
			check.NoError(t, stop())

			mend := test.spoil(s)
			bad, err := ais.New(s.file, s.options)
			check.NoError(t, err)
			check.ErrorIs(t, bad.Run(t.Context()), test.want)
			check.Equal(t, bad.Ready(), false)
			mend()

			n, stop = s.start(t)
			check.Eventually(t, n.Ready)
			check.NoError(t, stop())
		})
	}
}

func TestSelfEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSite(t, config.RoleProxy)
	n, err := ais.New(s.file, s.options)
	check.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	check.Equal(t, len(n.Self(ctx)), 0)
	check.Equal(t, n.Ready(), false)
}

func TestAFounderWaitsForTargets(t *testing.T) {
	t.Parallel()
	gateway, disk := newSite(t, config.RoleProxy), newSite(t, config.RoleTarget)
	gateway.options.Targets = 1
	p, stopGateway := gateway.start(t)
	check.Equal(t, len(p.Self(t.Context())), 1)
	check.Equal(t, p.Ready(), false)

	host := gateway.network.Host("target")
	disk.file.ID, disk.file.HostNet = "node0002", config.HostNet{Host: "target", Port: "80"}
	disk.file.Proxy.PrimaryURL = "http://node:80"
	disk.options.Primary, disk.options.Dial = false, host.DialContext
	disk.options.Listen = func(_ context.Context, _, address string) (net.Listener, error) { return host.Listen(address) }
	target, stopTarget := disk.start(t)
	check.Eventually(t, target.Ready)
	check.Eventually(t, p.Ready)
	check.NoError(t, stopTarget())
	check.NoError(t, stopGateway())
}

// A cluster does not give way any more once there is something in it, if only
// since it was asked to.
func TestAClusterWithABucketDoesNotGiveWay(t *testing.T) {
	t.Parallel()
	s := newSite(t, config.RoleAll)
	n, stop := s.start(t)
	check.Eventually(t, n.Ready)
	client := &http.Client{Transport: &http.Transport{DialContext: s.network.Host("client").DialContext, DisableKeepAlives: true, ExpectContinueTimeout: time.Minute}}
	ask := func(method, url string, body io.Reader) int {
		request, err := http.NewRequestWithContext(t.Context(), method, url, body)
		check.NoError(t, err)
		request.Header.Set("Expect", "100-continue") // a body goes out when it is read
		response, err := client.Do(request)
		if err != nil {
			return 0
		}
		response.Body.Close()
		return response.StatusCode
	}
	const bucket = "http://node:80/v1/buckets/b?provider=ais"

	before := n.Self(t.Context())[0]
	body, slowly := io.Pipe()
	var creating run.Group
	var created int
	creating.Go(func() { created = ask(http.MethodPost, bucket, body) })
	_, err := io.WriteString(slowly, `{"action":`)
	check.NoError(t, err)
	other := `{"uuid":"other","control":"http://other:81"}`
	check.Equal(t, ask(http.MethodPost, "http://node:81/v1/membership/invite", strings.NewReader(other)), http.StatusServiceUnavailable)
	_, err = io.WriteString(slowly, `"create-bck"}`)
	check.NoError(t, err)
	check.NoError(t, slowly.Close())
	creating.Wait()
	check.Equal(t, created, http.StatusOK)

	check.Eventually(t, func() bool { return n.Self(t.Context())[0] != before && n.Ready() }) // it has started anew
	check.Eventually(t, func() bool { return ask(http.MethodHead, bucket, nil) == http.StatusOK })
	check.Equal(t, ask(http.MethodPost, "http://node:81/v1/membership/invite", strings.NewReader(other)), http.StatusConflict)
	check.NoError(t, stop())
}
