package s3_test

import (
	"net/http/httptest"
	"testing"

	"aistore/ais/rest"
	"aistore/ais/s3"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/check"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.Net.S3.Domains = []string{"example.com", "s3.Example.com", "h"}
	r := newRig(t, "target01")
	d := s3.New(s3.Options{State: r.State, Config: config.NewLive(&cfg)})
	for _, row := range []struct {
		from   rest.Origin
		host   string
		passed []string
		bucket string
		root   bool
	}{
		{rest.AtShared, "example.com", nil, "", true},
		{rest.AtShared, "EXAMPLE.com:8080", nil, "", true},
		{rest.AtShared, "example.com.", nil, "", true},
		{rest.AtShared, "b.example.com", nil, "b", true},
		{rest.AtShared, "my.b.example.com:80", nil, "my.b", true},
		{rest.AtShared, "s3.example.com", nil, "", true}, // the longest domain counts
		{rest.AtShared, "b.s3.example.com", nil, "b", true},
		{rest.AtShared, "badexample.com", nil, "", false},
		{rest.AtShared, ".example.com", nil, "", false},
		{rest.AtShared, "", nil, "", false},
		{rest.AtShared, "127.0.0.1:8080", nil, "", false},
		{rest.AtShared, "b.localhost", nil, "", false},
		{rest.AtShared, "b.example.com", []string{"x"}, "b", true}, // a client's word does not count
		{rest.AtOwn, "127.0.0.1:8080", nil, "", true},
		{rest.AtOwn, "[::1]:8080", nil, "", true},
		{rest.AtOwn, "localhost", nil, "", true},
		{rest.AtOwn, "b.localhost:8080", nil, "b", true},
		{rest.AtOwn, "b.example.com", nil, "b", true},
		{rest.AtOwn, "b.other.com", nil, "", true},
		{rest.FromNode, "b.example.com", nil, "", false},
		{rest.FromNode, "other", []string{""}, "", true},
		{rest.FromNode, "other", []string{"b"}, "b", true},
	} {
		request := httptest.NewRequest("GET", "/o", nil)
		request.Host = row.host
		if row.passed != nil {
			request.Header["Ais-S3-Root"] = row.passed
		}
		bucket, root := d.Locate(request, row.from)
		if bucket != row.bucket || root != row.root {
			t.Errorf("%d %s: got %q %v", row.from, row.host, bucket, root)
		}
	}
}

// TestNodesKeepTheirNames asks a node by its own name, which is below a domain.
func TestNodesKeepTheirNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	node := wireNode("target02", wire.NodeTarget)
	node.Data.Host = "data.h"
	r.apply(cluster.PutNode(node))
	cfg := config.Default()
	cfg.Net.S3.Domains = []string{"h"}
	d := s3.New(s3.Options{State: r.State, Config: config.NewLive(&cfg)})
	for host, want := range map[string]bool{"Data.h": false, "b.h": true} {
		request := httptest.NewRequest("GET", "/o", nil)
		request.Host = host
		_, root := d.Locate(request, rest.AtShared)
		check.Equal(t, root, want)
		bucket, root := d.Locate(request, rest.AtOwn)
		check.Equal(t, root, true)
		check.Equal(t, bucket, map[bool]string{true: "b", false: ""}[want])
	}
}

// TestARequestMeansTheSameAtEveryDoor refuses what would mean something else at
// another door under the same signature.
func TestARequestMeansTheSameAtEveryDoor(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.Auth.S3.Anonymous = true
	r := newRig(t, "target01")
	d := s3.New(s3.Options{State: r.State, Config: config.NewLive(&cfg)})
	for _, row := range []struct {
		host, bucket, hostBucket string
		root                     bool
		code                     string
	}{
		{"node:8080", "b", "", false, ""},                 // /s3/b/o
		{"node:8080", "s3", "", true, "ErrBckNotFound"},   // the same at the port for S3
		{"node:8080", "s3", "", false, ""},                // /s3/s3/o
		{"b.localhost", "x", "", false, "InvalidRequest"}, // /s3/x/o, which is s3/x/o of the bucket b there
		{"b.localhost", "b", "b", true, ""},
		{"localhost:8080", "b", "", false, ""},
		{"s3.localhost", "s3", "s3", true, ""},
	} {
		request := httptest.NewRequest("GET", "/", nil)
		request.Host = row.host
		o := &rest.ObjectRequest{Bucket: wire.Bucket{Name: row.bucket, Provider: wire.ProviderAIS}, HostBucket: row.hostBucket, Root: row.root}
		_, err := d.Identify(request, o)
		if code := errs.CodeOf(err); code != row.code {
			t.Errorf("%s, bucket %s: got %q (%v), want %q", row.host, row.bucket, code, err, row.code)
		}
	}
}
