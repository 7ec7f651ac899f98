package aistest

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"

	"aistore/api/wire"
	"aistore/internal/certificate"
	"aistore/internal/check"
)

// authority signs the certificates of a cluster that serves HTTPS.
type authority struct {
	pair *certificate.Pair
	path string // of its own certificate
}

func newAuthority(t testing.TB, dir string) *authority {
	t.Helper()
	pair, err := certificate.Make(certificate.Request{Name: "root of a test"})
	check.NoError(t, err)
	a := &authority{pair: pair, path: filepath.Join(dir, "ca.crt")}
	check.NoError(t, os.WriteFile(a.path, pair.Certificate, 0o644))
	return a
}

// clientTLS is how clients check the nodes' certificates.
func (a *authority) clientTLS() *tls.Config {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.pair.Certificate)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
}

// sign makes a certificate for hosts.
func (a *authority) sign(t testing.TB, name string, hosts ...string) *certificate.Pair {
	t.Helper()
	pair, err := certificate.Make(certificate.Request{Name: name, Hosts: hosts, Issuer: a.pair})
	check.NoError(t, err)
	return pair
}

// NewCertificate exchanges the certificate of a node for a new one of the same
// authority, in its files only. Only of a cluster over HTTPS.
func (c *Cluster) NewCertificate(n *Node) {
	c.t.Helper()
	pair := c.authority.sign(c.t, n.name, c.network.address(n.name))
	for name, text := range map[string][]byte{"server.key": pair.Key, "server.crt": pair.Certificate} {
		path := filepath.Join(n.file.ConfDir, name)
		check.NoError(c.t, os.MkdirAll(n.file.ConfDir, 0o755))
		check.NoError(c.t, os.WriteFile(path+".new", text, 0o600))
		check.NoError(c.t, os.Rename(path+".new", path))
	}
}

// NewTLS returns how clients of the cluster speak TLS; the caller may change it.
// It is nil for a cluster without HTTPS.
func (c *Cluster) NewTLS() *tls.Config {
	switch {
	case c.shown != nil:
		config := c.authority.clientTLS()
		config.Certificates = []tls.Certificate{*c.shown}
		return config
	case c.authority != nil:
		return c.authority.clientTLS()
	case c.mode != external:
		return nil
	}
	return externalTLS()
}

// externalTLS is how clients speak to a cluster that is not the harness's.
func externalTLS() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: wire.Bool(os.Getenv("AIS_SKIP_VERIFY_CRT"))}
	if text, err := os.ReadFile(os.Getenv("AIS_CLIENT_CA")); err == nil {
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AppendCertsFromPEM(text)
	}
	return c
}
