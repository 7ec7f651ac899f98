package tests

import (
	"fmt"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api/wire"
)

func TestExplore(t *testing.T) {
	c := aistest.Start(t, aistest.Options{OnePort: false})
	b := wire.Bucket{Name: "bck", Provider: "ais"}
	if err := c.Client().CreateBucket(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	put(t, c, b, "o", 1, 100)
	show := func(what, text string) {
		method, _, _ := strings.Cut(text, " ")
		a := say(t, c, method, text)
		if loc := a.header.Get("Location"); loc != "" {
			fmt.Printf("%-20s %d -> %s\n", what, a.status, loc)
			return
		}
		fmt.Printf("%-20s %d %v %s\n", what, a.status, a.header, a.body)
	}
	simple := func(method, path string) {
		show(method+" "+fmt.Sprintf("%.60q", path), method+" "+path+" HTTP/1.1\r\n\r\n")
	}
	for _, p := range []string{"", "..", "a/..", "../a", "a/../b", "%2e%2e/a", "a/%2E%2e", "..%2fa", "a%00b", strings.Repeat("x", 1025), strings.Repeat("x", 64<<10-300), strings.Repeat("x", 70<<10), "%", "%zz", "%f", "%ff", "a/", ".", "./a", "a/.", "a/%2e/b", "~/a", "~%2fa", strings.Repeat("y", 300), "a?provider=%zz", "a?provider=ftp", "a?namespace=x", "a?provider=ais&namespace=%40"} {
		simple("PUT", "/v1/objects/bck/"+p)
		simple("GET", "/v1/objects/bck/"+p)
	}
	for _, p := range []string{"", "%2a", ".", "..", "%20", "b/c", "b%2fc", "b%20and%20c", "%23b", "$b", "~b", "a..b", strings.Repeat("b", 65), ".sys", "%00"} {
		body := `{"action":"create-bck"}`
		show("create "+fmt.Sprintf("%.60q", p), fmt.Sprintf("POST /v1/buckets/%s?provider=ais HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", p, len(body), body))
		body = `{"action":"destroy-bck"}`
		show("destroy "+fmt.Sprintf("%.60q", p), fmt.Sprintf("DELETE /v1/buckets/%s?provider=ais HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", p, len(body), body))
	}
	post := func(what, method, path, body string) {
		show(what, fmt.Sprintf("%s %s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body))
	}
	post("no json", "POST", "/v1/buckets/x?provider=ais", "{")
	post("other json", "POST", "/v1/buckets/x?provider=ais", "[1]")
	post("wrong type", "POST", "/v1/buckets/x?provider=ais", `{"action":1}`)
	post("empty", "POST", "/v1/buckets/x?provider=ais", ``)
	post("unknown action", "POST", "/v1/buckets/x?provider=ais", `{"action":"frobnicate"}`)
	post("wrong value", "POST", "/v1/buckets/x?provider=ais", `{"action":"create-bck","value":[1]}`)
	post("wrong prop", "POST", "/v1/buckets/x?provider=ais", `{"action":"create-bck","value":{"durability":"maybe"}}`)
	post("wrong prop2", "POST", "/v1/buckets/x?provider=ais", `{"action":"create-bck","value":{"mirror":{"copies":-1}}}`)
	post("unknown key", "POST", "/v1/buckets/x?provider=ais", `{"action":"create-bck","value":{"nosuch":1}}`)
	post("cloud", "POST", "/v1/buckets/x?provider=aws", `{"action":"create-bck"}`)
	post("list value", "GET", "/v1/buckets/bck?provider=ais", `{"action":"list","value":{"pagesize":-1}}`)
	post("list value2", "GET", "/v1/buckets/bck?provider=ais", `{"action":"list","value":{"prefix":"a/../b"}}`)
	post("list value3", "GET", "/v1/buckets/bck?provider=ais", `{"action":"list","value":{"props":"nothing"}}`)
	post("list value4", "GET", "/v1/buckets/bck?provider=ais", `{"action":"list","value":{"flags":"x"}}`)
	post("list missing", "GET", "/v1/buckets/none?provider=ais", `{"action":"list","value":{}}`)
	post("list buckets wrong", "GET", "/v1/buckets", `{"action":"nothing"}`)
	show("body too large", "POST /v1/buckets/x?provider=ais HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n{")
	simple("PATCH", "/v1/objects/bck/o")
	post("object post", "POST", "/v1/objects/bck/o", `{"action":"promote"}`)
	simple("FROB", "/v1/objects/bck/o")
	simple("PUT", "/v1/buckets/bck")
	simple("DELETE", "/v1/daemon")
	simple("GET", "/v1/daemon?what=nothing")
	simple("GET", "/v1/daemon")
	simple("GET", "/v1/cluster?what=nothing")
	simple("GET", "/v1/nothing")
	simple("GET", "/v2/daemon")
	simple("GET", "/")
	simple("GET", "//v1//daemon")
	simple("GET", "/v1/../v1/daemon?what=smap")
	simple("GET", "/v1/objects")
	simple("GET", "/v1/objects/")
	simple("GET", "/v1/objects/bck")
	simple("GET", "/v1/objects/nobucket/o")
	simple("HEAD", "/v1/objects/nobucket/o")
	simple("HEAD", "/v1/buckets/nobucket")
	simple("GET", "/v1/reverse/daemon?what=smap")
	simple("GET", "/v1/daemon?what=log&severity=x")
	show("checksum kind", "PUT /v1/objects/bck/o HTTP/1.1\r\nContent-Length: 0\r\nAis-Checksum-Type: foo\r\nAis-Checksum-Value: 00\r\n\r\n")
	show("big header", "GET /v1/objects/bck/o HTTP/1.1\r\nX: "+strings.Repeat("x", 80<<10)+"\r\n\r\n")
	show("bad header", "GET /v1/objects/bck/o HTTP/1.1\r\nX x: y\r\n\r\n")
	show("bad version", "GET /v1/objects/bck/o HTTP/9.1\r\n\r\n")
	show("bad length", "PUT /v1/objects/bck/o HTTP/1.1\r\nContent-Length: -1\r\n\r\n")
	show("two lengths", "PUT /v1/objects/bck/o HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx")
	show("bad chunks", "POST /v1/buckets/x?provider=ais HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	show("options", "OPTIONS * HTTP/1.1\r\n\r\n")
	show("connect", "CONNECT x:1 HTTP/1.1\r\n\r\n")
}
