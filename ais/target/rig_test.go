package target_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/target"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/fs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/memnet"
	"aistore/internal/run"
	"aistore/internal/units"
	"aistore/jobs/listing"
	"aistore/module"
)

// rig is a cluster of targets in memory, whose metadata the test writes.
type rig struct {
	network *memnet.Network
	state   *cluster.State
	targets map[string]*member
	client  *http.Client
	ballast int // bytes that the disks of new targets hold already
}

// member is one target.
type member struct {
	*target.Target
	core *node.Core
	disk *memfs.FS
	maps *mapWatch
	stop func()
}

// newRig makes a cluster without targets.
func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{network: memnet.New(), state: cluster.NewState(), targets: map[string]*member{}}
	cfg := config.Default()
	cfg.Timeout.ControlPlane = units.Duration(2 * time.Second) // long enough for a busy machine
	r.commit(t, cluster.InitCluster("uuid", "now", described("proxy001", wire.NodeProxy), &cfg))
	r.client = &http.Client{
		Transport:     &http.Transport{DialContext: r.network.Host("client").DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(r.client.CloseIdleConnections)
	return r
}

// commit changes what the cluster agrees on, without telling anybody.
func (r *rig) commit(t *testing.T, c cluster.Change) {
	t.Helper()
	next, err := r.state.Apply(c)
	check.NoError(t, err)
	next.Position = cluster.Position{Term: 1, Index: r.state.Position.Index + 1}
	r.state = next
}

// tell makes a target take in and act on what the cluster agrees on.
func (r *rig) tell(t *testing.T, ids ...string) {
	t.Helper()
	snapshot, err := r.state.Encode()
	check.NoError(t, err)
	for _, id := range ids {
		_, err = r.targets[id].core.Meta.Receive(t.Context(), &primary.SyncMessage{Snapshot: snapshot})
		check.NoError(t, err)
	}
}

// start runs a target, adds it to the map, and tells it.
func (r *rig) start(t *testing.T, id string) *member {
	t.Helper()
	f := config.DefaultFile()
	f.ID, f.Role, f.ConfDir = id, config.RoleTarget, t.TempDir()
	f.HostNet = config.HostNet{Host: id, Port: "80"}
	f.TestFSPaths = config.TestFSPaths{Root: "/disks", Count: 2}
	host := r.network.Host(id)
	m := &member{disk: memfs.New(memfs.Options{Capacity: 100 << 20}), maps: &mapWatch{}}
	_, err := fs.MakeDirs(m.disk, "/", f.ConfDir[1:]) // what the target remembers of its disks is there
	check.NoError(t, err)
	if r.ballast > 0 {
		f, err := m.disk.Create("/ballast")
		check.NoError(t, err)
		_, err = f.Write(make([]byte, r.ballast))
		check.NoError(t, err)
		check.NoError(t, f.Close())
	}
	m.core, err = node.Open(t.Context(), f, node.Options{
		FS:     m.disk,
		Dial:   host.DialContext,
		Listen: func(_ context.Context, _, address string) (net.Listener, error) { return host.Listen(address) },
	})
	check.NoError(t, err)
	m.core.Meta, err = node.OpenMetadata(t.Context(), m.core, false)
	check.NoError(t, err)
	m.Target, err = target.New(t.Context(), m.core, id, []module.Maker{listing.Maker(), m.maps.maker()})
	check.NoError(t, err)
	check.NoError(t, m.core.Key.Set([]byte("0123456789abcdef0123456789abcdef")))
	router := m.core.Router("t[" + id + "]")
	m.Routes(router, false)
	servers, err := m.core.Servers(router, nil)
	check.NoError(t, err)
	parts := append(append(m.Storage(), run.Named{Name: "metadata", Part: m.core.Meta}), servers...)
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	group.Go(func() {
		if err := run.Parts(ctx, parts); err != nil {
			t.Error(err)
		}
	})
	m.stop = sync.OnceFunc(func() {
		cancel()
		group.Wait()
		m.core.Close()
	})
	t.Cleanup(m.stop)
	r.targets[id] = m
	r.commit(t, cluster.PutNode(m.Self()))
	r.tell(t, id)
	m.core.Lease.Extend(m.core.Now(), time.Hour, m.core.Now())
	m.core.SetReady(true)
	return m
}

func described(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request with headers given as "name: value".
func (r *rig) do(t *testing.T, method, url, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	check.NoError(t, err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Add(name, value)
	}
	response, err := r.client.Do(request)
	check.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check.NoError(t, err)
	return answer{response.StatusCode, response.Header, string(text)}
}

func bucket(name string) wire.Bucket { return wire.Bucket{Name: name, Provider: wire.ProviderAIS} }

func (r *rig) create(t *testing.T, name string, ids ...string) *cluster.Bucket {
	t.Helper()
	r.commit(t, cluster.CreateBucket(bucket(name), wire.DefaultProps(wire.ProviderAIS)))
	r.tell(t, ids...)
	b, _ := r.state.Buckets.Get(bucket(name))
	return b
}
