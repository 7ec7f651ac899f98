package rest

import (
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"aistore/config"
	"aistore/metrics"
)

// ServerOptions changes the server of a listener. The zero value works.
type ServerOptions struct {
	Config  *config.Live[config.Cluster] // nil is the default configuration
	Log     *slog.Logger                 // nil discards
	Metrics *metrics.Scope               // nil counts for nobody; servers of one node share it
}

// NewServer returns a server for one listener, with the settings that all of
// them share: HTTP/1.1 only, since HTTP/2 cannot use sendfile; bounded time for
// headers and between requests; none for bodies, which a Router bounds by their
// progress; a bounded number of open connections, beyond which a new one is
// closed unanswered. The caller starts and stops it.
func NewServer(h http.Handler, o ServerOptions) *http.Server {
	cfg := orDefault(o.Config)
	now := cfg.Get()
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           h,
		Protocols:         protocols,
		ReadHeaderTimeout: time.Duration(now.Timeout.Header),
		IdleTimeout:       time.Duration(now.Timeout.IdleClient),
		MaxHeaderBytes:    int(now.Limits.Header),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ConnState:         newConnections(cfg, o.Metrics).changed,
	}
}

// connections counts the open connections of a listener.
type connections struct {
	config  *config.Live[config.Cluster]
	open    atomic.Int64
	shown   *metrics.Gauge
	refused *metrics.Counter
}

func newConnections(cfg *config.Live[config.Cluster], s *metrics.Scope) *connections {
	return &connections{
		config:  cfg,
		shown:   s.Gauge("connections", "open connections of clients and peers"),
		refused: s.Counter("connections_refused_total", "connections closed because too many were open"),
	}
}

// changed follows the life of a connection. One that has been refused is
// counted until net/http has found it closed, as any other.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.shown.Add(1)
		if c.open.Add(1) > int64(c.config.Get().Limits.Connections) {
			c.refused.Inc()
			_ = conn.Close() // it has done nothing yet
		}
	case http.StateClosed, http.StateHijacked:
		c.shown.Add(-1)
		c.open.Add(-1)
	}
}
