package s3_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aistore/access"
	"aistore/internal/check"
	"aistore/internal/checksum"
)

func tagOf(content string) string {
	sum := md5.Sum([]byte(content))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func sumOf(kind checksum.Kind, content string) string {
	return base64.StdEncoding.EncodeToString(checksum.Of(kind, []byte(content)).Bytes())
}

// meta is user metadata of an answer, by its name as it was sent.
func meta(w *httptest.ResponseRecorder, name string) []string { return w.Header()["x-amz-meta-"+name] }

func TestRequestsGoWhereTheirObjectIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	for i := range 20 {
		name := fmt.Sprintf("o/%d", i)
		for _, node := range []string{gateway, "target01", "target02", "target03"} {
			r.hops = nil
			check.Equal(t, r.doAt(node, "PUT", "/b/"+name, "content").Code, 200)
			if node == r.owner(name) {
				check.Equal(t, r.hops, []string(nil))
			} else {
				check.Equal(t, r.hops, []string{r.owner(name)})
			}
			check.Equal(t, r.doAt(node, "GET", "/b/"+name, "").Body.String(), "content")
		}
	}
}

func TestARequestIsNotPassedOnForever(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	w := r.do("GET", "/b/o", "", "Ais-S3-Hops", "2")
	check.Equal(t, w.Code, 503)
	check.Contains(t, w.Body.String(), "<Code>SlowDown</Code>")
	check.Equal(t, w.Header().Get("Retry-After"), "1")
}

func TestWhatIsNotThereIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/b/o", "content")
	long := strings.Repeat("k", 1025)
	for _, row := range []struct {
		status       int
		code         string
		method, path string
		headers      []string
	}{
		{404, "NoSuchBucket", "GET", "/none", nil},
		{404, "NoSuchBucket", "GET", "/none/o", nil},
		{404, "NoSuchBucket", "DELETE", "/none", nil},
		{404, "NoSuchKey", "GET", "/b/none", nil},
		{404, "NoSuchVersion", "GET", "/b/o?versionId=" + strings.Repeat("0", 39), nil},
		{400, "InvalidArgument", "GET", "/b/o?versionId=", nil},
		{404, "NoSuchUpload", "GET", "/b/o?uploadId=1", nil},
		{404, "NoSuchUpload", "DELETE", "/b/o?uploadId=0123456789abcdef0123456789abcdef", nil},
		{404, "NoSuchTagSet", "GET", "/b?tagging", nil},
		{404, "NoSuchBucketPolicy", "GET", "/b?policy", nil},
		{404, "NoSuchLifecycleConfiguration", "GET", "/b?lifecycle", nil},
		{400, "InvalidRequest", "GET", "/b/o?retention", nil},
		{400, "InvalidBucketName", "PUT", "/a..b", nil},
		{400, "KeyTooLongError", "PUT", "/b/" + long, nil},
		{400, "InvalidArgument", "PUT", "/b/a/../b", nil},
		{400, "InvalidArgument", "GET", "/b?list-type=2&max-keys=x", nil},
		{400, "InvalidArgument", "GET", "/b?list-type=3", nil},
		{400, "InvalidArgument", "GET", "/b?list-type=2&continuation-token=x", nil},
		{400, "InvalidArgument", "GET", "/b?encoding-type=html", nil},
		{405, "MethodNotAllowed", "PATCH", "/b/o", nil},
		{405, "MethodNotAllowed", "DELETE", "/", nil},
		{405, "MethodNotAllowed", "POST", "/b/o", nil},
		{501, "NotImplemented", "PUT", "/b?accelerate", nil},
		{501, "NotImplemented", "PUT", "/b?website", nil},
		{400, "MalformedXML", "PUT", "/b?cors", nil},
		{501, "NotImplemented", "POST", "/b/o?select&select-type=2", nil},
		{501, "NotImplemented", "PUT", "/b/o", []string{"X-Amz-Server-Side-Encryption", "AES256"}},
		{400, "InvalidRequest", "PUT", "/b/o", []string{"X-Amz-Object-Lock-Mode", "GOVERNANCE"}},
		{501, "NotImplemented", "PUT", "/b/o", []string{"X-Amz-Acl", "public-read-write"}},
		{501, "NotImplemented", "PUT", "/b/o", []string{"If-None-Match", `"x"`}},
		{400, "InvalidStorageClass", "PUT", "/b/o", []string{"X-Amz-Storage-Class", "SHELF"}},
		{400, "MetadataTooLarge", "PUT", "/b/o", []string{"X-Amz-Meta-A", long + long}},
		{400, "InvalidArgument", "PUT", "/b/o", []string{"X-Amz-Tagging", "a=1&a=2"}},
		{400, "BadRequest", "PUT", "/b/o", []string{"X-Amz-Tagging", "a=&b=&c=&d=&e=&f=&g=&h=&i=&j=&k="}},
		{400, "InvalidDigest", "PUT", "/b/o", []string{"Content-Md5", "AAAA"}},
		{400, "BadDigest", "PUT", "/b/o", []string{"Content-Md5", "AAAAAAAAAAAAAAAAAAAAAA=="}},
		{400, "InvalidRequest", "PUT", "/b/o", []string{"X-Amz-Checksum-Crc32", "AAAA"}},
		{400, "BadDigest", "PUT", "/b/o", []string{"X-Amz-Checksum-Crc32", "AAAAAQ=="}},
		{400, "InvalidRequest", "PUT", "/b/o", []string{"X-Amz-Checksum-Crc32", "AAAAAA==", "X-Amz-Checksum-Crc32c", "AAAAAA=="}},
		{400, "InvalidRequest", "PUT", "/b/o", []string{"X-Amz-Sdk-Checksum-Algorithm", "MD4"}},
		{400, "InvalidArgument", "PUT", "/b/o", []string{"X-Amz-Copy-Source", "nothing"}},
		{404, "NoSuchKey", "PUT", "/b/o", []string{"X-Amz-Copy-Source", "b/none"}},
		{404, "NoSuchBucket", "PUT", "/b/o", []string{"X-Amz-Copy-Source", "none/o"}},
		{404, "NoSuchKey", "PUT", "/b/none", []string{"If-Match", `"x"`}},
		{412, "PreconditionFailed", "PUT", "/b/o", []string{"If-Match", `"x"`}},
		{412, "PreconditionFailed", "PUT", "/b/o", []string{"If-Match", `""`}},
		{412, "PreconditionFailed", "PUT", "/b/o", []string{"If-Match", ""}},
		{412, "PreconditionFailed", "DELETE", "/b/o", []string{"If-Match", `W/""`}},
		{501, "NotImplemented", "PUT", "/b/o", []string{"If-None-Match", `""`}},
		{501, "NotImplemented", "PUT", "/b/o", []string{"If-None-Match", `"x"`}},
		{501, "NotImplemented", "DELETE", "/b/o", []string{"X-Amz-If-Match-Size", "1"}},
		{501, "NotImplemented", "DELETE", "/b/o", []string{"X-Amz-If-Match-Last-Modified-Time", "Mon, 02 Jan 2006 15:04:05 GMT"}},
		{412, "PreconditionFailed", "PUT", "/b/o", []string{"If-None-Match", "*"}},
		{416, "InvalidRange", "GET", "/b/o", []string{"Range", "bytes=7-"}},
		{416, "InvalidPartNumber", "GET", "/b/o?partNumber=2", nil},
		{400, "InvalidRequest", "GET", "/b/o?partNumber=1", []string{"Range", "bytes=0-1"}},
		{400, "MalformedXML", "POST", "/b?delete", nil},
		{400, "InvalidArgument", "GET", "/b/o?attributes", nil},
	} {
		r.refused(row.status, row.code, row.method, row.path, "", row.headers...)
	}
	check.Equal(t, r.want(200, "GET", "/b/o", "").Body.String(), "content")
	// The body of a refusal to HEAD is in the status alone.
	check.Equal(t, r.want(404, "HEAD", "/b/none", "").Body.String(), "")
}

func TestContentIsCheckedBeforeItIsStored(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	content := strings.Repeat("content ", 100)
	for _, kind := range []checksum.Kind{checksum.CRC32, checksum.CRC32C, checksum.CRC64NVME, checksum.SHA1, checksum.SHA256} {
		header := "x-amz-checksum-" + string(kind)
		w := r.want(200, "PUT", "/b/"+string(kind), content, header, sumOf(kind, content))
		check.Equal(t, w.Header().Get(header), sumOf(kind, content))
		check.Equal(t, w.Header().Get("Etag"), tagOf(content))
		r.refused(400, "BadDigest", "PUT", "/b/bad", content, header, sumOf(kind, "other"))

		chunks := "320\r\n" + content + "\r\n0\r\n" + header + ":%s\r\n\r\n"
		chunked := []string{
			"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Decoded-Content-Length", "800",
			"X-Amz-Trailer", header, "Content-Encoding", "gzip,aws-chunked",
		}
		w = r.want(200, "PUT", "/b/trailing", fmt.Sprintf(chunks, sumOf(kind, content)), chunked...)
		check.Equal(t, w.Header().Get(header), sumOf(kind, content))
		r.refused(400, "BadDigest", "PUT", "/b/bad", fmt.Sprintf(chunks, sumOf(kind, "other")), chunked...)
		r.refused(400, "MalformedTrailerError", "PUT", "/b/bad", "320\r\n"+content+"\r\n0\r\n\r\n", chunked...)
		got := r.want(200, "GET", "/b/trailing", "", "X-Amz-Checksum-Mode", "enabled")
		check.Equal(t, got.Body.String(), content)
		check.Equal(t, got.Header().Get(header), sumOf(kind, content))
		check.Equal(t, got.Header().Get("Content-Encoding"), "gzip")
		check.Equal(t, r.want(200, "GET", "/b/trailing", "").Header().Get(header), "")
	}
	r.refused(404, "NoSuchKey", "GET", "/b/bad", "")
}

func TestAnUnknownKeyMaySendSignedChunksWhereNobodyIsAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/b/o", "7;chunk-signature="+strings.Repeat("0", 64)+"\r\ncontent\r\n0;chunk-signature="+strings.Repeat("0", 64)+"\r\n\r\n",
		"X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "X-Amz-Decoded-Content-Length", "7")
	check.Equal(t, r.want(200, "GET", "/b/o", "").Body.String(), "content")
}

func TestOneOfManyConditionalPutsWins(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	for round := range 5 {
		var won atomic.Int32
		var all sync.WaitGroup
		for i := range 64 {
			all.Go(func() {
				w := r.do("PUT", fmt.Sprintf("/b/lock%d", round), fmt.Sprint(i), "If-None-Match", "*")
				switch w.Code {
				case 200:
					won.Add(1)
				case 412:
				default:
					t.Errorf("got %d %s", w.Code, w.Body)
				}
			})
		}
		all.Wait()
		check.Equal(t, won.Load(), int32(1))
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	r.want(200, "PUT", "/b/o", "0123456789")
	r.want(200, "PUT", "/b/empty", "")
	for header, want := range map[string]string{
		"bytes=0-0": "206 0", "bytes=3-5": "206 345", "bytes=8-": "206 89", "bytes=-3": "206 789", "bytes=5-99999999999999999999": "206 56789",
		"bytes=5-3": "200 0123456789", "bytes=a-b": "200 0123456789", "bytes=0-1,3-4": "200 0123456789", "words=0-1": "200 0123456789", "bytes=-": "200 0123456789",
	} {
		w := r.do("GET", "/b/o", "", "Range", header)
		check.Equal(t, fmt.Sprint(header, " ", w.Code, " ", w.Body), header+" "+want)
	}
	r.refused(416, "InvalidRange", "GET", "/b/empty", "", "Range", "bytes=0-0")
	r.refused(416, "InvalidRange", "GET", "/b/o", "", "Range", "bytes=-0")
	outside := r.do("GET", "/b/empty", "", "Range", "bytes=0-8388607").Body.String()
	check.Contains(t, outside, "<RangeRequested>bytes=0-8388607</RangeRequested><ActualObjectSize>0</ActualObjectSize>")
	tag := tagOf("0123456789")
	check.Equal(t, r.do("GET", "/b/o", "", "Range", "bytes=0-1", "If-Range", tag).Code, 206)
	check.Equal(t, r.do("GET", "/b/o", "", "Range", "bytes=0-1", "If-Range", `"other"`).Code, 200)
	w := r.want(304, "GET", "/b/o", "", "If-None-Match", tag)
	check.Equal(t, w.Header().Get("Etag"), tag)
}

func TestMetadataComesBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	for _, size := range []int{10, 100_000} {
		content := strings.Repeat("x", size)
		r.want(200, "PUT", "/b/o", content, "Content-Type", "a/b", "X-Amz-Meta-Name", "käse", "X-Amz-Tagging", "a=1&b%20c=2", "Expires", "never")
		w := r.want(200, "GET", "/b/o?response-content-type=x%2Fy&response-expires=a%0Db", "")
		check.Equal(t, w.Header().Get("Content-Type"), "x/y")
		check.Equal(t, w.Header().Get("Expires"), "never")
		check.Equal(t, meta(w, "name"), []string{"käse"})
		check.Equal(t, w.Header().Get("X-Amz-Tagging-Count"), "2")
		check.Equal(t, w.Body.Len(), size)
	}
	r.want(200, "PUT", "/b/plain", "x")
	check.Equal(t, r.want(200, "HEAD", "/b/plain", "").Header().Get("Content-Type"), "binary/octet-stream")
	tags := "<Tagging><TagSet><Tag><Key>k</Key><Value>&lt;v&gt;</Value></Tag></TagSet></Tagging>"
	r.want(200, "PUT", "/b/o?tagging", tags)
	check.Contains(t, r.want(200, "GET", "/b/o?tagging", "").Body.String(), "<Key>k</Key><Value>&lt;v&gt;</Value>")
	r.want(204, "DELETE", "/b/o?tagging", "")
	check.Contains(t, r.want(200, "GET", "/b/o?tagging", "").Body.String(), "<TagSet></TagSet>")
	r.refused(400, "MalformedXML", "PUT", "/b/o?tagging", "<Tagging>")
	check.Equal(t, r.want(200, "HEAD", "/b/o", "").Header().Get("Etag"), tagOf(strings.Repeat("x", 100_000)))
}

func TestWhoMayNotReadMayNotCopy(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/secret", "")
	r.want(200, "PUT", "/secret/o", "content")
	r.want(200, "PUT", "/b/copy", "", "X-Amz-Copy-Source", "/secret/o")
	r.mu.Lock()
	r.denied["secret"] = access.GetObject
	r.mu.Unlock()
	r.refused(403, "AccessDenied", "GET", "/secret/o", "")
	r.refused(403, "AccessDenied", "PUT", "/b/copy2", "", "X-Amz-Copy-Source", "/secret/o")
	id := between(r.want(200, "POST", "/b/up?uploads", "").Body.String(), "<UploadId>", "</UploadId>")
	r.refused(403, "AccessDenied", "PUT", "/b/up?partNumber=1&uploadId="+id, "", "X-Amz-Copy-Source", "/secret/o")
	check.Equal(t, r.want(200, "GET", "/b/copy", "").Body.String(), "content")
}

func TestCopies(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	content := strings.Repeat("copied ", 20_000)
	r.want(200, "PUT", "/b/dir/from%20+%C3%A9", content, "Content-Type", "a/b", "X-Amz-Meta-A", "1", "X-Amz-Tagging", "t=1",
		"X-Amz-Checksum-Sha1", sumOf(checksum.SHA1, content))
	for i := range 8 {
		to := fmt.Sprintf("/b/to%d", i)
		w := r.want(200, "PUT", to, "", "X-Amz-Copy-Source", "b/dir%2Ffrom%20%2B%C3%A9")
		check.Contains(t, w.Body.String(), "<ChecksumSHA1>"+sumOf(checksum.SHA1, content)+"</ChecksumSHA1>")
		got := r.want(200, "GET", to, "")
		check.Equal(t, got.Body.String() == content, true)
		check.Equal(t, got.Header().Get("Content-Type")+meta(got, "a")[0], "a/b1")
	}
	r.want(200, "PUT", "/b/to0", "", "X-Amz-Copy-Source", "/b/to1", "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-B", "2")
	got := r.want(200, "HEAD", "/b/to0", "")
	check.Equal(t, fmt.Sprint(meta(got, "a"), meta(got, "b"), got.Header().Get("Content-Type")), "[] [2]binary/octet-stream")
	r.refused(400, "InvalidRequest", "PUT", "/b/to1", "", "X-Amz-Copy-Source", "/b/to1")
	r.want(200, "PUT", "/b/to1", "", "X-Amz-Copy-Source", "/b/to1", "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-C", "3")
	check.Equal(t, meta(r.want(200, "HEAD", "/b/to1", ""), "c"), []string{"3"})
	r.refused(412, "PreconditionFailed", "PUT", "/b/to2", "", "X-Amz-Copy-Source", "/b/to1", "X-Amz-Copy-Source-If-Match", `"x"`)
	r.refused(412, "PreconditionFailed", "PUT", "/b/to2", "", "X-Amz-Copy-Source", "/b/to1", "If-None-Match", "*")
}

func TestDeleteObjects(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	var body strings.Builder
	body.WriteString("<Delete>")
	for i := range 30 {
		r.want(200, "PUT", fmt.Sprintf("/b/o%d", i), "x")
		fmt.Fprintf(&body, "<Object><Key>o%d</Key></Object>", i)
	}
	body.WriteString("<Object><Key>none</Key></Object><Object><Key>../x</Key></Object><Object><Key>o</Key><VersionId>3</VersionId></Object></Delete>")
	got := r.want(200, "POST", "/b?delete", body.String()).Body.String()
	check.Equal(t, strings.Count(got, "<Deleted>"), 31)
	check.Contains(t, got, "<Error><Key>../x</Key><Code>InvalidArgument</Code>")
	check.Contains(t, got, "<Error><Key>o</Key><VersionId>3</VersionId><Code>InvalidArgument</Code>")
	check.Contains(t, r.want(200, "GET", "/b?list-type=2", "").Body.String(), "<KeyCount>0</KeyCount>")
	r.want(200, "PUT", "/b/kept", "x")
	for condition, code := range map[string]string{
		"<ETag></ETag>": "PreconditionFailed", `<ETag>""</ETag>`: "PreconditionFailed", "<ETag>x</ETag>": "PreconditionFailed",
		"<Size>2</Size>": "NotImplemented", "<LastModifiedTime>2006-01-02T15:04:05Z</LastModifiedTime>": "NotImplemented",
	} {
		got := r.want(200, "POST", "/b?delete", "<Delete><Object><Key>kept</Key>"+condition+"</Object></Delete>").Body.String()
		check.Contains(t, got, "<Error><Key>kept</Key><Code>"+code+"</Code>")
	}
	r.want(200, "GET", "/b/kept", "")
	quiet := "<Delete><Quiet>true</Quiet><Object><Key>x</Key></Object></Delete>"
	check.Equal(t, strings.Contains(r.want(200, "POST", "/b?delete", quiet).Body.String(), "<Deleted>"), false)
	r.refused(400, "BadDigest", "POST", "/b?delete", quiet, "Content-Md5", "AAAAAAAAAAAAAAAAAAAAAA==")
	many := "<Delete>" + strings.Repeat("<Object><Key>x</Key></Object>", 1001) + "</Delete>"
	r.refused(400, "MalformedXML", "POST", "/b?delete", many)
}

func TestUploads(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	parts := []string{strings.Repeat("a", 20), strings.Repeat("b", 10), "c"}
	whole := strings.Join(parts, "")
	for name, row := range map[string]struct{ algorithm, kind, want string }{
		"none":      {},
		"full":      {"CRC64NVME", "", sumOf(checksum.CRC64NVME, whole)},
		"joined":    {"CRC32", "FULL_OBJECT", sumOf(checksum.CRC32, whole)},
		"composite": {"SHA256", "", compositeOf(checksum.SHA256, parts)},
	} {
		t.Run(name, func(t *testing.T) {
			path := "/b/up/" + name
			w := r.want(200, "POST", path+"?uploads", "", "Content-Type", "a/b", "X-Amz-Checksum-Algorithm", row.algorithm, "X-Amz-Checksum-Type", row.kind)
			id := between(w.Body.String(), "<UploadId>", "</UploadId>")
			var listed strings.Builder
			for i, part := range parts {
				w := r.want(200, "PUT", fmt.Sprintf("%s?partNumber=%d&uploadId=%s", path, i+1, id), part)
				check.Equal(t, w.Header().Get("Etag"), tagOf(part))
				fmt.Fprintf(&listed, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, tagOf(part))
			}
			check.Contains(t, r.want(200, "GET", "/b?uploads&prefix=up/"+name, "").Body.String(), "<UploadId>"+id+"</UploadId>")
			check.Equal(t, strings.Count(r.want(200, "GET", path+"?uploadId="+id+"&max-parts=2", "").Body.String(), "<Part>"), 2)
			body := "<CompleteMultipartUpload>" + listed.String() + "</CompleteMultipartUpload>"
			r.refused(400, "InvalidRequest", "POST", path+"?uploadId="+id, body, "X-Amz-Mp-Object-Size", "1")
			if name == "joined" {
				r.refused(400, "BadDigest", "POST", path+"?uploadId="+id, body, "X-Amz-Checksum-Crc32", "AAAAAA==")
			}
			for range 2 {
				got := r.want(200, "POST", path+"?uploadId="+id, body, "X-Amz-Mp-Object-Size", fmt.Sprint(len(whole)), "If-None-Match", "*").Body.String()
				check.Contains(t, got, "<ETag>&#34;"+strings.Trim(compositeTag(parts), `"`)+"&#34;</ETag>")
			}
			got := r.want(200, "GET", path, "", "X-Amz-Checksum-Mode", "ENABLED")
			check.Equal(t, got.Body.String(), whole)
			check.Equal(t, got.Header().Get("Content-Type"), "a/b")
			if row.algorithm != "" {
				check.Equal(t, got.Header().Get("X-Amz-Checksum-"+row.algorithm), row.want)
			}
			got = r.want(206, "GET", path+"?partNumber=2", "")
			check.Equal(t, got.Body.String()+got.Header().Get("X-Amz-Mp-Parts-Count"), parts[1]+"3")
			check.Contains(t, r.want(200, "GET", path+"?attributes", "", "X-Amz-Object-Attributes", "ObjectParts").Body.String(), "<PartsCount>3</PartsCount>")
		})
	}
	r.refused(400, "InvalidRequest", "POST", "/b/x?uploads", "", "X-Amz-Checksum-Algorithm", "SHA1", "X-Amz-Checksum-Type", "FULL_OBJECT")
	r.refused(400, "InvalidRequest", "POST", "/b/x?uploads", "", "X-Amz-Checksum-Algorithm", "CRC64NVME", "X-Amz-Checksum-Type", "COMPOSITE")
}

func compositeOf(kind checksum.Kind, parts []string) string {
	var all []byte
	for _, part := range parts {
		all = checksum.Of(kind, []byte(part)).Append(all)
	}
	return sumOf(kind, string(all)) + fmt.Sprintf("-%d", len(parts))
}

func compositeTag(parts []string) string {
	var all []byte
	for _, part := range parts {
		sum := md5.Sum([]byte(part))
		all = append(all, sum[:]...)
	}
	return strings.TrimSuffix(tagOf(string(all)), `"`) + fmt.Sprintf(`-%d"`, len(parts))
}

func TestCompletionsAreOrderedAndLargeEnough(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	id := between(r.want(200, "POST", "/b/o?uploads", "").Body.String(), "<UploadId>", "</UploadId>")
	for i := range 3 {
		r.want(200, "PUT", fmt.Sprintf("/b/o?partNumber=%d&uploadId=%s", i+1, id), "small")
	}
	complete := func(numbers ...int) string {
		var body strings.Builder
		for _, n := range numbers {
			fmt.Fprintf(&body, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", n, tagOf("small"))
		}
		return "<CompleteMultipartUpload>" + body.String() + "</CompleteMultipartUpload>"
	}
	for code, body := range map[string]string{
		"EntityTooSmall": complete(1, 2), "InvalidPartOrder": complete(2, 1), "InvalidPart": complete(4), "MalformedXML": complete(),
	} {
		r.refused(400, code, "POST", "/b/o?uploadId="+id, body)
	}
	r.refused(400, "InvalidPart", "POST", "/b/o?uploadId="+id, strings.ReplaceAll(complete(1), tagOf("small"), tagOf("other")))
	r.refused(400, "InvalidArgument", "PUT", "/b/o?partNumber=0&uploadId="+id, "x")
	r.want(200, "POST", "/b/o?uploadId="+id, complete(2))
	check.Equal(t, r.want(200, "GET", "/b/o", "").Body.String(), "small")
}

func TestUnsignedRequestsNeedPermission(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	cfg := *r.config.Get()
	cfg.Auth.S3.Anonymous = false
	r.config.Set(&cfg)
	r.refused(403, "AccessDenied", "GET", "/", "")
	r.refused(403, "AccessDenied", "PUT", "/b/o", "x")
	now := time.Now().UTC()
	r.refused(403, "InvalidAccessKeyId", "GET", "/b/o", "", "Authorization",
		"AWS4-HMAC-SHA256 Credential=NONE/"+now.Format("20060102")+"/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="+strings.Repeat("0", 64),
		"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD", "X-Amz-Date", now.Format("20060102T150405Z"))
	check.Equal(t, r.do(http.MethodGet, "/b/o", "").Header().Get("Www-Authenticate"), "")
}
