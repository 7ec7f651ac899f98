package node_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aistore/access"
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

// asked is a node with its queries, ready or not.
func asked(t *testing.T, c *node.Core) http.Handler {
	t.Helper()
	self := func() *wire.Node { return c.Self("target01", wire.NodeTarget) }
	queries := c.Queries(self, func(s *wire.NodeStatus) { s.Capacity.PctMax = 42 })
	return public(t, c, func(r *rest.Router) { r.Handle("GET /v1/daemon", access.ShowCluster, queries.Answer) })
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	check.Equal(t, w.Code, http.StatusOK)
	check.NoError(t, jsonx.Unmarshal(w.Body.Bytes(), &v))
	return v
}

func TestHealthBeforeAndAfterJoining(t *testing.T) {
	t.Parallel()
	c := target(t)
	h := asked(t, c)

	w := get(h, "/v1/health")
	check.Equal(t, w.Code, http.StatusServiceUnavailable)
	check.Equal(t, w.Header().Get("Retry-After"), "1")
	check.Equal(t, w.Body.Len(), 0)
	info := decode[wire.NodeInfo](t, get(h, "/v1/health?cii=true"))
	check.Equal(t, info.Flags, wire.StateNodeStarted)
	check.Equal(t, get(h, "/metrics").Code, http.StatusOK)
	check.Equal(t, get(h, "/v1/daemon?what=smap").Code, http.StatusServiceUnavailable)
	check.ErrorIs(t, c.CheckReady(), errs.Unavailable)

	snapshot, err := state(t).Encode()
	check.NoError(t, err)
	_, err = c.Meta.Receive(t.Context(), &primary.SyncMessage{Snapshot: snapshot})
	check.NoError(t, err)
	c.SetReady(true)
	c.SetReady(true)
	check.Equal(t, c.Ready(), true)
	w = get(h, "/v1/health")
	check.Equal(t, w.Code, http.StatusOK)
	check.Equal(t, w.Body.Len(), 0)
	for _, name := range []string{wire.HeaderNodeUptime, wire.HeaderClusterUptime} {
		if w.Header().Get(name) == "" {
			t.Fatalf("%s is missing", name)
		}
	}
	info = decode[wire.NodeInfo](t, get(h, "/v1/health?cii=true"))
	check.Equal(t, info.Flags, wire.StateHealthy)
	check.Equal(t, info.Smap.UUID, "uuid")
	check.Equal(t, info.Smap.Primary.ID, "proxy001")
	check.Equal(t, info.Config.Version, int64(1))

	c.Close()
	check.Equal(t, c.Ready(), false)
}

func TestQueries(t *testing.T) {
	t.Parallel()
	f := file(t, config.RoleTarget)
	f.Auth.Signature = &config.Signature{Key: "very secret", Method: "HS256"}
	o := inMemory(memnet.New(), "node")
	o.Version = "9.8.7"
	c := open(t, f, o)
	snapshot, err := state(t, cluster.CreateBucket(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, wire.DefaultProps(wire.ProviderAIS))).Encode()
	check.NoError(t, err)
	_, err = c.Meta.Receive(t.Context(), &primary.SyncMessage{Snapshot: snapshot})
	check.NoError(t, err)
	c.SetReady(true)
	h := asked(t, c)
	ask := func(what string) *httptest.ResponseRecorder { return get(h, "/v1/daemon?what="+what) }

	smap := decode[wire.Smap](t, ask(wire.WhatSmap))
	check.Equal(t, smap.Version, c.Meta.State().Map.Version())
	check.Equal(t, len(smap.Targets), 1)
	bmd := decode[map[string]any](t, ask(wire.WhatBMD))
	check.Equal(t, bmd["uuid"], any("uuid"))
	shown := ask(wire.WhatConfig)
	check.Equal(t, strings.Contains(shown.Body.String(), "very secret"), false)
	check.Equal(t, decode[config.File](t, shown).Role, config.RoleTarget)
	for _, what := range []string{wire.WhatNodeStatus, wire.WhatNodeStats} {
		status := decode[wire.NodeStatus](t, ask(what))
		check.Equal(t, status.Status, "online")
		check.Equal(t, status.Version, "9.8.7")
		check.Equal(t, status.Deployment, "dev")
		check.Equal(t, status.Capacity.PctMax, int32(42))
		check.Equal(t, status.Node.ID, "target01")
		for _, name := range []string{"get.n", "put.n", "err.get.n", "up.ns.time", "state.flags"} {
			if _, ok := status.Tracker[name]; !ok {
				t.Fatalf("%s: %s is missing in the tracker", what, name)
			}
		}
	}
	decode[wire.SystemInfo](t, ask(wire.WhatSysInfo))
	check.Equal(t, ask(wire.WhatVersion).Body.String(), "9.8.7")
	check.Equal(t, decode[wire.Node](t, ask(wire.WhatNode)).ID, "target01")
	check.Equal(t, len(decode[map[string]string](t, ask(wire.WhatMetrics))) > 0, true)
}

func TestUnknownQuery(t *testing.T) {
	t.Parallel()
	c := target(t)
	c.SetReady(true)
	h := asked(t, c)
	const known = "bmd, config, config_settings, log, metrics, node_stats, node_status, smap, snode, software_version, sysinfo, tls_certificate"
	for url, what := range map[string]string{"/v1/daemon": `""`, "/v1/daemon?what=": `""`, "/v1/daemon?what=weather": `"weather"`} {
		w := get(h, url)
		check.Equal(t, w.Code, http.StatusBadRequest)
		var e errs.Wire
		check.NoError(t, jsonx.Unmarshal(w.Body.Bytes(), &e))
		check.Equal(t, e.Message, "unknown what="+what+": this node answers "+known)
	}
}

// logging is a node with log files.
func logging(t *testing.T) (http.Handler, *int) {
	t.Helper()
	f := file(t, config.RoleTarget)
	f.LogDir = t.TempDir()
	for name, content := range map[string]string{"info.1": "one\ntwo\n", "warning.1": "careful\n"} {
		check.NoError(t, os.WriteFile(filepath.Join(f.LogDir, name), []byte(content), 0o644))
	}
	check.NoError(t, os.Symlink("info.1", filepath.Join(f.LogDir, "aisnode.INFO")))
	check.NoError(t, os.Symlink("warning.1", filepath.Join(f.LogDir, "aisnode.WARNING")))
	check.NoError(t, os.Mkdir(filepath.Join(f.LogDir, "directory"), 0o755))
	flushed := new(int)
	o := inMemory(memnet.New(), "node")
	o.FlushLog = func() { *flushed++ }
	c := open(t, f, o)
	c.SetReady(true)
	return asked(t, c), flushed
}

func TestLog(t *testing.T) {
	t.Parallel()
	h, flushed := logging(t)
	tests := []struct {
		query  string
		status int
		want   string // the body, or a part of the error
	}{
		{"", 200, "one\ntwo\n"},
		{"&severity=info", 200, "one\ntwo\n"},
		{"&severity=WARNING", 200, "careful\n"},
		{"&severity=w", 200, "careful\n"},
		{"&severity=info&offset=4", 200, "two\n"},
		{"&severity=info&offset=8", 200, ""},
		{"&severity=info&offset=1000", 200, ""},
		{"&severity=error", 404, "this node writes no log of that severity to files"},
		{"&severity=loud", 400, `severity=\"loud\": it is one of info, warning, error`},
		{"&offset=-1", 400, ""},
		{"&offset=x", 400, ""},
		{"&severity=../../etc/passwd", 400, ""},
	}
	for i, test := range tests {
		w := get(h, "/v1/daemon?what=log"+test.query)
		if w.Code != test.status {
			t.Fatalf("%s: status %d, want %d", test.query, w.Code, test.status)
		}
		check.Equal(t, *flushed, i+1)
		if test.status == 200 {
			check.Equal(t, w.Body.String(), test.want)
		} else {
			check.Contains(t, w.Body.String(), test.want)
		}
	}
}

func TestAllLogs(t *testing.T) {
	t.Parallel()
	h, _ := logging(t)
	w := get(h, "/v1/daemon?what=log&all=true")
	check.Equal(t, w.Code, http.StatusOK)
	zipped, err := gzip.NewReader(w.Body)
	check.NoError(t, err)
	got := map[string]string{}
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		check.NoError(t, err)
		content, err := io.ReadAll(archive)
		check.NoError(t, err)
		got[header.Name] = string(content)
	}
	check.Equal(t, got, map[string]string{"info.1": "one\ntwo\n", "warning.1": "careful\n"})
}

func TestNoLogFiles(t *testing.T) {
	t.Parallel()
	c := target(t)
	c.SetReady(true)
	h := asked(t, c)
	for _, query := range []string{"", "&severity=error", "&all=true"} {
		check.Equal(t, get(h, "/v1/daemon?what=log"+query).Code, http.StatusNotFound)
	}
}
