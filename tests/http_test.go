package tests

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// answer is what a node said.
type answer struct {
	status int
	header http.Header
	body   string
	last   bool // the node closes the connection
}

// fault is the error in the answer, from the body or from the header of a HEAD.
// What differs from run to run is left out.
func (a answer) fault(t *testing.T) errs.Wire {
	t.Helper()
	text := a.body
	if header := a.header.Get(wire.HeaderError); header != "" {
		text = header
	}
	var w errs.Wire
	if err := jsonx.Unmarshal([]byte(text), &w); err != nil {
		t.Fatalf("status %d with a body that is no error: %q", a.status, text)
	}
	check.Equal(t, w.Status, a.status)
	w.RemoteAddr = ""
	return w
}

// request is one request by a plain client.
type request struct {
	method string // "" is GET
	path   string // escaped, with the query; relative to the first gateway
	body   string
	header http.Header
}

// do sends a request and follows redirects.
func do(t *testing.T, c *aistest.Cluster, r request) answer {
	t.Helper()
	return send(t, c, c.URL()+r.path, r)
}

// send is do to a URL.
func send(t *testing.T, c *aistest.Cluster, to string, r request) answer {
	t.Helper()
	a, err := ask(t.Context(), c, to, r)
	check.NoError(t, err)
	return a
}

// ask is send for any goroutine.
func ask(ctx context.Context, c *aistest.Cluster, to string, r request) (answer, error) {
	one, err := http.NewRequestWithContext(ctx, r.method, to, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	if r.header != nil {
		one.Header = r.header.Clone()
	}
	response, err := c.HTTP().Do(one)
	if err != nil {
		return answer{}, err
	}
	return read(response)
}

func read(response *http.Response) (answer, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(body), last: response.Close}, err
}

// say sends text as it is over a connection of its own and returns the answer.
// The text is one request without a header Host or Connection.
func say(t *testing.T, c *aistest.Cluster, method, text string) answer {
	t.Helper()
	at, err := url.Parse(c.URL())
	check.NoError(t, err)
	conn, err := c.Dial(t.Context(), "tcp", at.Host)
	check.NoError(t, err)
	defer conn.Close()
	line, rest, _ := strings.Cut(text, "\r\n")
	_, err = io.WriteString(conn, line+"\r\nHost: "+at.Host+"\r\nConnection: close\r\n"+rest)
	check.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	check.NoError(t, err)
	a, err := read(response)
	check.NoError(t, err)
	return a
}

// objectPath is the escaped path of an object, with the query of its bucket.
func objectPath(b wire.Bucket, object string) string {
	return (&url.URL{Path: wire.PathObjects + "/" + b.Name + "/" + object}).EscapedPath() + "?provider=" + b.Provider
}

func bucketPath(b wire.Bucket) string {
	return wire.PathBuckets + "/" + b.Name + "?provider=" + b.Provider
}
