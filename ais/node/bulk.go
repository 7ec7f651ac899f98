package node

import (
	"context"
	"io"
	"net"
	"sync"
)

// bulkBuffer is how much of a body is sent to another node at once, in bytes. Each
// time costs both nodes a wake-up: net/http alone takes 32 KiB.
const bulkBuffer = 256 << 10

// bulk dials connections that send bodies in large pieces. Those of net/http's
// client go through it, and no others. It is safe for concurrent use.
type bulk struct {
	dial    Dialer
	buffers sync.Pool // *[bulkBuffer]byte, as many as there are bodies under way
}

func newBulk(dial Dialer) *bulk {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &bulk{dial: dial}
}

// dialContext is a Dialer.
func (b *bulk) dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := b.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &bulkConn{Conn: conn, bulk: b}, nil
}

// bulkConn is a connection that reads what it sends in large pieces.
type bulkConn struct {
	net.Conn
	bulk *bulk
}

// ReadFrom sends what r gives. It is what net/http's client calls with a body.
func (c *bulkConn) ReadFrom(r io.Reader) (int64, error) {
	buffer, _ := c.bulk.buffers.Get().(*[bulkBuffer]byte)
	if buffer == nil {
		buffer = new([bulkBuffer]byte)
	}
	defer c.bulk.buffers.Put(buffer)
	return io.CopyBuffer(onlyWriter{c.Conn}, onlyReader{r}, buffer[:])
}

// onlyWriter hides all but Write.
type onlyWriter struct{ io.Writer }
