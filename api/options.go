package api

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Options says how to reach a cluster. Endpoint is required; for all else
// zero is the default.
type Options struct {
	Endpoint string // URL of any proxy, "http://host:port"; a bare "host:port" means http

	Token     string // sent as bearer token; "" sends none
	UserAgent string // "" is "ais/go"

	// TLS is used for https endpoints; nil is the default of crypto/tls.
	TLS *tls.Config
	// Dial opens connections; nil is a net.Dialer. Tests put an in-memory
	// network here.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Transport replaces the tuned transport; TLS, Dial and Connections are
	// then ignored, and Close leaves it alone. It must not follow redirects.
	Transport http.RoundTripper
	// Connections is how many idle connections to keep per node; 0 is 64.
	Connections int

	// ViaProxy sends object calls to the proxy too, instead of to the target
	// that owns the object.
	ViaProxy bool
	// SkipVerify leaves out the comparison of checksums on reads. Put still
	// sends a checksum where it was told one.
	SkipVerify bool

	// Timeout bounds each call that carries no object data, repetitions
	// included, unless the context ends earlier; 0 is 30 seconds.
	Timeout time.Duration
	// Stall is how long a connection may stand still, in either direction,
	// before it counts as broken, object data included; 0 is two minutes.
	// Transport, if set, sees to that itself.
	Stall time.Duration
	// Attempts is how often a request is sent at most when it may be
	// repeated; 0 is 6, 1 never repeats.
	Attempts int
	// Backoff is the wait before the second attempt; it doubles from there,
	// with jitter, and gives way to a Retry-After. 0 is 100 milliseconds.
	Backoff time.Duration
}

const (
	defaultUserAgent   = "ais/go"
	defaultConnections = 64
	defaultTimeout     = 30 * time.Second
	defaultStall       = 2 * time.Minute
	defaultAttempts    = 6
	defaultBackoff     = 100 * time.Millisecond

	bufferSize      = 32 << 10         // of a connection, each way
	idleTimeout     = 20 * time.Second // well below a server's, so that it never closes first
	dialTimeout     = 5 * time.Second
	continueTimeout = 5 * time.Second // how long a server may take to say "100 Continue"
)

// newTransport returns a transport for this protocol: HTTP/1.1 only (bodies
// go by sendfile), no compression, many idle connections per node.
func newTransport(o Options) *http.Transport {
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}).DialContext
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:           dialer{dial, o.Stall}.DialContext,
		TLSClientConfig:       o.TLS,
		Protocols:             &protocols,
		DisableCompression:    true,
		MaxIdleConns:          0,
		MaxIdleConnsPerHost:   o.Connections,
		IdleConnTimeout:       idleTimeout,
		TLSHandshakeTimeout:   2 * dialTimeout,
		ExpectContinueTimeout: continueTimeout,
		WriteBufferSize:       bufferSize,
		ReadBufferSize:        bufferSize,
	}
}

// withDefaults returns o with every zero field replaced by its default.
func (o Options) withDefaults() Options {
	if o.UserAgent == "" {
		o.UserAgent = defaultUserAgent
	}
	if o.Connections <= 0 {
		o.Connections = defaultConnections
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Stall <= 0 {
		o.Stall = defaultStall
	}
	if o.Attempts <= 0 {
		o.Attempts = defaultAttempts
	}
	if o.Backoff <= 0 {
		o.Backoff = defaultBackoff
	}
	return o
}
