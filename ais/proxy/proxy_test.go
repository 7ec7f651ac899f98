package proxy_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"aistore/access"
	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/proxy"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/internal/memnet"
	"aistore/internal/run"
	"aistore/internal/units"
)

// rig is a gateway that does not lead, in a network in memory.
type rig struct {
	network *memnet.Network
	core    *node.Core
	state   *cluster.State
	handler http.Handler
	signer  *rest.Signer // of another node of the cluster
}

func described(id, role string) *wire.Node {
	info := wire.NetInfo{Host: id, Port: "80", URL: "http://" + id + ":80"}
	return &wire.Node{ID: id, Type: role, Public: info, Control: info, Data: info}
}

func key() rest.Keys { return rest.Keys{Current: []byte("0123456789abcdef0123456789abcdef")} }

// newRig makes a gateway that knows a cluster of two targets with two buckets;
// local may be nil.
func newRig(t *testing.T, local proxy.Local) *rig {
	t.Helper()
	r := &rig{network: memnet.New(), state: cluster.NewState(), signer: rest.NewSigner("target01", key, nil)}
	f := config.DefaultFile()
	f.ID, f.Role, f.ConfDir = "proxy002", config.RoleProxy, t.TempDir()
	f.HostNet = config.HostNet{Host: "proxy002", Port: "80"}
	f.Timeout.MaxKeepalive = patience
	host := r.network.Host("proxy002")
	var err error
	r.core, err = node.Open(t.Context(), f, node.Options{
		Dial:   host.DialContext,
		Listen: func(_ context.Context, _, address string) (net.Listener, error) { return host.Listen(address) },
	})
	check.NoError(t, err)
	t.Cleanup(r.core.Close)
	r.core.Meta, err = node.OpenMetadata(t.Context(), r.core, false)
	check.NoError(t, err)
	t.Cleanup(func() { r.core.Meta.Close() })
	check.NoError(t, r.core.Key.Set(key().Current))
	p := proxy.New(r.core, "proxy002", nil, local, nil)
	router := r.core.Router("p[proxy002]")
	p.Routes(router)
	r.handler, err = router.Handler(rest.Public | rest.Control)
	check.NoError(t, err)
	r.core.SetReady(true)
	return r
}

// learn makes the gateway know a cluster.
func (r *rig) learn(t *testing.T, changes ...cluster.Change) {
	t.Helper()
	if !r.state.Initialized() {
		cfg := config.Default()
		cfg.Timeout.MaxKeepalive = patience
		changes = append([]cluster.Change{
			cluster.InitCluster("uuid", "now", described("proxy001", wire.NodeProxy), &cfg),
			cluster.PutNode(described("proxy002", wire.NodeProxy)),
			cluster.PutNode(described("target01", wire.NodeTarget)),
			cluster.PutNode(described("target02", wire.NodeTarget)),
		}, changes...)
	}
	for _, c := range changes {
		next, err := r.state.Apply(c)
		check.NoError(t, err)
		next.Position = cluster.Position{Term: 1, Index: r.state.Position.Index + 1}
		r.state = next
	}
	snapshot, err := r.state.Encode()
	check.NoError(t, err)
	_, err = r.core.Meta.Receive(t.Context(), &primary.SyncMessage{Snapshot: snapshot})
	check.NoError(t, err)
}

// do sends a request of a client.
func (r *rig) do(method, url, body string, header http.Header) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, url, strings.NewReader(body))
	for name, values := range header {
		request.Header[name] = values
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, request)
	return w
}

// answers is another node of the network.
func (r *rig) answers(t *testing.T, host string, h http.HandlerFunc) {
	t.Helper()
	listener, err := r.network.Host(host).Listen(":80")
	check.NoError(t, err)
	server := &http.Server{Handler: h}
	var group run.Group
	group.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Close()
		group.Wait()
	})
}

func message(t *testing.T, w *httptest.ResponseRecorder) errs.Wire {
	t.Helper()
	text := w.Header().Get(wire.HeaderError)
	if text == "" {
		text = w.Body.String()
	}
	var e errs.Wire
	check.NoError(t, jsonx.Unmarshal([]byte(text), &e))
	return e
}

func create(name string) cluster.Change {
	return cluster.CreateBucket(wire.Bucket{Name: name, Provider: wire.ProviderAIS}, wire.DefaultProps(wire.ProviderAIS))
}

func TestClientsAreSentToTheOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t, create("b"))
	owners := map[string]bool{}
	for i := range 20 {
		name := fmt.Sprintf("dir/%d", i)
		owner, err := r.state.Map.Owner(cluster.Digest(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, name))
		check.NoError(t, err)
		owners[owner.ID] = true
		for method, status := range map[string]int{"GET": 301, "HEAD": 307, "PUT": 307, "DELETE": 307} {
			w := r.do(method, "/v1/objects/b/"+name, "", nil)
			check.Equal(t, w.Code, status)
			location := w.Header().Get("Location")
			check.Contains(t, location, owner.Public.URL+"/v1/objects/b/"+name+"?")
			followed := httptest.NewRequest(method, location, nil)
			grant, err := r.signer.VerifyRedirect(followed)
			check.NoError(t, err)
			check.Equal(t, grant.Proxy, "proxy002")
			check.Equal(t, grant.Map, r.state.Map.Version())
		}
	}
	check.Equal(t, len(owners), 2)
}

func TestClientsNearbyAreSentToTheDataNetwork(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t, create("b"))
	owner, err := r.state.Map.Owner(cluster.Digest(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, "o"))
	check.NoError(t, err)
	apart := *owner
	apart.Data = wire.NetInfo{Host: "data", Port: "81", URL: "http://data:81"}
	r.learn(t, cluster.PutNode(&apart))
	r.core.Options.Near = netip.MustParsePrefix("10.1.0.0/16")
	for from, to := range map[string]string{
		"10.1.2.3:4000":          "http://data:81/",
		"[::ffff:10.1.2.3]:4000": "http://data:81/",
		"10.2.2.3:4000":          owner.Public.URL,
		"[2001:db8::1]:4000":     owner.Public.URL,
		"":                       owner.Public.URL,
	} {
		request := httptest.NewRequest("GET", "/v1/objects/b/o", nil)
		request.RemoteAddr = from
		w := httptest.NewRecorder()
		r.handler.ServeHTTP(w, request)
		check.Contains(t, w.Header().Get("Location"), to)
	}
}

func TestObjectsOfUnknownBuckets(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t)
	e := message(t, r.do("GET", "/v1/objects/none/o", "", nil))
	check.Equal(t, e.Status, 404)
	check.Equal(t, e.TypeCode, "ErrBckNotFound")
	check.Equal(t, e.Message, `bucket "ais://none" does not exist`)
	e = message(t, r.do("GET", "/v1/objects/none/o?provider=aws", "", nil))
	check.Equal(t, e.Status, 404)
	check.Equal(t, e.TypeCode, "ErrRemoteBckNotFound")
}

func TestObjectsWithoutTargets(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t, create("b"), cluster.RemoveNode("target01"), cluster.RemoveNode("target02"))
	e := message(t, r.do("GET", "/v1/objects/b/o", "", nil))
	check.Equal(t, e.Status, 503)
	check.Equal(t, e.Message, "the cluster has no targets")
}

func TestListOfBuckets(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t, create("b"), create("a"), create(".sys"), cluster.CreateBucket(
		wire.Bucket{Name: "c", Provider: wire.ProviderAIS, Namespace: wire.Namespace{Name: "ns"}}, wire.DefaultProps(wire.ProviderAIS)))
	tests := []struct{ url, body, want string }{
		{"/v1/buckets", `{"action":"list"}`, "a b c"},
		{"/v1/buckets", "", "a b c"},
		{"/v1/buckets?provider=ais", `{"action":"list"}`, "a b c"},
		{"/v1/buckets?provider=s3", `{"action":"list"}`, ""},
		{"/v1/buckets", `{"action":"list","name":"b"}`, "b"},
		{"/v1/buckets?provider=ais&namespace=%23ns", `{"action":"list"}`, "c"},
		{"/v1/buckets?sys=true", `{"action":"list"}`, ".sys a b c"},
	}
	for _, test := range tests {
		w := r.do("GET", test.url, test.body, nil)
		var list []wire.Bucket
		check.NoError(t, jsonx.Unmarshal(w.Body.Bytes(), &list))
		var names []string
		for _, b := range list {
			names = append(names, b.Name)
		}
		if got := strings.Join(names, " "); got != test.want || list == nil {
			t.Fatalf("%s %s: got %q, want %q", test.url, test.body, got, test.want)
		}
	}
	check.Equal(t, r.do("GET", "/v1/buckets?provider=dropbox", "", nil).Code, 400)
}

func TestPropertiesOfABucket(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t, create("b"))
	w := r.do("HEAD", "/v1/buckets/b", "", nil)
	check.Equal(t, w.Code, 200)
	var props wire.BucketProps
	check.NoError(t, jsonx.Unmarshal([]byte(w.Header().Get(wire.HeaderBucketProps)), &props))
	b, _ := r.state.Buckets.Get(wire.Bucket{Name: "b", Provider: wire.ProviderAIS})
	check.Equal(t, props, *b.Props)
	check.Equal(t, message(t, r.do("HEAD", "/v1/buckets/none", "", nil)).TypeCode, "ErrBckNotFound")
}

func TestChangesAreForwardedToThePrimary(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t, create("b"))
	var seen string
	answer := 200
	_, own, err := ed25519.GenerateKey(nil)
	check.NoError(t, err)
	primary := rest.NewNodeSigner("proxy001", key, rest.Identities{Own: own, Of: func(id string) (ed25519.PublicKey, bool) {
		return r.core.Self(id, wire.NodeProxy).VerifyingKey, id == "proxy002"
	}}, nil)
	r.answers(t, "proxy001", func(w http.ResponseWriter, request *http.Request) {
		caller, err := primary.VerifyCaller(request)
		body, _ := io.ReadAll(request.Body)
		seen = fmt.Sprint(caller, " ", err, " ", request.Method, " ", request.URL.RequestURI(), " ", string(body))
		if answer != 200 {
			text, _ := jsonx.Marshal(errs.ToWire(errs.BucketExists("there", "ais://new"), errs.Wire{}))
			w.WriteHeader(answer)
			w.Write(text)
			return
		}
		w.Header().Set("X-Of-Primary", "yes")
		io.WriteString(w, "done")
	})
	const action = `{"action":"create-bck","name":"","value":{"checksum":{"type":"md5"}}}`
	w := r.do("POST", "/v1/buckets/new?provider=ais", action, nil)
	check.Equal(t, w.Code, 200)
	check.Equal(t, w.Body.String(), "done")
	check.Equal(t, w.Header().Get("X-Of-Primary"), "yes")
	check.Equal(t, seen, "proxy002 <nil> POST /v1/buckets/new?provider=ais "+action)

	answer = 409
	e := message(t, r.do("POST", "/v1/buckets/new", `{"action":"create-bck"}`, nil))
	check.Equal(t, e.Status, 409)
	check.Equal(t, e.TypeCode, "ErrBucketAlreadyExists")
	check.Equal(t, e.Message, `bucket "ais://new" already exists`)
}

// patience is how long the gateway waits for a primary.
const patience = units.Duration(200 * time.Millisecond)

func TestChangesWithoutAPrimary(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	w := r.do("POST", "/v1/buckets/new", `{"action":"create-bck"}`, nil)
	check.Equal(t, w.Code, 503)
	r.learn(t)
	e := message(t, r.do("POST", "/v1/buckets/new", `{"action":"create-bck"}`, nil)) // nobody listens there
	check.Equal(t, e.Status, 503)
	check.Equal(t, e.Message, "there is no primary now, so nothing was changed: try again")
	e = message(t, r.do("POST", "/v1/cluster/autoreg", `{"nodes":[]}`, nil))
	check.Equal(t, e.Status, 503)
	check.Equal(t, e.Message, "this gateway is not the primary")
}

func TestQueriesAboutOtherNodes(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t)
	r.answers(t, "target01", func(w http.ResponseWriter, request *http.Request) {
		io.WriteString(w, "target01 was asked "+request.URL.RequestURI()+" as "+request.Header.Get(wire.HeaderNodeID))
	})
	ask := func(id string) *httptest.ResponseRecorder {
		return r.do("GET", "/v1/reverse/daemon?what=snode", "", http.Header{wire.HeaderNodeID: {id}})
	}
	check.Equal(t, ask("target01").Body.String(), "target01 was asked /v1/daemon?what=snode as target01")
	var self wire.Node
	check.NoError(t, jsonx.Unmarshal(ask("proxy002").Body.Bytes(), &self))
	check.Equal(t, self.ID, "proxy002")
	check.Equal(t, ask("target02").Code, 503)
	e := message(t, ask("target99"))
	check.Equal(t, e.Status, 404)
	check.Contains(t, e.Message, `node "target99" does not exist`)
}

func TestCopiesNeedRightsToBothBuckets(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	closed := wire.DefaultProps(wire.ProviderAIS)
	closed.Access = uint64(access.ReadOnly)
	r.learn(t, create("b"), cluster.CreateBucket(wire.Bucket{Name: "closed", Provider: wire.ProviderAIS}, closed))
	copies := func(from, to string) int {
		return r.do("PUT", "/v1/objects/"+from+"/o?object_to="+url.QueryEscape(to), "", nil).Code
	}
	check.Equal(t, copies("b", "ais/@#/b/x"), 307)
	check.Equal(t, copies("closed", "ais/@#/b/x"), 307)
	check.Equal(t, copies("b", "ais/@#/closed/x"), 403)
	check.Equal(t, copies("b", "ais/@#/none/x"), 404)
	check.Equal(t, copies("b", "x"), 400)
}

func TestPromoteGoesToWhoHasTheFile(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t, create("b"))
	for _, id := range []string{"target01", "target02"} {
		answer := r.do("POST", "/v1/objects/b", `{"action":"promote","name":"/f","value":{"tid":"`+id+`"}}`, nil)
		check.Equal(t, answer.Code, 307)
		check.Contains(t, answer.Header().Get("Location"), "http://"+id)
	}
	check.Equal(t, r.do("POST", "/v1/objects/b", `{"action":"promote","name":"/f"}`, nil).Code, 307)
	check.Equal(t, r.do("POST", "/v1/objects/b", `{"action":"promote","name":"/f","value":{"tid":"none"}}`, nil).Code, 404)
	check.Equal(t, r.do("POST", "/v1/objects/none", `{"action":"promote","name":"/f"}`, nil).Code, 404)
}

func TestQueriesAboutTheCluster(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.learn(t)
	check.Equal(t, r.do("GET", "/v1/cluster?what=target_ips", "", nil).Body.String(), "target01,target02")
	var cfg config.Cluster
	check.NoError(t, jsonx.Unmarshal(r.do("GET", "/v1/cluster?what=cluster_config", "", nil).Body.Bytes(), &cfg))
	check.Equal(t, cfg.UUID, "uuid")
	check.Contains(t, message(t, r.do("GET", "/v1/cluster?what=weather", "", nil)).Message, `unknown what="weather"`)
}

// colocated is the target of the gateway's own process.
type colocated struct{ served []string }

func (c *colocated) Self() *wire.Node { return described("target01", wire.NodeTarget) }

func (c *colocated) Queries() node.Queries {
	return node.Queries{wire.WhatNode: func(w http.ResponseWriter, _ *http.Request) error { return rest.JSON(w, c.Self()) }}
}

func (c *colocated) ServeObject(_ http.ResponseWriter, r *http.Request, q *rest.ObjectRequest) error {
	c.served = append(c.served, r.Method+" "+q.Object)
	return nil
}

func (c *colocated) ActOnObject(_ http.ResponseWriter, _ *http.Request, q *rest.ObjectRequest, a *wire.Action) error {
	c.served = append(c.served, a.Action+" "+q.Object)
	return nil
}

func TestATargetInTheSameProcess(t *testing.T) {
	t.Parallel()
	c := &colocated{}
	r := newRig(t, c)
	r.learn(t, create("b"))
	b := wire.Bucket{Name: "b", Provider: wire.ProviderAIS}
	mine, other := "", ""
	for i := 0; mine == "" || other == ""; i++ {
		name := fmt.Sprint(i)
		if owner, err := r.state.Map.Owner(cluster.Digest(b, name)); err == nil && owner.ID == "target01" {
			mine = name
		} else {
			other = name
		}
	}
	check.Equal(t, r.do("GET", "/v1/objects/b/"+mine, "", nil).Code, 200)
	check.Equal(t, r.do("GET", "/v1/objects/b/"+other, "", nil).Code, 301)
	check.Equal(t, c.served, []string{"GET " + mine})

	// Whom a gateway has sent is served here if that knows a later map.
	for later, status := range map[int64]int{-1: 307, 0: 307, 1: 200} {
		elsewhere := httptest.NewRequest("PUT", "/v1/objects/b/"+other, nil)
		location := r.signer.Location(elsewhere, rest.Redirection{
			URL: "http://proxy002:80", Rights: access.PutObject, Map: r.state.Map.Version() + later,
		})
		check.Equal(t, r.do("PUT", location, "", nil).Code, status)
	}
	check.Equal(t, c.served[1:], []string{"PUT " + other})
	check.Equal(t, r.do("POST", "/v1/objects/b/"+mine, `{"action":"check-lock"}`, nil).Code, 200)
	check.Equal(t, r.do("POST", "/v1/objects/b/"+other, `{"action":"check-lock"}`, nil).Code, 307)
	check.Equal(t, c.served[2:], []string{"check-lock " + mine})

	var node wire.Node
	w := r.do("GET", "/v1/daemon?what=snode", "", http.Header{wire.HeaderNodeID: {"target01"}})
	check.NoError(t, jsonx.Unmarshal(w.Body.Bytes(), &node))
	check.Equal(t, node.Type, wire.NodeTarget)
	w = r.do("GET", "/v1/daemon?what=snode", "", nil)
	check.NoError(t, jsonx.Unmarshal(w.Body.Bytes(), &node))
	check.Equal(t, node.Type, wire.NodeProxy)
}
