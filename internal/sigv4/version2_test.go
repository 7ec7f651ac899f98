package sigv4_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"testing"
	"time"

	"aistore/internal/check"
	"aistore/internal/sigv4"
)

// TestAlteredVersion2 adds to a URL what it was not signed with, in the places where
// the Version 2 of clients has it.
func TestAlteredVersion2(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		signed string // between the method and the resource
		query  string
		header []string
		code   string
	}{
		"as it was signed":    {"\n\n1175139620\n", "", nil, ""},
		"a source":            {"\n\n1175139620\n", "&x-amz-copy-source=/other/secret", nil, sigv4.CodeMismatch},
		"a source in a case":  {"\n\n1175139620\n", "&X-Amz-Copy-Source=/other/secret", nil, sigv4.CodeMismatch},
		"a source, escaped":   {"\n\n1175139620\n", "&x-amz-copy%2Dsource=/other/secret", nil, sigv4.CodeMismatch},
		"a header":            {"\n\n1175139620\n", "", []string{"x-amz-copy-source: /other/secret"}, sigv4.CodeMismatch},
		"a type":              {"\n\n1175139620\n", "&content-type=text/html", nil, sigv4.CodeMismatch},
		"another operation":   {"\n\n1175139620\n", "&retention", nil, sigv4.CodeMismatch},
		"a version":           {"\n\n1175139620\n", "&versionId=x", nil, sigv4.CodeMismatch},
		"moved to the query":  {"\ntext/html\n1175139620\nx-amz-meta-a:1\n", "&x-amz-meta-a=1&content-type=text/html", nil, ""},
		"left in the headers": {"\ntext/html\n1175139620\nx-amz-meta-a:1\n", "", []string{"content-type: text/html", "x-amz-meta-a: 1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mac := hmac.New(sha1.New, []byte(exampleSecret))
			mac.Write([]byte("PUT\n" + row.signed + "/b/k"))
			signature := url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
			target := "/b/k?AWSAccessKeyId=" + exampleKey + "&Expires=1175139620&Signature=" + signature + row.query
			_, err := newVerifier().Verify(parse(t, "PUT", target, row.header, ""), "/b/k", time.Unix(1175139620, 0))
			check.Equal(t, codeOf(err), row.code)
		})
	}
}
