package tests

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aistore/access"
	"aistore/aistest"
	"aistore/api/wire"
	"aistore/internal/check"
)

// The access key that clients of tests sign with.
const (
	s3AccessKey = "AKIDAISTESTAISTEST00"
	s3Secret    = "wJalrXUtnFEMIK7MDENGbPxRfiCYaistestaiste"
)

// s3Client speaks S3 to one node, signed by Version 4.
type s3Client struct {
	t    *testing.T
	http *http.Client
	base string // of the node
	root string // "/s3", where the dialect is
	host string // "" is that of the base
}

// s3Reply is what a node has answered.
type s3Reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request with headers given as pairs, and reads the answer.
func (c *s3Client) do(method, path, body string, headers ...string) s3Reply {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base+c.root+path, strings.NewReader(body))
	check.NoError(c.t, err)
	r.Host = c.host
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	signS3(r, body)
	response, err := c.http.Do(r)
	check.NoError(c.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check.NoError(c.t, err)
	return s3Reply{response.StatusCode, response.Header, string(text)}
}

// want is do for a request that is to be answered with that status.
func (c *s3Client) want(status int, method, path, body string, headers ...string) s3Reply {
	c.t.Helper()
	reply := c.do(method, path, body, headers...)
	if reply.status != status {
		c.t.Fatalf("%s %s at %s: got %d %s, want %d", method, path, c.base, reply.status, reply.body, status)
	}
	return reply
}

// signS3 signs a request as clients do.
func signS3(r *http.Request, body string) {
	now := time.Now().UTC()
	sum := sha256.Sum256([]byte(body))
	if r.Header.Get("X-Amz-Content-Sha256") == "" {
		r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	}
	r.Header.Set("X-Amz-Date", now.Format("20060102T150405Z"))
	names := []string{"host"}
	for name := range r.Header {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	var headers strings.Builder
	for _, name := range names {
		value := r.Header.Get(name)
		if name == "host" {
			value = cmp.Or(r.Host, r.URL.Host)
		}
		headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	query := strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")
	canonical := strings.Join([]string{
		r.Method, r.URL.EscapedPath(), query, headers.String(), strings.Join(names, ";"), r.Header.Get("X-Amz-Content-Sha256"),
	}, "\n")
	hashed := sha256.Sum256([]byte(canonical))
	scope := now.Format("20060102") + "/us-east-1/s3/aws4_request"
	text := "AWS4-HMAC-SHA256\n" + now.Format("20060102T150405Z") + "\n" + scope + "\n" + hex.EncodeToString(hashed[:])
	key := []byte("AWS4" + s3Secret)
	for _, part := range append(strings.Split(scope, "/"), text) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%x",
		s3AccessKey, scope, strings.Join(names, ";"), key))
}

// s3Clients are clients of each node of a cluster: of objects, one of them is the
// owner, and the others are not.
func s3Clients(t *testing.T, c *aistest.Cluster) []*s3Client {
	t.Helper()
	_, err := c.Client().CreateS3Key(t.Context(), wire.S3Key{AccessKey: s3AccessKey, Secret: s3Secret, Access: uint64(access.All)})
	check.NoError(t, err)
	var all []*s3Client
	for _, n := range c.Nodes() {
		all = append(all, &s3Client{t: t, http: c.HTTP(), base: n.URL(), root: "/s3"})
	}
	return all
}

func md5Tag(text string) string {
	sum := md5.Sum([]byte(text))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// TestS3AtEveryNode puts, reads, lists and deletes objects through each node.
func TestS3AtEveryNode(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]aistest.Options{
		"roles apart":    {Proxies: 2, Targets: 3},
		"roles together": {All: 3, OnePort: true},
	} {
		t.Run(name, func(t *testing.T) { s3AtEveryNode(t, aistest.Start(t, o)) })
	}
}

func s3AtEveryNode(t *testing.T, c *aistest.Cluster) {
	clients := s3Clients(t, c)
	for i, client := range clients {
		bucket := fmt.Sprintf("/bucket-%d", i)
		client.want(200, "PUT", bucket, "")
		client.want(409, "PUT", bucket, "")
		check.Equal(t, client.want(200, "HEAD", bucket, "").header.Get("X-Amz-Bucket-Region"), "us-east-1")
	}
	check.Contains(t, clients[0].want(200, "GET", "/", "").body, fmt.Sprintf("<Name>bucket-%d</Name>", len(clients)-1))
	large := strings.Repeat("0123456789abcdef", 20<<10)
	for i, writer := range clients {
		name := fmt.Sprintf("/bucket-0/dir %d/a+b%%2F%%C3%%A9", i)
		tag := writer.want(200, "PUT", name, large, "Content-Type", "text/plain", "X-Amz-Meta-Color", "blue").header.Get("Etag")
		check.Equal(t, tag, md5Tag(large))
		for _, reader := range clients {
			got := reader.want(200, "GET", name, "")
			check.Equal(t, got.body == large, true)
			check.Equal(t, got.header.Get("Etag"), tag)
			check.Equal(t, got.header.Get("Content-Type"), "text/plain")
			check.Equal(t, got.header.Get("X-Amz-Meta-Color"), "blue")
			check.Equal(t, reader.want(200, "HEAD", name, "").header.Get("Content-Length"), fmt.Sprint(len(large)))
			got = reader.want(206, "GET", name, "", "Range", "bytes=-5")
			check.Equal(t, got.body, "bcdef")
			reader.want(304, "GET", name, "", "If-None-Match", tag)
			reader.want(412, "PUT", name, "x", "If-None-Match", "*")
			listed := reader.want(200, "GET", "/bucket-0?list-type=2&delimiter=%2F", "").body
			check.Contains(t, listed, fmt.Sprintf("<Prefix>dir %d/</Prefix>", i))
		}
	}
	clients[0].want(409, "DELETE", "/bucket-0", "")
	for i, client := range clients {
		name := fmt.Sprintf("/bucket-0/dir %d/a+b%%2F%%C3%%A9", i)
		client.want(204, "DELETE", name, "")
		client.want(204, "DELETE", name, "")
		got := client.want(404, "GET", name, "")
		check.Contains(t, got.body, "<Code>NoSuchKey</Code>")
		check.Contains(t, got.body, "<RequestId>"+got.header.Get("X-Amz-Request-Id")+"</RequestId>")
	}
	for i, client := range clients {
		client.want(204, "DELETE", fmt.Sprintf("/bucket-%d", i), "")
		check.Contains(t, client.want(404, "GET", fmt.Sprintf("/bucket-%d", i), "").body, "<Code>NoSuchBucket</Code>")
	}
}

// TestS3RefusesWhatIsNotSigned sends requests without a signature, with a wrong one
// and with content that is not what was signed, to each node.
func TestS3RefusesWhatIsNotSigned(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	clients := s3Clients(t, c)
	clients[0].want(200, "PUT", "/b", "")
	clients[0].want(200, "PUT", "/b/o", "content")
	for _, client := range clients {
		send := func(method, path, body string, change func(*http.Request)) string {
			r, err := http.NewRequest(method, client.base+"/s3"+path, bytes.NewReader([]byte(body)))
			check.NoError(t, err)
			change(r)
			response, err := client.http.Do(r)
			check.NoError(t, err)
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			check.NoError(t, err)
			_, code, _ := strings.Cut(string(text), "<Code>")
			code, _, _ = strings.Cut(code, "</Code>")
			return fmt.Sprint(response.StatusCode, " ", code)
		}
		check.Equal(t, send("GET", "/b/o", "", func(*http.Request) {}), "403 AccessDenied")
		check.Equal(t, send("DELETE", "/b/o", "", func(r *http.Request) {
			signS3(r, "")
			r.URL.RawQuery = url.Values{"tagging": {""}}.Encode()
		}), "403 SignatureDoesNotMatch")
		check.Equal(t, send("GET", "/b/o", "", func(r *http.Request) {
			signS3(r, "")
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "AKID", "NONE", 1))
		}), "403 InvalidAccessKeyId")
		check.Equal(t, send("PUT", "/b/o", "other", func(r *http.Request) { signS3(r, "these") }), "400 XAmzContentSHA256Mismatch")
		check.Equal(t, client.want(200, "GET", "/b/o", "").body, "content")
	}
}

// TestS3AsksForContentThatItWants sends requests that wait with their content until it
// is wanted: a refused one is answered before that, at the owner and elsewhere.
func TestS3AsksForContentThatItWants(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	clients := s3Clients(t, c)
	clients[0].want(200, "PUT", "/b", "")
	clients[0].want(200, "PUT", "/b/there", "content")
	for _, client := range clients {
		for _, row := range []struct {
			path, condition string
			broken          bool
			want            string
		}{
			{"/b/new", "", false, "HTTP/1.1 100 Continue"},
			{"/b/new", "", true, "HTTP/1.1 403 Forbidden"},
			{"/none/new", "", false, "HTTP/1.1 404 Not Found"},
			{"/b/there", "*", false, "HTTP/1.1 412 Precondition Failed"},
			{"/b/new", "*", false, "HTTP/1.1 100 Continue"},
		} {
			client.http.CloseIdleConnections()
			r, err := http.NewRequest("PUT", client.base+"/s3"+row.path, strings.NewReader("content"))
			check.NoError(t, err)
			if row.condition != "" {
				r.Header.Set("If-None-Match", row.condition)
			}
			r.Header.Set("Expect", "100-continue")
			signS3(r, "content")
			if row.broken {
				r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			}
			check.Equal(t, firstLine(t, c, r), row.want)
			clients[0].want(204, "DELETE", "/b/new", "")
		}
	}
}

// TestS3AsksForContentOfNoLength sends a request that waits with content of no length:
// it is told to go on before it is answered, at the owner and elsewhere, since
// botocore knows no other order.
func TestS3AsksForContentOfNoLength(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	clients := s3Clients(t, c)
	clients[0].want(200, "PUT", "/b", "")
	for _, client := range clients {
		conn, err := c.Dial(t.Context(), "tcp", strings.TrimPrefix(client.base, "http://"))
		check.NoError(t, err)
		defer conn.Close()
		in := bufio.NewReader(conn)
		for _, row := range []struct{ method, want string }{{"PUT", "200 OK"}, {"GET", "200 OK"}, {"PUT", "200 OK"}, {"POST", "404 Not Found"}} {
			path := "/s3/b/empty"
			if row.method == "POST" {
				path += "?uploadId=none"
			}
			r, err := http.NewRequest(row.method, client.base+path, nil)
			check.NoError(t, err)
			r.Header.Set("Expect", "100-continue")
			signS3(r, "")
			var head bytes.Buffer
			fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n", row.method, r.URL.RequestURI(), r.URL.Host)
			check.NoError(t, r.Header.Write(&head))
			_, err = conn.Write(append(head.Bytes(), "\r\n"...))
			check.NoError(t, err)
			line, err := in.ReadString('\n')
			check.NoError(t, err)
			check.Equal(t, line, "HTTP/1.1 100 Continue\r\n")
			_, err = in.ReadString('\n')
			check.NoError(t, err)
			answer, err := http.ReadResponse(in, r)
			check.NoError(t, err)
			_, err = io.Copy(io.Discard, answer.Body)
			check.NoError(t, err)
			check.Equal(t, answer.Status, row.want)
		}
	}
}

// firstLine sends the head of a request, and its content only when the node wants it,
// and returns the first line of what it answers.
func firstLine(t *testing.T, c *aistest.Cluster, r *http.Request) string {
	t.Helper()
	conn, err := c.Dial(t.Context(), "tcp", r.URL.Host)
	check.NoError(t, err)
	defer conn.Close()
	var head bytes.Buffer
	fmt.Fprintf(&head, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 7\r\n", r.URL.RequestURI(), r.URL.Host)
	check.NoError(t, r.Header.Write(&head))
	head.WriteString("\r\n")
	_, err = conn.Write(head.Bytes())
	check.NoError(t, err)
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	check.NoError(t, err)
	line = strings.TrimSpace(line)
	if !strings.Contains(line, " 100 ") {
		return line
	}
	_, err = in.ReadString('\n')
	check.NoError(t, err)
	_, err = conn.Write([]byte("content"))
	check.NoError(t, err)
	answer, err := http.ReadResponse(in, r)
	check.NoError(t, err)
	defer answer.Body.Close()
	check.Equal(t, answer.StatusCode, 200)
	return line
}
