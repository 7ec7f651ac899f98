package rest

import (
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"

	"aistore/metrics"
)

// ServerOptions changes the server of a listener. The zero value works.
type ServerOptions struct {
	Limits  Limits
	Log     *slog.Logger   // nil discards
	Metrics *metrics.Scope // nil counts for nobody; servers of one node share it
}

// NewServer returns a server for one listener, with the settings that all of
// them share: HTTP/1.1 only, since HTTP/2 cannot use sendfile; bounded time for
// headers and between requests; none for bodies, which a Router bounds by their
// progress; a bounded number of open connections, beyond which a new one is
// closed unanswered. The caller starts and stops it.
func NewServer(h http.Handler, o ServerOptions) *http.Server {
	limits := o.Limits.withDefaults()
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           h,
		Protocols:         protocols,
		ReadHeaderTimeout: limits.HeaderTime,
		IdleTimeout:       limits.IdleTime,
		MaxHeaderBytes:    limits.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ConnState:         newConnections(limits.Connections, o.Metrics).changed,
	}
}

// connections counts the open connections of a listener.
type connections struct {
	max     int64
	open    atomic.Int64
	shown   *metrics.Gauge
	refused *metrics.Counter
}

func newConnections(max int64, s *metrics.Scope) *connections {
	return &connections{
		max:     max,
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
		if c.open.Add(1) > c.max {
			c.refused.Inc()
			_ = conn.Close() // it has done nothing yet
		}
	case http.StateClosed, http.StateHijacked:
		c.shown.Add(-1)
		c.open.Add(-1)
	}
}
