package tests

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// badRequest is a request that a gateway, or the target that it sends the
// client to, refuses.
type badRequest struct {
	method  string
	path    string // escaped
	body    string
	header  string // lines, each ended
	status  int
	code    string
	message string // "" with the status of an answer that is text, which is then its name
	node    string // that refuses; "" is the gateway
}

func (r badRequest) text() string {
	length := ""
	if r.body != "" {
		length = fmt.Sprintf("Content-Length: %d\r\n", len(r.body))
	}
	return r.method + " " + r.path + " HTTP/1.1\r\n" + length + r.header + "\r\n" + r.body
}

// refused sends the request as it is, follows a redirect, and compares all of
// the answer.
func (r badRequest) refused(t *testing.T, c *aistest.Cluster) {
	t.Helper()
	a := say(t, c, r.method, r.text())
	if at := a.header.Get("Location"); at != "" {
		header := http.Header{}
		for line := range strings.Lines(r.header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			header.Set(name, value)
		}
		a = send(t, c, at, request{method: r.method, body: r.body, header: header})
	}
	check.Equal(t, a.status, r.status)
	if r.message == "" {
		check.Contains(t, a.body, http.StatusText(r.status))
		return
	}
	path, err := url.PathUnescape(strings.SplitN(r.path, "?", 2)[0])
	check.NoError(t, err)
	const shown = 1024
	if len(path) > shown {
		path = path[:shown]
	}
	if r.node == "" {
		r.node = "p[proxy001]"
	}
	check.Equal(t, a.header.Get("X-Content-Type-Options"), "nosniff")
	got := a.fault(t)
	if strings.HasSuffix(r.message, "…") { // what follows are the words of a library
		r.message = strings.TrimSuffix(r.message, "…")
		got.Message = got.Message[:min(len(got.Message), len(r.message))]
	}
	check.Equal(t, got, errs.Wire{
		TypeCode: r.code, Message: r.message, Method: r.method, URLPath: strings.ToValidUTF8(path, "\ufffd"), Node: r.node, Status: r.status,
	})
	if r.method == http.MethodHead {
		check.Equal(t, a.body, "")
	} else {
		check.Equal(t, a.header.Get("Content-Type"), wire.ContentJSON)
	}
}

// badBucketNames are names that no bucket has, as they stand in a path.
func badBucketNames() []badRequest {
	var rows []badRequest
	add := func(name, message string) {
		for method, action := range map[string]string{http.MethodPost: wire.ActionCreateBucket, http.MethodDelete: wire.ActionDestroyBucket} {
			rows = append(rows, badRequest{
				method: method, path: "/v1/buckets/" + name + "?provider=ais", body: `{"action":"` + action + `"}`,
				status: 400, message: message,
			})
		}
	}
	const words = "a bucket name may contain letters, digits, dashes, underscores and dots only"
	add("", "the bucket name is empty")
	add(".", "the path has an empty or a dot segment")
	add("..", "the path has an empty or a dot segment")
	add("%2e%2e", "the path has an empty or a dot segment")
	add("b/c", "a bucket name has no slash")
	add("a..b", `bucket "ais://a..b": a bucket name is not "." and has no ".."`)
	add(strings.Repeat("b", 65), `bucket "ais://`+strings.Repeat("b", 65)+`": a bucket name has at most 64 bytes`)
	for name, shown := range map[string]string{"%2a": "*", "%20": " ", "b%2fc": "b/c", "b%20and%20c": "b and c", "%23b": "#b", "$b": "$b", "~b": "~b", "%00": `\x00`, "%ff": `\xff`, "%c3%a9": "é"} {
		add(name, `bucket "ais://`+shown+`": `+words)
	}
	return rows
}

// badObjectNames are names that no object has, with any method.
func badObjectNames() []badRequest {
	var rows []badRequest
	add := func(name, message string) {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
			rows = append(rows, badRequest{method: method, path: "/v1/objects/bck/" + name, status: 400, message: message})
		}
	}
	const dots = `an object name has no ".." between slashes`
	add("", `object "": the object name is empty`)
	add("..", `object "..": `+dots)
	add("a/..", `object "a/..": `+dots)
	add("../a", `object "../a": `+dots)
	add("a/../b", `object "a/../b": `+dots)
	add("%2e%2e/a", `object "../a": `+dots)
	add("a/%2E%2e", `object "a/..": `+dots)
	add("..%2fa", `object "../a": `+dots)
	add("a%2f..%2fb", `object "a/../b": `+dots)
	add("a%00b", `object "a\x00b": an object name has no NUL`)
	add(strings.Repeat("x", 1025), `object "`+strings.Repeat("x", 100)+`": an object name has at most 1024 bytes`)
	add(strings.Repeat("y", 60<<10), `object "`+strings.Repeat("y", 100)+`": an object name has at most 1024 bytes`)
	return rows
}

// badNewNames are names that objects may have and that the native interface
// does not create.
func badNewNames() []badRequest {
	var rows []badRequest
	add := func(name, message string) {
		rows = append(rows, badRequest{method: http.MethodPut, path: "/v1/objects/bck/" + name, body: "x", status: 400, message: message, node: "t[target001]"})
	}
	const (
		slash = "the name of a new object does not end with a slash"
		dot   = `the name of a new object has no "." between slashes`
		home  = `the name of a new object does not begin with "~/"`
		utf8  = "the name of a new object is UTF-8"
	)
	add("a/", `object "a/": `+slash)
	add("a%2F", `object "a/": `+slash)
	add(".", `object ".": `+dot)
	add("./a", `object "./a": `+dot)
	add("a/.", `object "a/.": `+dot)
	add("a/%2e/b", `object "a/./b": `+dot)
	add("~/a", `object "~/a": `+home)
	add("%7e%2fa", `object "~/a": `+home)
	add("a%ff", `object "a\xff": `+utf8)
	return rows
}

func badMessages() []badRequest {
	create := func(body, message string) badRequest {
		return badRequest{method: http.MethodPost, path: "/v1/buckets/x?provider=ais", body: body, status: 400, message: message}
	}
	list := func(value, message string) badRequest {
		return badRequest{method: http.MethodGet, path: "/v1/buckets/bck?provider=ais", body: `{"action":"list","value":` + value + `}`, status: 400, message: message}
	}
	const noJSON = "the body is not the JSON expected: …"
	return []badRequest{
		create("{", noJSON),
		create("[1]", noJSON),
		create(`{"action":1}`, noJSON),
		create(`{"action":"create-bck"} more`, noJSON),
		create("\xff\xfe", noJSON),
		create(strings.Repeat("[", 1<<20), noJSON),
		create(`{"value":`+strings.Repeat("[", 1<<20), noJSON),
		create(" ", noJSON),
		create(`{"action":""}`, `unknown action ""`),
		create(`{"action":"frobnicate"}`, `unknown action "frobnicate"`),
		create(`{"action":"`+strings.Repeat("f", 1<<20)+`"}`, `unknown action "`+strings.Repeat("f", 64)+`"`),
		create(`{"action":"create-bck","value":[1]}`, `action "create-bck": …`),
		create(`{"action":"create-bck","value":{"durability":"maybe"}}`, `durability: "maybe" is neither "fsync" nor "relaxed"`),
		create(`{"action":"create-bck","value":{"mirror":{"copies":-1}}}`, "mirror.copies: -1 is not from 2 to 32"),
		create(`{"action":"create-bck","value":{"checksum":{"type":"rot13"}}}`, `checksum.type: "rot13" is none of [none xxhash xxhash2 md5 crc32c sha256 sha512]`),
		list(`{"pagesize":-1}`, "list objects: pagesize -1 is negative"),
		list(`{"prefix":"a/../b"}`, `list objects: the prefix has a NUL or ".." between slashes`),
		list(`{"prefix":"a\u0000b"}`, `list objects: the prefix has a NUL or ".." between slashes`),
		list(`{"prefix":"`+strings.Repeat("p", 2000)+`"}`, "list objects: prefix, start_after or continuation_token is too long"),
		list(`{"continuation_token":"\u0000!"}`, "continuation_token: it is not one of ours"),
		list(`{"props":"nothing"}`, `list objects: unknown object property "nothing"`),
		list(`{"flags":"x"}`, `action "list": …`),
		list(`{"uuid":7}`, `action "list": …`),
		{method: http.MethodGet, path: "/v1/buckets", body: `{"action":"nothing"}`, status: 400, message: `unknown action "nothing"`},
		{method: http.MethodPost, path: "/v1/buckets/x", header: "Content-Length: 9000000\r\n", status: 413, message: "the body has more than 8388608 bytes"},
		{method: http.MethodPost, path: "/v1/buckets/.sys?provider=ais", body: `{"action":"create-bck"}`, status: 400, message: "ais://.sys: names that begin with a dot are reserved"},
		{method: http.MethodPost, path: "/v1/buckets/x?provider=aws", body: `{"action":"create-bck"}`, status: 501, message: `bucket "s3://x": this cluster has no backend for it`},
		{method: http.MethodPost, path: "/v1/buckets/bck?provider=ais", body: `{"action":"create-bck"}`, status: 409, code: errs.CodeBucketExists, message: `bucket "ais://bck" already exists`},
	}
}

func badRoutes() []badRequest {
	const nothing, unclean = "there is nothing at this path", "the path has an empty or a dot segment"
	get := func(path string, status int, message string) badRequest {
		return badRequest{method: http.MethodGet, path: path, status: status, message: message}
	}
	return []badRequest{
		get("/v1/nothing", 404, nothing),
		get("/v2/daemon", 404, nothing),
		get("/", 404, nothing),
		get("/v1/objects", 404, nothing),
		get("/v1/metasync/x", 404, nothing),
		get("//v1//daemon", 400, unclean),
		get("/v1/../v1/daemon?what=smap", 400, unclean),
		get("/v1/%2e%2e/v1/daemon?what=smap", 400, unclean),
		get("/v1/objects/", 400, `bucket "ais://": the bucket name is empty`),
		get("/v1/objects/bck", 400, `object "": the object name is empty`),
		get("/v1/objects/bck/o?provider=ftp", 400, `"ftp": unknown provider, expecting one of [ais aws gcp azure oci]`),
		get("/v1/objects/bck/o?provider=%zz", 400, "a percent sign is not followed by two hexadecimal digits"),
		get("/v1/objects/bck/o?namespace=x", 400, `"x": a namespace is written @uuid#name`),
		get("/v1/daemon", 400, `unknown what="": this node answers …`),
		get("/v1/daemon?what=nothing", 400, `unknown what="nothing": this node answers …`),
		get("/v1/cluster?what=nothing", 400, `unknown what="nothing": this node answers …`),
		get("/v1/daemon?what=log&severity=x", 400, `severity="x": it is one of info, warning, error`),
		get("/v1/reverse/daemon?what=smap", 404, `node "" does not exist: name one of the cluster map in header Ais-Node-Id`),
		{method: http.MethodGet, path: "/v1/objects/none/o", status: 404, code: errs.CodeBucketNotFound, message: `bucket "ais://none" does not exist`},
		{method: http.MethodHead, path: "/v1/objects/none/o", status: 404, code: errs.CodeBucketNotFound, message: `bucket "ais://none" does not exist`},
		{method: http.MethodPut, path: "/v1/objects/none/o", body: "x", status: 404, code: errs.CodeBucketNotFound, message: `bucket "ais://none" does not exist`},
		{method: http.MethodGet, path: "/v1/objects/none/o?provider=aws", status: 404, code: errs.CodeRemoteBucketNotFound, message: `remote bucket "s3://none" does not exist`},
		{method: http.MethodHead, path: "/v1/buckets/none", status: 404, code: errs.CodeBucketNotFound, message: `bucket "ais://none" does not exist`},
		{method: http.MethodGet, path: "/v1/buckets/none", body: `{"action":"list"}`, status: 404, code: errs.CodeBucketNotFound, message: `bucket "ais://none" does not exist`},
		{method: http.MethodDelete, path: "/v1/buckets/none", body: `{"action":"destroy-bck"}`, status: 404, code: errs.CodeBucketNotFound, message: `bucket "ais://none" does not exist`},
		{method: http.MethodGet, path: "/v1/objects/bck/none", status: 404, code: errs.CodeObjectNotFound, message: "object ais://bck/none does not exist", node: "t[target001]"},
		{method: http.MethodHead, path: "/v1/objects/bck/none", status: 404, code: errs.CodeObjectNotFound, message: "object ais://bck/none does not exist", node: "t[target001]"},
		{method: http.MethodDelete, path: "/v1/objects/bck/none", status: 404, code: errs.CodeObjectNotFound, message: "object ais://bck/none does not exist", node: "t[target001]"},
	}
}

// badBodies are for the target, which reads what follows the header.
func badBodies() []badRequest {
	put := func(header, body string, status int, code, message string) badRequest {
		return badRequest{method: http.MethodPut, path: "/v1/objects/bck/o", header: header, body: body, status: status, code: code, message: message, node: "t[target001]"}
	}
	sum := func(kind, value string) string {
		return wire.HeaderChecksumType + ": " + kind + "\r\n" + wire.HeaderChecksumValue + ": " + value + "\r\n"
	}
	return []badRequest{
		put(sum("rot13", "00"), "x", 400, "", `invalid checksum type "rot13": want one of none, xxhash, xxhash2, md5, crc32c, sha256, sha512`),
		put(sum("md5", "xyz"), "x", 400, "", `invalid md5 checksum "xyz"`),
		put(sum("xxhash2", "0000000000000000"), "x", 400, errs.CodeChecksum, "ais://bck/o: the content has checksum …"),
		put(sum("md5", "00000000000000000000000000000000"), "x", 400, errs.CodeChecksum, "ais://bck/o: the content has checksum …"),
	}
}

func TestBadInputHasExactAnswers(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := wire.Bucket{Name: "bck", Provider: wire.ProviderAIS}
	c.Nodes() // names of nodes are in the answers
	check.NoError(t, c.Client().CreateBucket(t.Context(), b, nil))
	put(t, c, b, "o", 1, 100)
	for name, rows := range map[string][]badRequest{
		"buckets":   badBucketNames(),
		"objects":   badObjectNames(),
		"new names": badNewNames(),
		"messages":  badMessages(),
		"routes":    badRoutes(),
		"bodies":    badBodies(),
	} {
		t.Run(name, func(t *testing.T) {
			for _, row := range rows {
				t.Run(fmt.Sprintf("%s %.60q %.40q", row.method, row.path, row.body), func(t *testing.T) { row.refused(t, c) })
			}
		})
	}
	// All that has changed nothing.
	buckets, err := c.Client().ListBuckets(t.Context(), wire.Bucket{})
	check.NoError(t, err)
	check.Equal(t, buckets, []wire.Bucket{b})
	check.Equal(t, list(t, c, b, api.ListOptions{}), []string{"o"})
	check.Equal(t, get(t, c, b, "o"), 1)
	check.Equal(t, len(c.Leftovers(b, "wk")), 0)
}

func TestWrongMethods(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	for _, test := range []struct{ method, path, allow string }{
		{"FROB", objectPath(b, "o"), "DELETE, GET, HEAD, PATCH, POST, PUT"},
		{"OPTIONS", objectPath(b, "o"), "DELETE, GET, HEAD, PATCH, POST, PUT"},
		{"FROB", bucketPath(b), "DELETE, GET, HEAD, PATCH, POST, PUT"},
		{"DELETE", wire.PathDaemon, "GET, HEAD, PUT"},
		{"POST", wire.PathHealth, "GET, HEAD"},
		{"GET", wire.PathMetasync, "PUT"},
	} {
		a := do(t, c, request{method: test.method, path: test.path})
		if a.status != http.StatusMethodNotAllowed {
			t.Fatalf("%s %s: status %d: %s", test.method, test.path, a.status, a.body)
		}
		check.Equal(t, a.header.Get("Allow"), test.allow)
		check.Contains(t, a.header.Get("Content-Type"), "text/plain")
	}
}

// TestMalformedHTTP has what net/http refuses before a route is looked for.
func TestMalformedHTTP(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	for _, test := range []struct {
		text   string
		status int
	}{
		{"GET /v1/objects/b/% HTTP/1.1\r\n\r\n", 400},
		{"GET /v1/objects/b/%zz HTTP/1.1\r\n\r\n", 400},
		{"GET /v1/objects/b/o HTTP/1.1\r\nX x: y\r\n\r\n", 400},
		{"GET /v1/objects/b/o HTTP/9.1\r\n\r\n", 505},
		{"GET /v1/objects/b/o HTTP/1.1\r\nX: " + strings.Repeat("x", 80<<10) + "\r\n\r\n", 431},
		{"GET /v1/objects/b/" + strings.Repeat("x", 80<<10) + " HTTP/1.1\r\n\r\n", 431},
		{"PUT /v1/objects/b/o HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
		{"PUT /v1/objects/b/o HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400},
		{"PUT /v1/objects/b/o HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nx", 501},
		{"POST /v1/buckets/x?provider=ais HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
	} {
		method, _, _ := strings.Cut(test.text, " ")
		check.Equal(t, fmt.Sprintf("%.60s %d", test.text, say(t, c, method, test.text).status), fmt.Sprintf("%.60s %d", test.text, test.status))
	}
}
