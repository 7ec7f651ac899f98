package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"aistore/ais/rest"
	"aistore/errs"
)

// PathLog is where a node that votes takes connections of the replicated log.
const PathLog = "/v1/log"

// logProtocol is what a connection of the replicated log is upgraded to.
const logProtocol = "ais-log-1"

// logStreams carries the replicated log over the control listener: a connection
// begins as a signed HTTP request and is upgraded, so the log needs no port of
// its own and nobody but a node of the cluster can speak to it. It is a
// quorum.Streams.
type logStreams struct {
	self   string
	signer *rest.Signer
	dial   Dialer

	taken chan net.Conn // upgraded and not yet accepted; closed by nobody
	done  chan struct{} // closed by Close

	mu     sync.Mutex
	open   map[*logConn]struct{} // guarded by mu; upgraded connections, closed with the layer
	closed bool                  // guarded by mu
}

// newLogStreams makes the layer of the node whose control address is self, as
// host:port.
func newLogStreams(self string, signer *rest.Signer, dial Dialer) *logStreams {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &logStreams{
		self:   self,
		signer: signer,
		dial:   dial,
		taken:  make(chan net.Conn),
		done:   make(chan struct{}),
		open:   map[*logConn]struct{}{},
	}
}

// logConn is a connection whose first bytes may have been read with the HTTP
// message before it.
type logConn struct {
	net.Conn
	reader *bufio.Reader
	layer  *logStreams
}

func (c *logConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// Close closes the connection. The layer forgets it.
func (c *logConn) Close() error {
	c.layer.mu.Lock()
	delete(c.layer.open, c)
	c.layer.mu.Unlock()
	return c.Conn.Close()
}

var errClosedStreams = errors.New("the node is stopping")

// adopt makes a connection part of the layer, or closes it if the layer is
// closed.
func (l *logStreams) adopt(conn net.Conn, reader *bufio.Reader) (net.Conn, error) {
	c := &logConn{Conn: conn, reader: reader, layer: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errors.Join(errClosedStreams, conn.Close())
	}
	l.open[c] = struct{}{}
	return c, nil
}

// take is the handler of PathLog: it upgrades the connection and hands it to
// whoever accepts.
func (l *logStreams) take(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Upgrade") != logProtocol {
		return errs.E("node.log", r.Header.Get("Upgrade"), errs.Invalid, fmt.Errorf("the only upgrade here is to %s", logProtocol))
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return errs.E("node.log", "", errs.Internal, err)
	}
	// Deadlines are those of HTTP until here.
	_ = conn.SetDeadline(time.Time{})
	_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+logProtocol+"\r\n\r\n")
	if err != nil {
		conn.Close()
		return nil // the peer has gone, and the connection is no longer HTTP's
	}
	stream, err := l.adopt(conn, buffered.Reader)
	if err != nil {
		return nil
	}
	select {
	case l.taken <- stream:
	case <-l.done:
		stream.Close()
	}
	return nil
}

// Accept returns the next connection that a peer has opened.
func (l *logStreams) Accept() (net.Conn, error) {
	select {
	case c := <-l.taken:
		return c, nil
	case <-l.done:
		return nil, errClosedStreams
	}
}

// Addr is the address of this node.
func (l *logStreams) Addr() net.Addr { return logAddr(l.self) }

type logAddr string

func (logAddr) Network() string  { return "tcp" }
func (a logAddr) String() string { return string(a) }

// Close closes the layer and every connection.
func (l *logStreams) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	close(l.done)
	open := make([]*logConn, 0, len(l.open))
	for c := range l.open {
		open = append(open, c)
	}
	l.mu.Unlock()
	var err error
	for _, c := range open {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Dial opens a connection to a peer.
func (l *logStreams) Dial(address string, timeout time.Duration) (net.Conn, error) {
	// The interface has no context; the timeout bounds the wait.
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := l.dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stream, err := l.upgrade(conn, address, timeout)
	if err != nil {
		conn.Close()
		return nil, errs.E("node.log.Dial", address, errs.Unavailable, err)
	}
	return stream, nil
}

// upgrade asks the peer at the other end to take the connection for the log.
func (l *logStreams) upgrade(conn net.Conn, address string, timeout time.Duration) (net.Conn, error) {
	request, err := http.NewRequest(http.MethodGet, "http://"+address+PathLog, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", logProtocol)
	if err := l.signer.SignRequest(request); err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(timeout))
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return nil, readError(response)
	}
	_ = conn.SetDeadline(time.Time{})
	return l.adopt(conn, reader)
}
