package sigv4_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/sigv4"
)

// The key and the requests of the examples in the Amazon S3 API reference.
const (
	exampleKey    = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	exampleHost   = "examplebucket.s3.amazonaws.com"
	emptyHash     = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	credential    = "AWS4-HMAC-SHA256 Credential=" + exampleKey + "/20130524/us-east-1/s3/aws4_request,"
)

func exampleTime() time.Time { return time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC) }

func newVerifier() *sigv4.Verifier {
	return sigv4.New(func(key string) (string, bool) { return exampleSecret, key == exampleKey }, 0)
}

// parse reads a request as a server does.
func parse(t testing.TB, method, target string, headers []string, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+exampleHost+target, strings.NewReader(body))
	check.NoError(t, err)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return errs.CodeOf(err)
}

func TestExamplesOfTheReference(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, target string
		headers        []string
		body           string
	}{
		"get with a range": {"GET", "/test.txt", []string{
			"Range: bytes=0-9", "x-amz-date: 20130524T000000Z", "x-amz-content-sha256: " + emptyHash,
			"Authorization: " + credential + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		}, ""},
		"put": {"PUT", "/test$file.text", []string{
			"Date: Fri, 24 May 2013 00:00:00 GMT", "x-amz-date: 20130524T000000Z", "x-amz-storage-class: REDUCED_REDUNDANCY",
			"x-amz-content-sha256: 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			"Authorization: " + credential + " SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		}, "Welcome to Amazon S3."},
		"lifecycle": {"GET", "/?lifecycle", []string{
			"x-amz-date: 20130524T000000Z", "x-amz-content-sha256: " + emptyHash,
			"Authorization: " + credential + "SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		}, ""},
		"list": {"GET", "/?max-keys=2&prefix=J", []string{
			"x-amz-date: 20130524T000000Z", "x-amz-content-sha256: " + emptyHash,
			"Authorization: " + credential + "SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		}, ""},
		"presigned": {"GET", "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + exampleKey + "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
			"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier()
			r := parse(t, test.method, test.target, test.headers, test.body)
			signed, err := v.Verify(r, "", exampleTime())
			check.NoError(t, err)
			check.Equal(t, signed.AccessKey, exampleKey)
			payload, err := signed.Payload(r)
			check.NoError(t, err)
			text, err := io.ReadAll(payload)
			check.NoError(t, err)
			check.Equal(t, string(text), test.body)

			// Whatever was altered on the way is noticed.
			for what, alter := range map[string]func(r *http.Request){
				"method": func(r *http.Request) { r.Method = "DELETE" },
				"path":   func(r *http.Request) { r.URL.Path += "x" },
				"query":  func(r *http.Request) { r.URL.RawQuery += "&versionId=1" },
				"host":   func(r *http.Request) { r.Host = "other" },
			} {
				r := parse(t, test.method, test.target, test.headers, test.body)
				alter(r)
				_, err := v.Verify(r, "", exampleTime())
				if codeOf(err) != sigv4.CodeMismatch {
					t.Errorf("altered %s: %v", what, err)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	header := func(lines ...string) []string {
		return append([]string{"x-amz-date: 20130524T000000Z", "x-amz-content-sha256: " + emptyHash}, lines...)
	}
	const list = "Authorization: " + credential + "SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
	const presigned = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + exampleKey + "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	for name, test := range map[string]struct {
		target  string
		headers []string
		after   time.Duration
		want    string
	}{
		"not signed":              {"/", nil, 0, sigv4.CodeAccessDenied},
		"version 2 in the header": {"/", []string{"Authorization: AWS " + exampleKey + ":xyz"}, 0, sigv4.CodeInvalidRequest},
		"unknown key":             {"/", header("Authorization: AWS4-HMAC-SHA256 Credential=other/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=" + emptyHash), 0, sigv4.CodeUnknownKey},
		"short credential":        {"/", header("Authorization: AWS4-HMAC-SHA256 Credential=other/s3,SignedHeaders=host,Signature=" + emptyHash), 0, sigv4.CodeMalformedHeader},
		"other service":           {"/", header("Authorization: AWS4-HMAC-SHA256 Credential=k/20130524/us-east-1/sts/aws4_request,SignedHeaders=host,Signature=" + emptyHash), 0, sigv4.CodeMalformedHeader},
		"host not signed":         {"/", header("Authorization: " + credential + "SignedHeaders=range,Signature=" + emptyHash), 0, sigv4.CodeMalformedHeader},
		"no signature":            {"/", header("Authorization: " + credential + "SignedHeaders=host"), 0, sigv4.CodeMalformedHeader},
		"no date":                 {"/", []string{list}, 0, sigv4.CodeAccessDenied},
		"no hash":                 {"/?max-keys=2&prefix=J", []string{"x-amz-date: 20130524T000000Z", list}, 0, sigv4.CodeInvalidRequest},
		"header added":            {"/?max-keys=2&prefix=J", header(list, "x-amz-acl: public-read"), 0, sigv4.CodeAccessDenied},
		"late":                    {"/?max-keys=2&prefix=J", header(list), 16 * time.Minute, sigv4.CodeSkewed},
		"early":                   {"/?max-keys=2&prefix=J", header(list), -16 * time.Minute, sigv4.CodeSkewed},
		"in time":                 {"/?max-keys=2&prefix=J", header(list), 14 * time.Minute, ""},
		"two signatures":          {presigned, header(list), 0, sigv4.CodeInvalidArgument},
		"presigned, in time":      {presigned, nil, 24 * time.Hour, ""},
		"presigned, expired":      {presigned, nil, 24*time.Hour + time.Second, sigv4.CodeAccessDenied},
		"presigned, early":        {presigned, nil, -time.Hour, sigv4.CodeAccessDenied},
		"presigned for too long":  {strings.Replace(presigned, "86400", "604801", 1), nil, 0, sigv4.CodeMalformedQuery},
		"presigned, altered":      {strings.Replace(presigned, "86400", "86401", 1), nil, 0, sigv4.CodeMismatch},
		"presigned, header added": {presigned, []string{"x-amz-acl: public-read"}, 0, sigv4.CodeAccessDenied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newVerifier().Verify(parse(t, "GET", test.target, test.headers, ""), "", exampleTime().Add(test.after))
			if codeOf(err) != test.want {
				t.Errorf("error %v, want the code %q", err, test.want)
			}
		})
	}
}

// The reference's example of Version 2 in a query.
func TestPresignedVersion2(t *testing.T) {
	t.Parallel()
	const target = "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620"
	r := parse(t, "GET", target, nil, "")
	_, err := newVerifier().Verify(r, "/johnsmith/photos/puppy.jpg", time.Unix(1175139620, 0))
	check.NoError(t, err)
	_, err = newVerifier().Verify(r, "/johnsmith/photos/puppy.jpg", time.Unix(1175139621, 0))
	check.Equal(t, codeOf(err), sigv4.CodeAccessDenied)
	_, err = newVerifier().Verify(r, "/johnsmith/photos/kitten.jpg", time.Unix(1175139620, 0))
	check.Equal(t, codeOf(err), sigv4.CodeMismatch)
}

func TestContentThatIsNotTheOneSigned(t *testing.T) {
	t.Parallel()
	r := parse(t, "PUT", "/test$file.text", []string{
		"Date: Fri, 24 May 2013 00:00:00 GMT", "x-amz-date: 20130524T000000Z", "x-amz-storage-class: REDUCED_REDUNDANCY",
		"x-amz-content-sha256: 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
		"Authorization: " + credential + "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
	}, "Welcome to Amazon S4.")
	signed, err := newVerifier().Verify(r, "", exampleTime())
	check.NoError(t, err)
	payload, err := signed.Payload(r)
	check.NoError(t, err)
	_, err = io.ReadAll(payload)
	check.Equal(t, codeOf(err), sigv4.CodeContentMismatch)
}

// chunkedExample is the upload in chunks of the reference, with and without a
// trailer.
type chunkedExample struct {
	headers  []string
	seed     string
	signs    []string
	trailers string
}

func (e chunkedExample) body() string {
	var body strings.Builder
	for i, size := range []int{65536, 1024, 0} {
		body.WriteString([]string{"10000", "400", "0"}[i] + ";chunk-signature=" + e.signs[i] + "\r\n" + strings.Repeat("a", size))
		if size > 0 {
			body.WriteString("\r\n")
		}
	}
	return body.String() + e.trailers + "\r\n"
}

func (e chunkedExample) request(t testing.TB, body string) *http.Request {
	r, err := http.NewRequest("PUT", "http://s3.amazonaws.com/examplebucket/chunkObject.txt", io.NopCloser(strings.NewReader(body)))
	check.NoError(t, err)
	for _, line := range append(e.headers, "x-amz-date: 20130524T000000Z", "x-amz-storage-class: REDUCED_REDUNDANCY",
		"Content-Encoding: aws-chunked", "x-amz-decoded-content-length: 66560") {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", credential+e.seed)
	return r
}

func examples() map[string]chunkedExample {
	return map[string]chunkedExample{
		"signed": {
			headers: []string{"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "Content-Length: 66824"},
			seed:    "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
			signs: []string{"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
				"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"},
		},
		"signed, with a trailer": {
			headers: []string{"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "x-amz-trailer: x-amz-checksum-crc32c"},
			seed:    "SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer,Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
			signs: []string{"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
				"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"},
			trailers: "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n",
		},
	}
}

func read(t testing.TB, e chunkedExample, body string) (string, *sigv4.Payload, error) {
	t.Helper()
	r := e.request(t, body)
	signed, err := newVerifier().Verify(r, "", exampleTime())
	check.NoError(t, err)
	payload, err := signed.Payload(r)
	check.NoError(t, err)
	check.Equal(t, payload.Size, int64(66560))
	text, err := io.ReadAll(iotest.HalfReader(payload))
	return string(text), payload, err
}

func TestChunkedExamplesOfTheReference(t *testing.T) {
	t.Parallel()
	for name, e := range examples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, payload, err := read(t, e, e.body())
			check.NoError(t, err)
			check.Equal(t, text == strings.Repeat("a", 66560), true)
			if e.trailers != "" {
				check.Equal(t, payload.Trailer()["x-amz-checksum-crc32c"], "sOO8/Q==")
			}
		})
	}
}

func TestAlteredChunks(t *testing.T) {
	t.Parallel()
	plain, trailing := examples()["signed"], examples()["signed, with a trailer"]
	for name, test := range map[string]struct {
		example chunkedExample
		alter   func(body string) string
		want    string
	}{
		"a byte of the first chunk": {plain, func(s string) string { return strings.Replace(s, "\r\naaaa", "\r\naaab", 1) }, sigv4.CodeMismatch},
		"a signature":               {plain, func(s string) string { return strings.Replace(s, "b6c6ea", "b6c6eb", 1) }, sigv4.CodeMismatch},
		"no signature":              {plain, func(s string) string { return strings.Replace(s, ";chunk-signature=0055", ";other=0055", 1) }, sigv4.CodeInvalidRequest},
		"cut between chunks":        {plain, func(s string) string { return s[:strings.Index(s, "400;")] }, sigv4.CodeIncompleteBody},
		"cut in a chunk":            {plain, func(s string) string { return s[:70000-4000] }, sigv4.CodeIncompleteBody},
		"last chunk left out":       {plain, func(s string) string { return s[:strings.Index(s, "0;chunk-signature=b6")] }, sigv4.CodeIncompleteBody},
		"chunk longer than it says": {plain, func(s string) string { return strings.Replace(s, "400;", "3ff;", 1) }, sigv4.CodeInvalidChunk},
		"size that is no number":    {plain, func(s string) string { return strings.Replace(s, "400;", "4z0;", 1) }, sigv4.CodeInvalidChunk},
		"size that is negative":     {plain, func(s string) string { return strings.Replace(s, "400;", "-400;", 1) }, sigv4.CodeInvalidChunk},
		"size beyond all bounds":    {plain, func(s string) string { return strings.Replace(s, "400;", "ffffffffffffffff;", 1) }, sigv4.CodeInvalidChunk},
		"endless line":              {plain, func(s string) string { return strings.Repeat("1", 1<<20) }, sigv4.CodeInvalidRequest},
		"trailer nobody announced":  {plain, func(s string) string { return strings.TrimSuffix(s, "\r\n") + "a:b\r\n\r\n" }, sigv4.CodeMalformedTrailer},
		"trailer altered":           {trailing, func(s string) string { return strings.Replace(s, "sOO8/Q==", "sOO8/R==", 1) }, sigv4.CodeMismatch},
		"trailer added behind":      {trailing, func(s string) string { return strings.TrimSuffix(s, "\r\n") + "a:b\r\n\r\n" }, sigv4.CodeMalformedTrailer},
		"trailer without signature": {trailing, func(s string) string { return s[:strings.Index(s, "x-amz-trailer-sig")] + "\r\n" }, sigv4.CodeMismatch},
		"trailer cut off":           {trailing, func(s string) string { return s[:strings.Index(s, "x-amz-checksum")] }, sigv4.CodeIncompleteBody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(t, test.example, test.alter(test.example.body()))
			if codeOf(err) != test.want {
				t.Errorf("error %v, want the code %q", err, test.want)
			}
			if errors.Is(err, io.EOF) {
				t.Error("the error looks like the end of the content")
			}
		})
	}
}

func TestUnsignedChunks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"whole":        {"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", ""},
		"no trailer":   {"5\r\nabcde\r\n0\r\n\r\n", ""},
		"too short":    {"3\r\nabc\r\n0\r\n\r\n", sigv4.CodeIncompleteBody},
		"too long":     {"6\r\nabcdef\r\n0\r\n\r\n", sigv4.CodeIncompleteBody},
		"bad trailer":  {"5\r\nabcde\r\n0\r\nnothing\r\n\r\n", sigv4.CodeMalformedTrailer},
		"long trailer": {"5\r\nabcde\r\n0\r\na:" + strings.Repeat("x", 1<<20) + "\r\n\r\n", sigv4.CodeInvalidRequest},
	} {
		r := parse(t, "PUT", "/o", []string{"x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length: 5"}, test.body)
		payload, err := (&sigv4.Signed{}).Payload(r)
		check.NoError(t, err)
		text, err := io.ReadAll(payload)
		if codeOf(err) != test.want {
			t.Errorf("%s: error %v, want the code %q", name, err, test.want)
		}
		if err == nil {
			check.Equal(t, string(text), "abcde")
		}
	}
	r := parse(t, "PUT", "/o", []string{"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x-amz-decoded-content-length: 5"}, "")
	_, err := (&sigv4.Signed{}).Payload(r)
	check.Equal(t, codeOf(err), sigv4.CodeInvalidRequest)
}

func FuzzChunked(f *testing.F) {
	for _, e := range examples() {
		f.Add([]byte(e.body()), true)
	}
	f.Add([]byte("3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"), false)
	f.Fuzz(func(t *testing.T, body []byte, signed bool) {
		if !signed {
			r := parse(t, "PUT", "/o", []string{"x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length: 5"}, "")
			r.Body = io.NopCloser(bytes.NewReader(body))
			payload, err := (&sigv4.Signed{}).Payload(r)
			check.NoError(t, err)
			text, err := io.ReadAll(payload)
			if err == nil && len(text) != 5 || len(text) > 5 {
				t.Fatalf("%d bytes, error %v", len(text), err)
			}
			return
		}
		e := examples()["signed"]
		text, _, err := read(t, e, string(body))
		if err == nil && text != strings.Repeat("a", 66560) {
			t.Fatal("content passed that was not signed")
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add("/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature="+emptyHash, "")
	f.Add("/a%2fb?x=%zz", credential+"SignedHeaders=host;range,Signature="+emptyHash)
	f.Add("/?AWSAccessKeyId="+exampleKey+"&Signature=x&Expires=99999999999", "")
	f.Fuzz(func(t *testing.T, target, authorization string) {
		r, err := http.NewRequest("GET", "http://h"+target, nil)
		if err != nil {
			return
		}
		r.Header.Set("X-Amz-Date", "20130524T000000Z")
		r.Header.Set("X-Amz-Content-Sha256", emptyHash)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		if _, err := newVerifier().Verify(r, "", exampleTime()); err == nil {
			t.Fatal("a request passed whose signature nobody made")
		}
	})
}

// FuzzTrailer alters what comes behind signed content: nothing passes that was not
// signed.
func FuzzTrailer(f *testing.F) {
	trailing := examples()["signed, with a trailer"]
	body := trailing.body()
	at := strings.Index(body, "0;chunk-signature=")
	f.Add([]byte(body[at:]))
	f.Add([]byte(body[at:] + "a:b\r\n\r\n"))
	f.Add([]byte(strings.Replace(body[at:], "\r\nx-amz-trailer", "\nx-amz-trailer", 1)))
	f.Add([]byte(strings.Replace(body[at:], ":", " : ", 1)))
	f.Add([]byte(strings.Replace(body[at:], "sOO8", "sOO9", 1)))
	f.Fuzz(func(t *testing.T, end []byte) {
		text, payload, err := read(t, trailing, body[:at]+string(end))
		if err != nil {
			return
		}
		check.Equal(t, text == strings.Repeat("a", 66560), true)
		for name, value := range payload.Trailer() {
			if !strings.Contains(trailing.trailers, name+":"+value+"\r\n") {
				t.Fatalf("the trailer %s:%s passed, which was not signed", name, value)
			}
		}
	})
}

func FuzzVerifyForm(f *testing.F) {
	f.Add("e30=", "AWS4-HMAC-SHA256", exampleKey+"/20130524/us-east-1/s3/aws4_request", "20130524T000000Z", emptyHash, "")
	f.Add("e30=", "", "", "", "c2lnbmF0dXJl", exampleKey)
	f.Add("", "AWS4-HMAC-SHA256", "a/b/c/d/e/f", "20130524T000000Z", "", "nobody")
	f.Fuzz(func(t *testing.T, policy, algorithm, credential, date, signature, key string) {
		form := sigv4.Form{Policy: policy, Algorithm: algorithm, Credential: credential, Date: date, Signature: signature, AccessKey: key}
		_, err := newVerifier().VerifyForm(form, exampleTime())
		if err == nil {
			t.Fatal("a form passed whose signature nobody made")
		}
		if kind := errs.KindOf(err); kind != errs.Invalid && kind != errs.Forbidden || codeOf(err) == "" {
			t.Fatalf("got %v (%s)", err, kind)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	v := newVerifier()
	r := parse(b, "GET", "/test.txt", []string{
		"Range: bytes=0-9", "x-amz-date: 20130524T000000Z", "x-amz-content-sha256: " + emptyHash,
		"Authorization: " + credential + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
	}, "")
	for b.Loop() {
		if _, err := v.Verify(r, "", exampleTime()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPresignedContentIsNotItsFraming sends chunks by a presigned URL that says
// nothing of them: they are decoded, or refused.
func TestPresignedContentIsNotItsFraming(t *testing.T) {
	t.Parallel()
	const presigned = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + exampleKey + "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	for kind, want := range map[string]string{
		"STREAMING-UNSIGNED-PAYLOAD-TRAILER":   "",
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD":   sigv4.CodeInvalidRequest,
		"STREAMING-AWS4-ECDSA-P256-SHA256-XXX": sigv4.CodeInvalidArgument,
	} {
		r := parse(t, "GET", presigned, []string{"x-amz-content-sha256: " + kind}, "5\r\nabcde\r\n0\r\n\r\n")
		signed, err := newVerifier().Verify(r, "", exampleTime())
		check.NoError(t, err)
		r.Header.Set("X-Amz-Decoded-Content-Length", "5")
		payload, err := signed.Payload(r)
		if err == nil {
			var text []byte
			if text, err = io.ReadAll(payload); err == nil {
				check.Equal(t, string(text), "abcde")
			}
		}
		check.Equal(t, codeOf(err), want)
	}
}
