package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

func TestBadInputGetsTheExactAnswer(t *testing.T) {
	t.Parallel()
	h := handlerOf(t, newRouter(rest.Options{}), everything)
	long := strings.Repeat("n", wire.MaxObjectName+1)
	for _, row := range []struct {
		method, url, body string
		status            int
		message           string
	}{
		{"GET", "/v1/objects/b/../a", "", 400, `".." between slashes`},
		{"GET", "/v1/objects/b/a/..", "", 400, `".." between slashes`},
		{"GET", "/v1/objects/b/%2e%2e/a", "", 400, `".." between slashes`},
		{"GET", "/v1/objects/b/%2E./a", "", 400, `".." between slashes`},
		{"GET", "/v1/objects/b/a%2f..%2fb", "", 400, `".." between slashes`},
		{"GET", "/v1/objects/b/", "", 400, "the object name is empty"},
		{"GET", "/v1/objects/b", "", 400, "the object name is empty"},
		{"PUT", "/v1/objects/b", "x", 400, "the object name is empty"},
		{"GET", "/v1/objects/b/a%00b", "", 400, "no NUL"},
		{"GET", "/v1/objects/b/" + long, "", 400, "at most 1024 bytes"},
		{"GET", "/v1/objects/b/" + strings.Repeat("%61", wire.MaxObjectName+1), "", 400, "at most 1024 bytes"},
		{"GET", "/v1/objects/b/" + strings.Repeat("a", 64<<10), "", 400, "at most 1024 bytes"},
		{"GET", "/v1/objects//o", "", 400, "the bucket name is empty"},
		{"GET", "/v1/objects/", "", 400, "the bucket name is empty"},
		{"GET", "/v1/objects", "", 404, "there is nothing at this path"},
		{"GET", "/v1/objects/../o", "", 400, `has no ".."`},
		{"GET", "/v1/objects/%2e%2e/o", "", 400, `has no ".."`},
		{"GET", "/v1/objects/b%2Fc/o", "", 400, "a bucket name may contain"},
		{"GET", "/v1/objects/b%00/o", "", 400, "a bucket name may contain"},
		{"GET", "/v1/objects/" + strings.Repeat("b", 65) + "/o", "", 400, "at most 64 bytes"},
		{"GET", "/v1/objects/b/o?provider=nobody", "", 400, "nobody"},
		{"GET", "/v1/objects/b/o?provider=%zz", "", 400, "percent sign"},
		{"GET", "/v1/objects/b/o?x=%", "", 400, "percent sign"},
		{"GET", "/v1/objects/b/o?namespace=x", "", 400, "a namespace is written"},
		{"GET", "/v1/objects/b/o?namespace=%40%40", "", 400, "namespace"},
		{"GET", "/v1/objects/b/o?provider=aws&namespace=%40u", "", 400, "has no namespace"},
		{"GET", "/ais//o", "", 400, "the bucket name is empty"},
		{"GET", "/ais/", "", 400, "the bucket name is empty"},
		{"GET", "/ais/b/../o", "", 400, `".." between slashes`},
		{"POST", "/v1/objects/b/o", "", 400, `unknown action ""`},
		{"POST", "/v1/objects/b/o", `{"action":"promote"}`, 400, `unknown action "promote"`},
		{"POST", "/v1/objects/b", `{"action":"check-lock"}`, 400, `unknown action "check-lock"`},
		{"POST", "/v1/objects/b/o", `{"action":`, 400, "not the JSON expected"},
		{"POST", "/v1/objects/b/o", `[]`, 400, "not the JSON expected"},
		{"POST", "/v1/objects/b/o", `{"action":"check-lock"}{}`, 400, "not the JSON expected"},
		{"POST", "/v1/buckets/b", `{"action":1}`, 400, "not the JSON expected"},
		{"POST", "/v1/buckets/b", strings.Repeat("[", 20000), 400, "not the JSON expected"},
		{"POST", "/v1/buckets/b", `{"action":"` + strings.Repeat("x", 300) + `"}`, 400, "unknown action"},
		{"POST", "/v1/buckets/b", `{"action":"\u0000\ud800"}`, 400, "unknown action"},
		{"POST", "/v1/buckets/b", "", 400, `unknown action ""`},
		{"POST", "/v1/buckets/", `{"action":"create-bck"}`, 400, "the bucket name is empty"},
		{"POST", "/v1/buckets", `{"action":"create-bck"}`, 400, "the bucket name is empty"},
		{"DELETE", "/v1/buckets/", `{"action":"destroy-bck"}`, 400, "the bucket name is empty"},
		{"POST", "/v1/buckets/a/b", `{"action":"create-bck"}`, 400, "a bucket name has no slash"},
		{"DELETE", "/v1/buckets/a/b/", `{"action":"destroy-bck"}`, 400, "a bucket name has no slash"},
		{"POST", "/v1/buckets/*", "", 400, "a bucket name may contain"},
		{"POST", "/v1/buckets/%20", "", 400, "a bucket name may contain"},
		{"POST", "/v1/buckets/bucket%20and%20name", "", 400, "a bucket name may contain"},
		{"POST", "/v1/buckets/$badname", "", 400, "a bucket name may contain"},
		{"POST", "/v1/buckets/~badname", "", 400, "a bucket name may contain"},
		{"POST", "/v1/buckets/%23badname", "", 400, "a bucket name may contain"},
		{"POST", "/v1/buckets/a%2Fb", "", 400, "a bucket name may contain"},
		{"POST", "/v1/buckets/.", "", 400, "an empty or a dot segment"},
		{"POST", "/v1/buckets/%2e", "", 400, "an empty or a dot segment"},
		{"POST", "/v1/buckets/%2e%2e", "", 400, "an empty or a dot segment"},
		{"GET", "/v1/buckets/../daemon", "", 400, "an empty or a dot segment"},
		{"GET", "//v1/daemon", "", 400, "an empty or a dot segment"},
		{"GET", "/v1//daemon", "", 400, "an empty or a dot segment"},
		{"GET", "/v1/daemon//", "", 400, "an empty or a dot segment"},
		{"GET", "/v1/./daemon", "", 400, "an empty or a dot segment"},
		{"GET", "/v1/buckets/b?provider=%4", "", 400, "percent sign"},
		{"GET", "/v1/daemon?what=%", "", 400, "percent sign"},
		{"GET", "/v1/daemon", "", 400, `unknown value of what ""`},
		{"GET", "/v1/daemon?what=nothing", "", 400, `unknown value of what "nothing"`},
		{"GET", "/", "", 404, "there is nothing at this path"},
		{"GET", "/v1", "", 404, "there is nothing at this path"},
		{"GET", "/v2/objects/b/o", "", 404, "there is nothing at this path"},
		{"GET", "/v1/%6fbjects/b/o", "", 404, "there is nothing at this path"},
		{"GET", "/V1/objects/b/o", "", 404, "there is nothing at this path"},
		{"GET", "/s3/b/o", "", 404, "there is nothing at this path"},
		{"GET", "/v1/daemon/extra", "", 404, "there is nothing at this path"},
	} {
		w := serve(h, newRequest(row.method, row.url, row.body))
		name := row.method + " " + row.url[:min(len(row.url), 80)]
		var got errs.Wire
		if err := jsonx.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %d %q: %v", name, w.Code, w.Body, err)
			continue
		}
		if w.Code != row.status || got.Status != row.status || !strings.Contains(got.Message, row.message) {
			t.Errorf("%s: got %d %q, want %d %q", name, w.Code, got.Message, row.status, row.message)
		}
		if got.Method != row.method || got.Node != "t[test]" || got.RemoteAddr == "" || len(got.URLPath) > 1024 {
			t.Errorf("%s: diagnostics %+v", name, got)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Type") != wire.ContentJSON {
			t.Errorf("%s: headers %v", name, w.Header())
		}
	}
}

func TestWrongMethodIsPlainText(t *testing.T) {
	t.Parallel()
	h := handlerOf(t, newRouter(rest.Options{}), everything)
	for _, row := range []struct{ method, url, allow string }{
		{"PATCH", "/v1/objects/b/o", "DELETE, GET, HEAD, POST, PUT"},
		{"FOO", "/v1/objects/b/o", "DELETE, GET, HEAD, POST, PUT"},
		{"TRACE", "/ais/b/o", "DELETE, GET, HEAD, POST, PUT"},
		{"PATCH", "/v1/buckets/b", "DELETE, GET, HEAD, POST"},
		{"PATCH", "/v1/buckets/b/", "DELETE, GET, HEAD, POST"},
		{"PATCH", "/v1/buckets", "GET, HEAD"},
		{"PUT", "/v1/daemon", "GET, HEAD"},
		{"GET", "/v1/metasync", "PUT"},
	} {
		w := serve(h, newRequest(row.method, row.url, ""))
		check.Equal(t, w.Code, http.StatusMethodNotAllowed)
		check.Equal(t, w.Header().Get("Allow"), row.allow)
		check.Equal(t, w.Header().Get("Content-Type"), "text/plain; charset=utf-8")
		check.Equal(t, w.Body.String(), "Method Not Allowed\n")
	}
}

func TestEveryByteInAName(t *testing.T) {
	t.Parallel()
	h := handlerOf(t, newRouter(rest.Options{}), everything)
	const digits = "0123456789ABCDEF"
	for i := range 256 {
		c := byte(i)
		w := serve(h, newRequest("GET", "/v1/objects/b/x%"+string(digits[c>>4])+string(digits[c&15])+"y", ""))
		if c == 0 {
			check.Equal(t, w.Code, http.StatusBadRequest)
			continue
		}
		check.Equal(t, w.Body.String(), "ais://b/x"+string([]byte{c})+"y")
	}
}
