package s3_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
	"aistore/internal/checksum"
)

// TestAParameterIsNotTheWhole has changes of what is not there refused, instead of
// being taken for changes of the bucket or the object.
func TestAParameterIsNotTheWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/empty", "")
	r.want(200, "PUT", "/b/o", "content")
	for _, path := range []string{
		"PUT /new?replication2", "PUT /new?policyStatus", "PUT /new?uploads", "PUT /b/o?unknown", "PUT /b/o?uploads", "PUT /b/o?partNumber=1",
		"PUT /b/o?versionId=null", "DELETE /empty?foo", "DELETE /empty?acl", "DELETE /empty?analytics", "DELETE /empty?uploads", "DELETE /empty?versions",
		"DELETE /empty?versionId=null", "DELETE /empty?policyStatus", "DELETE /empty?Lifecycle", "DELETE /b/o?unknown", "DELETE /b/o?acl", "DELETE /b/o?uploads",
		"DELETE /b/o?%75nknown",
	} {
		method, path, _ := strings.Cut(path, " ")
		r.refused(501, "NotImplemented", method, path, "other")
	}
	r.want(404, "HEAD", "/new", "")
	r.want(200, "HEAD", "/empty", "")
	check.Equal(t, r.want(200, "GET", "/b/o", "").Body.String(), "content")
	r.want(200, "PUT", "/b/o?x-id=PutObject&X-Amz-Meta-A=b", "content")
	r.want(204, "DELETE", "/b/o?x-id=DeleteObject&versionId=null", "")
	r.want(204, "DELETE", "/empty?x-id=DeleteBucket", "")
}

// TestATrailerIsTheOneAnnounced has checksums behind the content compared or refused,
// never passed over.
func TestATrailerIsTheOneAnnounced(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	put := func(announced, trailer string) (status int, code string) {
		w := r.do("PUT", "/b/o", "7\r\ncontent\r\n0\r\n"+trailer+"\r\n", "X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
			"X-Amz-Decoded-Content-Length", "7", "X-Amz-Trailer", announced)
		return w.Code, between(w.Body.String(), "<Code>", "</Code>")
	}
	const name = "x-amz-checksum-crc32"
	sum := name + ":" + sumOf(checksum.CRC32, "content") + "\r\n"
	for _, row := range []struct {
		announced, trailer string
		want               string
	}{
		{name, sum, "200 "},
		{"", "", "200 "},
		{"", sum, "400 MalformedTrailerError"},
		{name, "", "400 MalformedTrailerError"},
		{name, sum + "x-amz-checksum-sha1:AAAA\r\n", "400 MalformedTrailerError"},
		{name + ",x-other", sum, "400 MalformedTrailerError"},
		{name + ", x-other", sum + "x-other: value\r\n", "200 "},
		{name, name + ":AAAAAA==\r\n", "400 BadDigest"},
	} {
		status, code := put(row.announced, row.trailer)
		if got := fmt.Sprint(status, " ", code); got != row.want {
			t.Errorf("announced %q, came %q: got %s, want %s", row.announced, row.trailer, got, row.want)
		}
	}
}

func TestTheBucketsOfTheClusterAreNotThere(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	props := wire.DefaultProps(wire.ProviderAIS)
	r.apply(cluster.CreateBucket(wire.Bucket{Name: ".sys-x", Provider: wire.ProviderAIS}, props))
	made, found := r.State().Buckets.Get(wire.Bucket{Name: ".sys-x", Provider: wire.ProviderAIS})
	check.Equal(t, found, true)
	check.NoError(t, r.stores["target01"].CreateBucket(t.Context(), made))
	for _, request := range []string{"GET /.sys-x", "GET /.sys-x/o", "PUT /.sys-x/o", "PUT /.sys-x", "DELETE /.sys-x", "GET /.sys-x?acl", "POST /.sys-x?delete"} {
		method, path, _ := strings.Cut(request, " ")
		r.refused(404, "NoSuchBucket", method, path, "")
	}
	r.refused(404, "NoSuchBucket", "PUT", "/b/copy", "", "X-Amz-Copy-Source", ".sys-x/o")
	check.Equal(t, strings.Contains(r.want(200, "GET", "/", "").Body.String(), ".sys"), false)
}

// TestACopyOntoItselfTakesWhatIsThere races copies of an object onto itself with
// puts: each copy is of the object before or after a put.
func TestACopyOntoItselfTakesWhatIsThere(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	r.want(200, "PUT", "/b/o", "content")
	for range rounds {
		race(
			func() {
				w := r.do("PUT", "/b/o", "", "X-Amz-Copy-Source", "b/o", "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-A", "b")
				check.Equal(t, w.Code, 200)
			},
			func() { check.Equal(t, r.do("PUT", "/b/o", "content").Code, 200) },
			func() { check.Equal(t, r.do("PUT", "/b/o", "content").Code, 200) },
		)
	}
	r.refused(412, "PreconditionFailed", "PUT", "/b/o", "", "X-Amz-Copy-Source", "b/o", "X-Amz-Metadata-Directive", "REPLACE", "If-Match", `"x"`)
}

// TestACompletionIsRepeatedOfTheSameParts refuses to take other parts for those that
// have become the object.
func TestACompletionIsRepeatedOfTheSameParts(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	path, complete := r.begin("o", "first part", "second part")
	r.want(200, "POST", path, complete)
	r.want(200, "POST", path, complete, "If-None-Match", "*")
	r.refused(400, "InvalidPart", "POST", path, strings.ReplaceAll(complete, tagOf("second part"), tagOf("other")))
	last := strings.LastIndex(complete, "<Part>")
	r.refused(400, "InvalidPart", "POST", path, complete[:last]+"</CompleteMultipartUpload>")
}

// TestNamesThatNoDocumentHolds lists names with characters that XML has not.
func TestNamesThatNoDocumentHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	for _, name := range []string{"a%01b", "a%1Fb", "a%EF%BF%BEb", "a%09b", "a%20b"} {
		r.want(200, "PUT", "/b/"+name, "")
	}
	for _, query := range []string{"?list-type=2", "", "?versions", "?list-type=2&prefix=a%01", "?marker=a%01"} {
		body := r.want(200, "GET", "/b"+query, "").Body.String()
		check.Equal(t, strings.Contains(body, "\ufffd"), false)
		check.NoError(t, xml.Unmarshal([]byte(body), &struct{}{}))
	}
	body := r.want(200, "GET", "/b?list-type=2", "").Body.String()
	for _, key := range []string{"a%01b", "a%1Fb", "a%EF%BF%BEb", "a&#x9;b", "a b"} {
		check.Contains(t, body, "<Key>"+key+"</Key>")
	}
}

// TestNothingIsCopied copies what is empty, also from another target, and reads parts
// that are.
func TestNothingIsCopied(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	for i := range 6 {
		from, to := fmt.Sprint("from", i), fmt.Sprint("to", i)
		r.want(200, "PUT", "/b/"+from, "")
		r.want(200, "PUT", "/b/"+to, "", "X-Amz-Copy-Source", "b/"+from)
		check.Equal(t, r.want(200, "GET", "/b/"+to, "").Header().Get("Etag"), tagOf(""))

		up := "/b/" + to + "?uploadId=" + between(r.want(200, "POST", "/b/"+to+"?uploads", "").Body.String(), "<UploadId>", "</UploadId>")
		r.want(200, "PUT", up+"&partNumber=1", "the first part")
		check.Contains(t, r.want(200, "PUT", up+"&partNumber=2", "", "X-Amz-Copy-Source", "b/"+from).Body.String(), strings.Trim(tagOf(""), `"`))
		r.refused(400, "InvalidArgument", "PUT", up+"&partNumber=2", "", "X-Amz-Copy-Source", "b/"+from, "X-Amz-Copy-Source-Range", "bytes=0-0")
		r.want(200, "POST", up, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+tagOf("the first part")+
			"</ETag></Part><Part><PartNumber>2</PartNumber><ETag>"+tagOf("")+"</ETag></Part></CompleteMultipartUpload>")
		w := r.want(200, "GET", "/b/"+to+"?partNumber=2", "")
		check.Equal(t, w.Body.String()+w.Header().Get("Content-Range")+w.Header().Get("X-Amz-Mp-Parts-Count"), "2")
		check.Equal(t, r.want(206, "GET", "/b/"+to+"?partNumber=1", "").Header().Get("Content-Range"), "bytes 0-13/14")
	}
}

// TestAnErrorTellsNoAddress has a target that cannot be reached, whose address is not
// for clients.
func TestAnErrorTellsNoAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.cut("target02", "dial")
	for _, request := range []string{"GET /b", "GET /b?uploads", "GET /b?versions"} {
		method, path, _ := strings.Cut(request, " ")
		w := r.want(503, method, path, "")
		check.Contains(t, w.Body.String(), "<Code>ServiceUnavailable</Code>")
		check.Equal(t, strings.Contains(w.Body.String(), "10.1.2.3"), false)
	}
	var keys strings.Builder
	for i := range 20 {
		fmt.Fprintf(&keys, "<Object><Key>%d</Key></Object>", i)
	}
	for at, code := range map[string]string{"dial": "ServiceUnavailable", "read": "InternalError"} { // may have been deleted
		r.cut("target02", at)
		body := r.want(200, "POST", "/b?delete", "<Delete>"+keys.String()+"</Delete>").Body.String()
		check.Contains(t, body, "<Code>"+code+"</Code>")
		check.Equal(t, strings.Contains(body, "10.1.2.3"), false)
	}
}

// TestATargetThatIsDownIsNotAsked answers at once where a target has a part that is
// down.
func TestATargetThatIsDownIsNotAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.apply(cluster.SetFlags("target02", wire.NodeDown, 0))
	for _, path := range []string{"/b?uploads", "/b?versions"} {
		w := r.want(503, "GET", path, "")
		check.Equal(t, w.Header().Get("Retry-After"), "5")
		check.Contains(t, w.Body.String(), "target02")
	}
	var keys strings.Builder
	for i := range 20 {
		fmt.Fprintf(&keys, "<Object><Key>%d</Key></Object>", i)
	}
	check.Contains(t, r.want(200, "POST", "/b?delete", "<Delete>"+keys.String()+"</Delete>").Body.String(), "<Code>ServiceUnavailable</Code>")
}
