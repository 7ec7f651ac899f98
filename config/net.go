package config

import (
	"strings"

	"aistore/internal/units"
)

// Net says how nodes talk.
type Net struct {
	L4      L4   `json:"l4"`
	HTTP    HTTP `json:"http"`
	S3      S3   `json:"s3"`
	UseIPv6 bool `json:"use_ipv6"` // prefer IPv6 when a node chooses its own address
}

// L4 is below HTTP.
type L4 struct {
	Protocol   string `json:"proto"`           // "tcp"
	BufferSize int    `json:"sndrcv_buf_size"` // of sockets, bytes; 0 leaves it to the system
}

// HTTP is how nodes serve, and how they call each other.
type HTTP struct {
	UseHTTPS        bool           `json:"use_https"`              // on all three networks; the same for all nodes
	Certificate     string         `json:"server_crt"`             // path of a PEM file, below confdir unless absolute
	Key             string         `json:"server_key"`             // path of a PEM file, below confdir unless absolute
	ClientCA        string         `json:"client_ca_tls"`          // path of a PEM file with the roots of the certificates of clients and nodes; "" has none
	ClientAuth      int            `json:"client_auth_tls"`        // 0 none … 4 required and verified, as in crypto/tls
	Domain          string         `json:"domain_tls"`             // name that a certificate is checked against; "" is the host
	IdleTime        units.Duration `json:"idle_conn_time"`         // unused connections to other nodes are closed after this
	BackendIdleTime units.Duration `json:"backend_idle_conn_time"` // the same for connections to clouds
	IdlePerHost     int            `json:"idle_conns_per_host"`    // connections kept to each node
	Idle            int            `json:"idle_conns"`             // connections kept in all; 0 means no bound
	WriteBuffer     int            `json:"write_buffer_size"`      // bytes for each connection to a node
	ReadBuffer      int            `json:"read_buffer_size"`       // bytes for each connection to a node
	SkipVerify      bool           `json:"skip_verify"`            // do not check certificates of other nodes
	Chunked         bool           `json:"chunked_transfer"`       // accepted for old configurations; has no effect
}

// S3 says where S3 is served, beside /s3 on the public network of every node.
type S3 struct {
	Port    int      `json:"port"`    // of a listener on every node that serves S3 alone, at the root, under TLS where the other networks are; 0 opens none
	Domains []string `json:"domains"` // names that are S3's alone, on any port: a name below one, bucket.domain, names a bucket, and the path its object
}

// Validate names what is wrong.
func (s S3) Validate() error {
	if err := within(bound{"net.s3.port", int64(s.Port), 0, 1<<16 - 1}, bound{"net.s3.domains", int64(len(s.Domains)), 0, 64}); err != nil {
		return err
	}
	for _, domain := range s.Domains {
		if !isDomain(domain) {
			return bad("net.s3.domains", "%.64q is not a name of hosts, such as s3.example.com", domain)
		}
	}
	return nil
}

// isDomain reports whether a text is a name of hosts: labels of letters, digits and
// hyphens, with dots between them.
func isDomain(text string) bool {
	if len(text) > 253 {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		odd := func(c rune) bool {
			return c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
		}
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, odd) {
			return false
		}
	}
	return true
}

// DefaultNet returns plain HTTP.
func DefaultNet() Net {
	return Net{
		L4: L4{Protocol: "tcp", BufferSize: 128 << 10},
		S3: S3{Domains: []string{}},
		HTTP: HTTP{
			Certificate: "server.crt", Key: "server.key",
			IdleTime: 30 * second, BackendIdleTime: 30 * second, IdlePerHost: 64, Idle: 2048,
			WriteBuffer: 64 << 10, ReadBuffer: 64 << 10, Chunked: true,
		},
	}
}

// Validate names what is wrong.
func (n Net) Validate() error {
	if err := oneOf("net.l4.proto", n.L4.Protocol, "tcp"); err != nil {
		return err
	}
	if err := n.S3.Validate(); err != nil {
		return err
	}
	h := n.HTTP
	if h.UseHTTPS && (h.Certificate == "" || h.Key == "") {
		return bad("net.http.use_https", "needs server_crt and server_key")
	}
	if h.ClientAuth > 2 && h.ClientCA == "" {
		return bad("net.http.client_auth_tls", "%d verifies certificates and needs client_ca_tls", h.ClientAuth)
	}
	if err := lasting(
		span{"net.http.idle_conn_time", h.IdleTime, 0, hour},
		span{"net.http.backend_idle_conn_time", h.BackendIdleTime, 0, hour},
	); err != nil {
		return err
	}
	return within(
		bound{"net.l4.sndrcv_buf_size", int64(n.L4.BufferSize), 0, 1 << 30},
		bound{"net.http.client_auth_tls", int64(h.ClientAuth), 0, 4},
		bound{"net.http.idle_conns_per_host", int64(h.IdlePerHost), 0, 1 << 16},
		bound{"net.http.idle_conns", int64(h.Idle), 0, 1 << 20},
		bound{"net.http.write_buffer_size", int64(h.WriteBuffer), 0, 16 << 20},
		bound{"net.http.read_buffer_size", int64(h.ReadBuffer), 0, 16 << 20},
	)
}
