package node_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/internal/memnet"
)

// member is a node in cluster "uuid".
func member(t *testing.T, f config.File) *node.Core {
	t.Helper()
	c := open(t, f, inMemory(memnet.New(), "node"))
	snapshot, err := state(t).Encode()
	check.NoError(t, err)
	_, err = c.Meta.Receive(t.Context(), &primary.SyncMessage{Snapshot: snapshot})
	check.NoError(t, err)
	return c
}

func TestNodeObeysItsOwnClusterOnly(t *testing.T) {
	t.Parallel()
	c := member(t, file(t, config.RoleTarget))
	check.ErrorIs(t, c.Dismiss(&primary.LeaveOrder{UUID: "other"}), errs.Conflict)
	check.NoError(t, c.Dismiss(&primary.LeaveOrder{UUID: "uuid", Asks: true}))
	check.Equal(t, c.Dismissal.Order() == nil, true)
	check.NoError(t, c.Dismiss(&primary.LeaveOrder{UUID: "uuid", Forget: true}))
	check.NoError(t, c.Dismiss(&primary.LeaveOrder{UUID: "uuid"})) // the first counts
	check.Equal(t, c.Dismissal.Order().Forget, true)
	check.NoError(t, c.Dismissal.Run(t.Context()))
}

// A primary that was replaced may order a node to leave which its successor has
// brought back, and which has taken writes since.
func TestNodeDoesNotObeyWhoKnowsLess(t *testing.T) {
	t.Parallel()
	c := member(t, file(t, config.RoleTarget))
	now := c.Meta.State().Position
	before := cluster.Position{Term: now.Term, Index: now.Index - 1}
	check.ErrorIs(t, c.Dismiss(&primary.LeaveOrder{UUID: "uuid", Forget: true, Wipe: true, Position: before}), errs.Unavailable)
	check.Equal(t, c.Dismissal.Order() == nil, true)
	check.NoError(t, c.Dismiss(&primary.LeaveOrder{UUID: "uuid", Forget: true, Wipe: true, Position: now}))
	check.Equal(t, c.Dismissal.Order().Wipe, true)
}

// Only a node of the cluster may give orders.
func TestOrdersAreSigned(t *testing.T) {
	t.Parallel()
	c := member(t, file(t, config.RoleTarget))
	check.NoError(t, c.Key.Create())
	h, err := c.Router("t[x]").Handler(rest.Control)
	check.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, node.PathLeave, strings.NewReader(`{"uuid":"uuid"}`)))
	check.Equal(t, w.Code, http.StatusForbidden)
	check.Equal(t, c.Dismissal.Order() == nil, true)
}

func TestForgetLeavesTheIdentity(t *testing.T) {
	t.Parallel()
	f := file(t, config.RoleTarget)
	c := member(t, f)
	check.NoError(t, c.Key.Create())
	check.NoError(t, c.Meta.Close())
	object := filepath.Join(f.Mountpaths()[0], "@ais", "b", "%ob", "object")
	check.NoError(t, os.MkdirAll(filepath.Dir(object), 0o755))
	check.NoError(t, os.WriteFile(object, []byte("text"), 0o644))

	check.NoError(t, c.Forget(t.Context(), false))
	left := names(t, f.ConfDir)
	check.Equal(t, left, []string{"node.json", "node.key"})
	_, err := os.Stat(object)
	check.NoError(t, err)
	check.NoError(t, c.Forget(t.Context(), true))
	check.Equal(t, names(t, f.Mountpaths()[0]), []string(nil))
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check.NoError(t, err)
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// invited asks a node to join.
func invited(t *testing.T, c *node.Core, i *primary.Invitation) *httptest.ResponseRecorder {
	t.Helper()
	router := c.Router("t[x]")
	m := &node.Membership{Core: c, Nodes: []*wire.Node{c.Self("target01", wire.NodeTarget)}}
	m.Routes(router)
	h, err := router.Handler(rest.Control)
	check.NoError(t, err)
	body, err := jsonx.Marshal(i)
	check.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, node.PathInvite, strings.NewReader(string(body))))
	return w
}

func TestInvitationsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	check.NoError(t, os.WriteFile(secret, []byte("hush"), 0o600))
	free := target(t)
	f := file(t, config.RoleTarget)
	f.Auth.IntraCluster = &config.IntraCluster{NodeJoinSecretPath: secret}
	guarded := open(t, f, inMemory(memnet.New(), "node"))
	taken := member(t, file(t, config.RoleTarget))
	for _, row := range []struct {
		core *node.Core
		i    primary.Invitation
		want int
	}{
		{free, primary.Invitation{UUID: "uuid", Control: "http://p:80"}, http.StatusOK},
		{free, primary.Invitation{UUID: "uuid"}, http.StatusBadRequest},
		{guarded, primary.Invitation{UUID: "uuid", Control: "http://p:80"}, http.StatusForbidden},
		{taken, primary.Invitation{UUID: "other", Control: "http://p:80"}, http.StatusConflict},
		{taken, primary.Invitation{UUID: "uuid", Control: "http://p:80"}, http.StatusOK},
		{free, primary.Invitation{UUID: "uuid", Type: wire.NodeProxy}, http.StatusOK}, // it is not for it, and only says what it is
	} {
		check.Equal(t, invited(t, row.core, &row.i).Code, row.want)
	}
}
