package sigv4

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func isPresigned2(query string) bool {
	return strings.Contains(query, "AWSAccessKeyId=") && strings.Contains(query, "Signature=") && !isPresigned(query)
}

// verify2 checks a URL presigned with Version 2.
func (v *Verifier) verify2(r *http.Request, resource string, now time.Time) (*Signed, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(CodeMalformedQuery, "The query cannot be read; escape it.")
	}
	expires, err := strconv.ParseInt(query.Get("Expires"), 10, 64)
	if err != nil {
		return nil, refuse(CodeAccessDenied, "Invalid date (should be seconds since epoch): "+clip(query.Get("Expires")))
	}
	if now.Unix() > expires {
		return nil, refuse(CodeAccessDenied, "Request has expired")
	}
	accessKey := query.Get("AWSAccessKeyId")
	secret, found := v.secrets(accessKey)
	if !found || accessKey == "" {
		return nil, unknownKey()
	}
	if resource == "" {
		resource = string(appendEscaped(nil, r.URL.Path, "/"))
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(toSign2(r, query, resource)))
	if !equal(query.Get("Signature"), base64.StdEncoding.EncodeToString(mac.Sum(nil))) {
		return nil, mismatch()
	}
	return &Signed{AccessKey: accessKey, Presigned: true, payload: unsigned}, nil
}

func toSign2(r *http.Request, query url.Values, resource string) string {
	var text strings.Builder
	for _, line := range []string{r.Method, r.Header.Get("Content-Md5"), r.Header.Get("Content-Type"), query.Get("Expires")} {
		text.WriteString(line + "\n")
	}
	var names []string
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") {
			names = append(names, lower)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		value, _ := headerValue(r, name)
		text.WriteString(name + ":" + value + "\n")
	}
	text.WriteString(resource)
	separator := "?"
	for _, name := range signed2() {
		values, found := query[name]
		if !found {
			continue
		}
		text.WriteString(separator + name)
		separator = "&"
		if values[0] != "" {
			text.WriteString("=" + values[0])
		}
	}
	return text.String()
}

// signed2 returns the parameters that Version 2 signs, in their order.
func signed2() []string {
	return []string{
		"acl", "cors", "delete", "lifecycle", "location", "logging", "notification", "partNumber", "policy", "requestPayment",
		"response-cache-control", "response-content-disposition", "response-content-encoding", "response-content-language",
		"response-content-type", "response-expires", "restore", "tagging", "torrent", "uploadId", "uploads", "versionId",
		"versioning", "versions", "website",
	}
}

// clip keeps what a client sent out of the answer beyond a length to read.
func clip(s string) string { return s[:min(len(s), 64)] }
