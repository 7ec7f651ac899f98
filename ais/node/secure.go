package node

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/certificate"
)

// PathLoadCertificate is where a gateway tells a node to read its certificate
// anew.
const PathLoadCertificate = wire.PathDaemon + "/" + wire.WordLoadCertificate

// openCertificate reads the node's certificate, if it serves HTTPS. The files
// are those of the cluster's configuration as it is at each look; a path that is
// not absolute is below the node's confdir.
func (c *Core) openCertificate() error {
	if !c.Cluster.Get().Net.HTTP.UseHTTPS {
		return nil
	}
	keeper, err := certificate.Open(c.certificateFiles, certificate.Options{Log: c.Log})
	if err != nil {
		return err
	}
	c.Certificate, c.scheme = keeper, "https"
	c.Scope.GaugeFunc("certificate_expiry_seconds", "seconds until the certificate expires; below zero when it has",
		func() float64 { return time.Until(keeper.Leaf().NotAfter).Seconds() })
	return nil
}

func (c *Core) certificateFiles() certificate.Files {
	at := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(c.Config.ConfDir, path)
	}
	h := &c.Cluster.Get().Net.HTTP
	return certificate.Files{Certificate: at(h.Certificate), Key: at(h.Key), CA: at(h.ClientCA)}
}

// warnOfNames tells the log when other nodes will not take the certificate for
// that of this one.
func (c *Core) warnOfNames(self *wire.Node) {
	h := &c.Cluster.Get().Net.HTTP
	if c.Certificate == nil || h.SkipVerify {
		return
	}
	names := []string{h.Domain}
	if h.Domain == "" {
		names = []string{self.Public.Host, self.Control.Host, self.Data.Host}
	}
	for _, name := range names {
		if err := c.Certificate.Leaf().VerifyHostname(name); err != nil {
			c.Log.Warn("other nodes will refuse the certificate: make one for that name, or set net.http.domain_tls or net.http.skip_verify", "err", err)
			return
		}
	}
}

// serverTLS is how the listeners speak TLS; nil without HTTPS.
func (c *Core) serverTLS() *tls.Config {
	if c.Certificate == nil {
		return nil
	}
	return c.Certificate.Server(tls.ClientAuthType(c.Cluster.Get().Net.HTTP.ClientAuth))
}

// Secure speaks TLS over a connection to another node, whose host and port
// address is, and checks the node's certificate as net.http says. It closes
// conn on error. Errors: those of crypto/tls; Invalid without HTTPS.
func (c *Core) Secure(ctx context.Context, conn net.Conn, address string) (net.Conn, error) {
	secured, err := c.handshake(ctx, conn, address)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}

func (c *Core) handshake(ctx context.Context, conn net.Conn, address string) (net.Conn, error) {
	if c.Certificate == nil {
		e := errs.E("node.Secure", address, errs.Invalid, nil)
		e.Public = "the other node serves HTTPS, this one does not: set net.http.use_https to the same value on all nodes"
		return nil, e
	}
	h := &c.Cluster.Get().Net.HTTP
	name := h.Domain
	if name == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		name = host
	}
	verification := certificate.Verified
	if h.SkipVerify {
		verification = certificate.Unverified
	}
	secured := tls.Client(conn, c.Certificate.Client(name, verification))
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	return secured, secured.HandshakeContext(ctx)
}

// handshakeTimeout bounds the handshake with another node.
const handshakeTimeout = 10 * time.Second

// dialer opens connections to other nodes that serve as this one does; nil
// stands for plain ones of the real network.
func (c *Core) dialer() Dialer {
	if c.Certificate != nil {
		return c.dialSecure
	}
	return c.Options.Dial
}

// dialSecure connects to another node under TLS.
func (c *Core) dialSecure(ctx context.Context, network, address string) (net.Conn, error) {
	dial := c.Options.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c.Secure(ctx, conn, address)
}

// transport makes the connections to other nodes.
func (c *Core) transport(h *config.HTTP) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:         c.Options.Dial,
		DialTLSContext:      c.dialSecure,
		Protocols:           protocols,
		MaxIdleConns:        h.Idle,
		MaxIdleConnsPerHost: h.IdlePerHost,
		IdleConnTimeout:     h.IdleTime.Std(),
		WriteBufferSize:     h.WriteBuffer,
		ReadBufferSize:      h.ReadBuffer,
		DisableCompression:  true,

		// A client that waits for the word to go on gets it from the node that stores.
		ExpectContinueTimeout: continueTimeout,
	}
}

// continueTimeout is how long a node waits for the word to go on before it sends a
// body all the same.
const continueTimeout = 5 * time.Second

// showCertificate answers with the properties of the node's certificate.
func (c *Core) showCertificate(w http.ResponseWriter, _ *http.Request) error {
	if c.Certificate == nil {
		e := errs.E("node.certificate", c.Identity.ID, errs.NotFound, nil)
		e.Public = "this node has no certificate: it serves plain HTTP (net.http.use_https is false)"
		return e
	}
	return rest.JSON(w, c.Certificate.Describe())
}

// LoadCertificate reads the node's certificate anew. On error the one in use
// stays. Errors: Invalid (files that cannot be used), Unsupported (no HTTPS).
func (c *Core) LoadCertificate() error {
	if c.Certificate == nil {
		e := errs.E("node.LoadCertificate", c.Identity.ID, errs.Unsupported, nil)
		e.Public = "this node has no certificate to load: it serves plain HTTP (net.http.use_https is false)"
		return e
	}
	return c.Certificate.Reload()
}

func (c *Core) loadCertificate(http.ResponseWriter, *http.Request) error { return c.LoadCertificate() }

// certificateFlags are the bits of the node's state that tell of its
// certificate.
func (c *Core) certificateFlags() uint64 {
	if c.Certificate == nil {
		return 0
	}
	switch c.Certificate.State() {
	case certificate.Expiring:
		return wire.StateCertificateSoonExpires
	case certificate.Expired:
		return wire.StateCertificateExpired
	case certificate.NotReplaced:
		return wire.StateCertificateInvalid
	}
	return 0
}
