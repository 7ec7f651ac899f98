package load

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"

	"aistore/errs"
)

const (
	// readBuffer is the size in bytes of a connection's buffer, the most
	// that one read of a body returns.
	readBuffer = 256 << 10
	// joinBelow is the body size in bytes up to which header and body leave
	// in one write.
	joinBelow = 64 << 10

	statusContinue  = 100
	statusNoContent = 204
	statusUnchanged = 304
)

// conn is a keep-alive connection that knows just enough HTTP/1.1.
type conn struct {
	net.Conn
	buf     []byte
	start   int // first byte of buf not consumed yet
	end     int // end of what has been read into buf
	joined  []byte
	closing bool // the server has announced that it closes
}

func newConn(nc net.Conn) *conn {
	return &conn{Conn: nc, buf: make([]byte, readBuffer)}
}

// send writes head and body, either of which may be empty.
func (c *conn) send(head, body []byte) error {
	if len(body) <= joinBelow {
		c.joined = append(append(c.joined[:0], head...), body...)
		_, err := c.Write(c.joined)
		return broken("send", err)
	}
	pieces := net.Buffers{head, body}
	_, err := pieces.WriteTo(c.Conn)
	return broken("send", err)
}

// receive reads one answer; its body goes to sink, or nowhere.
func (c *conn) receive(method string, sink io.Writer) (Response, error) {
	head, err := c.header()
	if err != nil {
		return Response{}, err
	}
	answer, length, err := c.parse(head)
	if err != nil {
		return answer, err
	}
	switch {
	case method == "HEAD", answer.Status == statusContinue,
		answer.Status == statusNoContent, answer.Status == statusUnchanged:
		return answer, nil
	case length < 0:
		return answer, errs.E("load.receive", "", errs.Invalid, fmt.Errorf("status %d without Content-Length", answer.Status))
	}
	answer.Bytes = length
	return answer, c.body(length, sink)
}

// header returns the lines up to the empty one; valid until the next read.
func (c *conn) header() ([]byte, error) {
	c.end = copy(c.buf, c.buf[c.start:c.end])
	c.start = 0
	for {
		if i := bytes.Index(c.buf[:c.end], []byte("\r\n\r\n")); i >= 0 {
			c.start = i + len("\r\n\r\n")
			return c.buf[:i], nil
		}
		if c.end == len(c.buf) {
			return nil, errs.E("load.header", "", errs.Invalid, fmt.Errorf("over %d bytes", readBuffer))
		}
		n, err := c.Read(c.buf[c.end:])
		if err != nil {
			return nil, broken("receive", err)
		}
		c.end += n
	}
}

// parse reads the few fields that matter. The length is -1 without one.
func (c *conn) parse(head []byte) (answer Response, length int64, err error) {
	first, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if len(first) < len("HTTP/1.1 200") || !bytes.HasPrefix(first, []byte("HTTP/1.1 ")) {
		return answer, 0, errs.E("load.parse", string(first), errs.Invalid, nil)
	}
	if answer.Status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return answer, 0, errs.E("load.parse", string(first), errs.Invalid, err)
	}
	length = -1
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "content-length"):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return answer, 0, errs.E("load.parse", string(line), errs.Invalid, err)
			}
		case is(name, "location"):
			answer.Location = string(value)
		case is(name, "connection"):
			c.closing = is(value, "close")
		}
	}
	return answer, length, nil
}

// is compares a header's name or value with a lower-case word.
func is(got []byte, want string) bool {
	return len(got) == len(want) && bytes.EqualFold(got, []byte(want))
}

// body reads length bytes, into the buffer again and again.
func (c *conn) body(length int64, sink io.Writer) error {
	for {
		n := int(min(int64(c.end-c.start), length))
		if sink != nil {
			if _, err := sink.Write(c.buf[c.start : c.start+n]); err != nil {
				return err
			}
		}
		c.start += n
		if length -= int64(n); length == 0 {
			return nil
		}
		var err error
		c.start = 0
		if c.end, err = c.Read(c.buf); err != nil {
			return broken("receive", err)
		}
	}
}

// broken says that a connection failed; nil stays nil.
func broken(verb string, err error) error {
	if err == nil {
		return nil
	}
	return errs.E("load."+verb, "", errs.Unavailable, err)
}
