package target_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
)

// ownedBy returns an object of the bucket b that a target owns.
func (r *rig) ownedBy(t *testing.T, id string) string {
	t.Helper()
	for _, name := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		owner, err := r.state.Map.Owner(cluster.Digest(bucket("b"), name))
		check.NoError(t, err)
		if owner.ID == id {
			return name
		}
	}
	t.Fatal("it owns nothing")
	return ""
}

const (
	longAgo = "Sat, 01 Jan 2000 00:00:00 GMT"
	tagOf   = "etag" // stands for the entity tag of what is there
)

// TestConditionsOfWrites goes through RFC 9110, 13: for PUT, for DELETE, and for a
// copy, where they concern the destination, which another target owns.
func TestConditionsOfWrites(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.start(t, "target02")
	r.create(t, "b", "target01", "target02")
	source := "http://target01/v1/objects/b/" + r.ownedBy(t, "target01")
	name := r.ownedBy(t, "target02")
	target := "http://target02/v1/objects/b/" + name
	check.Equal(t, r.do(t, "PUT", source, "source").status, 200)
	later := time.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	for _, row := range []struct {
		headers       []string
		there, absent int // status where there is an object, where there is none
	}{
		{nil, 200, 200},
		{[]string{"If-Match: *"}, 200, 412},
		{[]string{"If-Match: " + tagOf}, 200, 412},
		{[]string{`If-Match: "x", ` + tagOf}, 200, 412},
		{[]string{`If-Match: "x,y"`, "If-Match: " + tagOf}, 200, 412},
		{[]string{"If-Match: W/" + tagOf}, 412, 412},
		{[]string{`If-Match: "x"`}, 412, 412},
		{[]string{`If-Match: ,`}, 412, 412},
		{[]string{"If-None-Match: *"}, 412, 200},
		{[]string{"If-None-Match: " + tagOf}, 412, 200},
		{[]string{"If-None-Match: W/" + tagOf}, 412, 200},
		{[]string{`If-None-Match: "x", "y"`}, 200, 200},
		{[]string{"If-Unmodified-Since: " + longAgo}, 412, 200},
		{[]string{"If-Unmodified-Since: " + later}, 200, 200},
		{[]string{"If-Unmodified-Since: yesterday"}, 200, 200},
		{[]string{"If-Match: " + tagOf, "If-Unmodified-Since: " + longAgo}, 200, 412},
		{[]string{"If-Modified-Since: " + later}, 200, 200}, // is for reads
	} {
		for _, there := range []bool{true, false} {
			for _, verb := range []string{"PUT", "DELETE", "copy"} {
				want := row.absent
				if r.do(t, "DELETE", target, ""); there {
					want = row.there
					check.Equal(t, r.do(t, "PUT", target, "there").status, 200)
				}
				tag := r.do(t, "HEAD", target+"?props=etag", "").header.Get("Etag")
				if !there {
					tag = `"gone"`
				}
				var headers []string
				for _, h := range row.headers {
					headers = append(headers, strings.Replace(h, tagOf, tag, 1))
				}
				var got answer
				switch verb {
				case "PUT":
					got = r.do(t, "PUT", target, "now", headers...)
				case "copy":
					got = r.do(t, "PUT", source+"?"+wire.QueryObjectTo+"="+url.QueryEscape("ais/@#/b/"+name), "", headers...)
				case "DELETE":
					if got = r.do(t, "DELETE", target, "", headers...); !there && want == 200 {
						want = 404
					}
				}
				if got.status != want {
					t.Errorf("%s, there %t, %q: status %d, want %d: %s", verb, there, headers, got.status, want, got.body)
				}
				if want == 412 && there {
					check.Equal(t, r.do(t, "GET", target, "").body, "there")
				}
			}
		}
	}
}

// TestRangesAndConditionsOfReads goes through RFC 9110, 13 and 14, for an object that
// is here and for one that an earlier owner still has.
func TestRangesAndConditionsOfReads(t *testing.T) {
	t.Parallel()
	r := movedRig(t) // it has "before"
	check.Equal(t, r.do(t, "PUT", "http://target02/v1/objects/b/here", "before").status, 200)
	check.Equal(t, r.do(t, "PUT", "http://target02/v1/objects/b/empty", "").status, 200)
	for _, object := range []string{moved, "http://target02/v1/objects/b/here"} {
		about := r.do(t, "HEAD", object+"?props=etag,last-modified", "")
		tag, date := about.header.Get("Etag"), about.header.Get("Last-Modified")
		later := time.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
		for _, row := range []struct {
			headers []string
			status  int
			body    string
		}{
			{[]string{"Range: bytes=2-4"}, 206, "for"},
			{[]string{"Range: Bytes=2-4"}, 206, "for"},
			{[]string{"Range: bytes=-2"}, 206, "re"},
			{[]string{"Range: bytes=-100"}, 206, "before"},
			{[]string{"Range: bytes=4-100"}, 206, "re"},
			{[]string{"Range: bytes=6-"}, 416, ""},
			{[]string{"Range: bytes=0-1,3-4"}, 416, ""},
			{[]string{"Range: bytes=0-1", "Range: bytes=3-4"}, 416, ""},
			{[]string{"Range: lines=0-1"}, 200, "before"},
			{[]string{"Range: bytes=0-1", "If-Range: " + tag}, 206, "be"},
			{[]string{"Range: bytes=0-1", "If-Range: W/" + tag}, 200, "before"},
			{[]string{"Range: bytes=0-1", `If-Range: "x"`}, 200, "before"},
			{[]string{"Range: bytes=9-", `If-Range: "x"`}, 200, "before"},
			{[]string{"Range: bytes=0-1", "If-Range: " + date}, 206, "be"},
			{[]string{"Range: bytes=0-1", "If-Range: " + longAgo}, 200, "before"},
			{[]string{"Range: bytes=0-1", "If-Range: " + later}, 200, "before"},
			{[]string{"If-Range: " + tag}, 200, "before"},
			{[]string{"Range: bytes=0-1", "If-Match: " + tag}, 206, "be"},
			{[]string{"Range: bytes=9-", `If-Match: "x"`}, 412, ""},
			{[]string{"Range: bytes=9-", "If-None-Match: " + tag}, 304, ""},
			{[]string{"If-None-Match: W/" + tag}, 304, ""},
			{[]string{`If-None-Match: "x", ` + tag}, 304, ""},
			{[]string{"If-None-Match: *"}, 304, ""},
			{[]string{`If-None-Match: "x"`, "If-Modified-Since: " + later}, 200, "before"},
			{[]string{"If-Modified-Since: " + date}, 304, ""},
			{[]string{"If-Modified-Since: " + longAgo}, 200, "before"},
			{[]string{"If-Unmodified-Since: " + longAgo}, 412, ""},
			{[]string{"If-Unmodified-Since: " + date}, 200, "before"},
			{[]string{"If-Match: W/" + tag}, 412, ""},
			{[]string{`If-Match: "x", ` + tag, "If-Unmodified-Since: " + longAgo}, 200, "before"},
		} {
			got := r.do(t, "GET", object, "", row.headers...)
			if got.status != row.status || row.status < 300 && got.body != row.body {
				t.Errorf("%s, %q: %d %q, want %d %q", object, row.headers, got.status, got.body, row.status, row.body)
			}
			switch got.status {
			case 304:
				check.Equal(t, got.header.Get("Etag"), tag)
				check.Equal(t, got.body, "")
			case 416:
				check.Equal(t, got.header.Get("Content-Range"), "bytes */6")
			case 206:
				check.Equal(t, got.header.Get("Accept-Ranges"), "bytes")
			}
		}
	}
	check.Equal(t, r.do(t, "GET", "http://target02/v1/objects/b/empty", "", "Range: bytes=-5").status, 200)
	check.Equal(t, r.do(t, "GET", "http://target02/v1/objects/b/empty", "", "Range: bytes=0-").status, 416)
	check.Equal(t, r.do(t, "GET", "http://target02/v1/objects/b/none", "", "If-Match: *").status, 404)
}
