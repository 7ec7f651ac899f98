package node_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/internal/memnet"
	"aistore/internal/run"
)

// gateway is a primary that answers joins as it is told.
type gateway struct {
	answer  func(attempt int) (*primary.JoinReply, error)
	joins   []primary.JoinRequest
	secret  []byte // join secret
	primary string // control URL that it tells; "" when it does not know
	uuid    string // of its cluster
	self    []*wire.Node
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == wire.PathHealth {
		info := wire.NodeInfo{}
		info.Smap.Primary.ControlURL = g.primary
		info.Smap.UUID, info.Nodes = g.uuid, g.self
		g.reply(w, info, nil)
		return
	}
	if r.URL.Path == node.PathKeepalive {
		g.reply(w, &primary.KeepaliveReply{}, nil)
		return
	}
	var request primary.JoinRequest
	if r.Method != http.MethodPost || r.URL.Path != node.PathJoin || jsonx.NewDecoder(r.Body).Decode(&request) != nil {
		http.NotFound(w, r)
		return
	}
	g.joins = append(g.joins, request)
	reply, err := g.answer(len(g.joins))
	if err == nil {
		reply.Key, err = request.Seal(bytes.Repeat([]byte{7}, 32), g.secret)
	}
	g.reply(w, reply, err)
}

func (g *gateway) reply(w http.ResponseWriter, v any, err error) {
	if err != nil {
		e := errs.ToWire(err, errs.Wire{})
		w.WriteHeader(e.Status)
		v = e
	}
	text, _ := jsonx.Marshal(v)
	w.Write(text)
}

// joining runs a target that is to join at the gateway, in a bubble, until the
// test has looked.
func joining(t *testing.T, f config.File, g *gateway, look func(c *node.Core, ended <-chan error)) {
	t.Helper()
	network := memnet.New()
	f.HostNet = config.HostNet{Host: "target", Port: "80"}
	c := open(t, f, inMemory(network, "target"))
	listener, err := network.Host("gateway").Listen(":80")
	check.NoError(t, err)
	server := &http.Server{Handler: g}
	ctx, cancel := context.WithCancel(t.Context())
	var group run.Group
	group.Go(func() { _ = server.Serve(listener) })
	ended := make(chan error, 1)
	j := &node.Membership{Core: c, Nodes: []*wire.Node{c.Self("target01", wire.NodeTarget)}}
	group.Go(func() { ended <- j.Run(ctx) })
	look(c, ended)
	cancel()
	check.NoError(t, server.Close())
	c.Close()
	group.Wait()
	time.Sleep(time.Second) // net/http's own: half closed connections
}

// welcomes is the answer of a primary that takes a node in.
func welcomes(t *testing.T) *primary.JoinReply {
	t.Helper()
	return &primary.JoinReply{Sync: *full(t, state(t))}
}

func TestANodeJoinsAsSoonAsThePrimaryTakesIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{primary: "http://gateway:80", secret: []byte("open sesame")}
		g.answer = func(attempt int) (*primary.JoinReply, error) {
			if attempt < 4 {
				return nil, errs.E("there", "", errs.Unavailable, nil)
			}
			return welcomes(t), nil
		}
		f := file(t, config.RoleTarget)
		f.Proxy.PrimaryURL = "http://gateway:80"
		secret := filepath.Join(t.TempDir(), "secret")
		check.NoError(t, os.WriteFile(secret, []byte("open sesame\n"), 0o600))
		nodes := config.DefaultIntraCluster()
		nodes.NodeJoinSecretPath = secret
		f.Auth.IntraCluster = &nodes
		joining(t, f, g, func(c *node.Core, ended <-chan error) {
			check.Eventually(t, c.Ready)
			check.Equal(t, c.Meta.State().Map.UUID(), "uuid")
			check.Equal(t, c.Key.Bytes(), bytes.Repeat([]byte{7}, 32))
			check.Equal(t, len(g.joins), 4)
			check.Equal(t, len(ended), 0)
			first := g.joins[0]
			check.Equal(t, first.Incarnation, uint64(1))
			check.Equal(t, first.UUID, "")
			check.Equal(t, first.Proof, primary.Proof([]byte("open sesame"), first.Nodes))
		})
	})
}

// A node with a join secret takes no key, and nothing else, from who does not know
// the secret; unless it has been in the cluster before.
func TestAGatewayWithoutTheJoinSecretIsRefused(t *testing.T) {
	t.Parallel()
	f := file(t, config.RoleTarget)
	f.Proxy.PrimaryURL = "http://gateway:80"
	secret := filepath.Join(t.TempDir(), "secret")
	check.NoError(t, os.WriteFile(secret, []byte("open sesame\n"), 0o600))
	nodes := config.DefaultIntraCluster()
	nodes.NodeJoinSecretPath = secret
	f.Auth.IntraCluster = &nodes
	attempt := func(guess string, look func(c *node.Core, ended <-chan error)) {
		synctest.Test(t, func(t *testing.T) {
			g := &gateway{primary: "http://gateway:80", secret: []byte(guess)}
			g.answer = func(int) (*primary.JoinReply, error) { return welcomes(t), nil }
			joining(t, f, g, look)
		})
	}
	attempt("guess", func(c *node.Core, ended <-chan error) {
		err := <-ended
		check.ErrorIs(t, err, errs.Forbidden)
		check.Contains(t, errs.PublicOf(err), "node_join_secret_path")
		check.Equal(t, len(c.Key.Bytes()), 0)
		check.Equal(t, c.Meta.State().Initialized(), false)
	})
	attempt("open sesame", func(c *node.Core, _ <-chan error) { check.Eventually(t, c.Ready) })
	attempt("another by now", func(c *node.Core, _ <-chan error) {
		check.Eventually(t, c.Ready)
		check.Equal(t, c.Key.Bytes(), bytes.Repeat([]byte{7}, 32))
	})
}

func TestARefusalIsFinal(t *testing.T) {
	t.Parallel()
	for _, kind := range []errs.Kind{errs.Forbidden, errs.Conflict, errs.Invalid} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gateway{primary: "http://gateway:80"}
				g.answer = func(int) (*primary.JoinReply, error) { return nil, errs.E("there", "why", kind, nil) }
				f := file(t, config.RoleTarget)
				f.Proxy.PrimaryURL = "http://gateway:80"
				joining(t, f, g, func(c *node.Core, ended <-chan error) {
					err := <-ended
					check.ErrorIs(t, err, kind)
					check.Contains(t, errs.PublicOf(err), "why")
					check.Equal(t, len(g.joins), 1)
					check.Equal(t, c.Ready(), false)
				})
			})
		})
	}
}

// A gateway that has lost what it knew, and has founded a cluster of its own, keeps
// nobody from coming back to the other gateways, once they are there.
func TestARefusalByAGatewayThatHasLostItsClusterIsNotFinal(t *testing.T) {
	t.Parallel()
	for _, others := range []int{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			f := file(t, config.RoleTarget)
			founder := described("proxy001", wire.NodeProxy)
			founder.Control.URL, founder.Public.URL = "http://gateway:80", "http://gateway:80"
			s, err := state(t).Apply(cluster.PutNode(founder))
			check.NoError(t, err)
			if others > 0 {
				s, err = s.Apply(cluster.PutNode(described("proxy002", wire.NodeProxy)))
				check.NoError(t, err)
			}
			s.Position = cluster.Position{Term: 2, Index: 100}
			before := open(t, f, inMemory(memnet.New(), "target"))
			_, err = before.Meta.Receive(t.Context(), full(t, s))
			check.NoError(t, err)
			check.NoError(t, before.Meta.Close())
			before.Close()

			g := &gateway{primary: "http://gateway:80", uuid: "new", self: []*wire.Node{founder}}
			g.answer = func(int) (*primary.JoinReply, error) { return nil, errs.E("there", "", errs.Conflict, nil) }
			f.Proxy.PrimaryURL = "http://gateway:80"
			joining(t, f, g, func(_ *node.Core, ended <-chan error) {
				time.Sleep(time.Minute)
				check.Equal(t, len(ended), 1-others)
			})
		})
	}
}

func TestANodeThatKnowsNoGatewayEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		joining(t, file(t, config.RoleTarget), &gateway{}, func(_ *node.Core, ended <-chan error) {
			err := <-ended
			check.ErrorIs(t, err, errs.Invalid)
			check.Contains(t, errs.PublicOf(err), "set proxy.primary_url")
		})
	})
}

func TestANodeWaitsForAPrimary(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{answer: func(int) (*primary.JoinReply, error) { return welcomes(t), nil }}
		f := file(t, config.RoleTarget)
		f.Proxy.PrimaryURL, f.Proxy.OriginalURL = "http://nobody:80", "http://gateway:80"
		joining(t, f, g, func(c *node.Core, ended <-chan error) {
			time.Sleep(time.Minute)
			check.Equal(t, c.Ready(), false)
			check.Equal(t, len(g.joins), 0) // it says that it knows no primary
			check.Equal(t, len(ended), 0)
		})
	})
}

func TestANodeComesBackByTheMapItKnows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := file(t, config.RoleTarget)
		before := open(t, f, inMemory(memnet.New(), "target"))
		s := state(t)
		moved := described("proxy001", wire.NodeProxy)
		moved.Control.URL = "http://gateway:80"
		next, err := s.Apply(cluster.PutNode(moved))
		check.NoError(t, err)
		next.Position = s.Position
		next.Position.Index++
		_, err = before.Meta.Receive(t.Context(), full(t, next))
		check.NoError(t, err)
		check.NoError(t, before.Meta.Close())
		before.Close()

		g := &gateway{answer: func(int) (*primary.JoinReply, error) { return welcomes(t), nil }}
		joining(t, f, g, func(c *node.Core, _ <-chan error) {
			check.Eventually(t, c.Ready)
			check.Equal(t, g.joins[0].UUID, "uuid")
			check.Equal(t, g.joins[0].Incarnation, uint64(2))
			check.Equal(t, c.Meta.State().Position, next.Position) // newer than what the reply has
		})
	})
}
