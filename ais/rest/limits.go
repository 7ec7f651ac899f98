package rest

import (
	"cmp"
	"time"
)

// Limits bounds what clients and peers can make a node hold. A zero field is
// its default.
type Limits struct {
	Requests    int64         // requests in flight per network; 0 is 8192
	Connections int64         // open connections per listener; 0 is 16384
	HeaderBytes int           // request line and headers; 0 is 64 KiB
	JSONBytes   int64         // a JSON body; 0 is 16 MiB
	HeaderTime  time.Duration // to send the headers of a request; 0 is 30 seconds
	IdleTime    time.Duration // between two requests on a connection; 0 is 2 minutes
	Progress    time.Duration // to send 256 KiB of a body, or to take 1 MiB of an answer; 0 is one minute
}

// Defaults of Limits.
const (
	defaultRequests    = 8192
	defaultConnections = 16384
	defaultHeaderBytes = 64 << 10
	defaultJSONBytes   = 16 << 20
	defaultHeaderTime  = 30 * time.Second
	defaultIdleTime    = 2 * time.Minute
	defaultProgress    = time.Minute
)

func (l Limits) withDefaults() Limits {
	return Limits{
		Requests:    cmp.Or(l.Requests, defaultRequests),
		Connections: cmp.Or(l.Connections, defaultConnections),
		HeaderBytes: cmp.Or(l.HeaderBytes, defaultHeaderBytes),
		JSONBytes:   cmp.Or(l.JSONBytes, defaultJSONBytes),
		HeaderTime:  cmp.Or(l.HeaderTime, defaultHeaderTime),
		IdleTime:    cmp.Or(l.IdleTime, defaultIdleTime),
		Progress:    cmp.Or(l.Progress, defaultProgress),
	}
}
