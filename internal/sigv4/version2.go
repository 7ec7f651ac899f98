package sigv4

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
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

// toSign2 is what Version 2 signs. Clients move headers that count into the query,
// under names in lower case, and sign them as headers; so nobody can add one.
func toSign2(r *http.Request, query url.Values, resource string) string {
	var text strings.Builder
	moved := movedHeaders(query)
	header := func(name string) string {
		if value, found := headerValue(r, name); found {
			return value
		}
		return moved[name]
	}
	for _, line := range []string{r.Method, header("content-md5"), header("content-type"), query.Get("Expires")} {
		text.WriteString(line + "\n")
	}
	names := slices.Collect(maps.Keys(moved))
	for name := range r.Header {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if strings.HasPrefix(name, "x-amz-") {
			text.WriteString(name + ":" + header(name) + "\n")
		}
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

// movedHeaders are the parameters of a query that stand for headers, by names in
// lower case.
func movedHeaders(query url.Values) map[string]string {
	moved := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "x-amz-") && lower != "content-md5" && lower != "content-type" {
			continue
		}
		value := strings.Join(query[name], ",")
		if before, found := moved[lower]; found {
			value = before + "," + value
		}
		moved[lower] = value
	}
	return moved
}

// signed2 returns the parameters that Version 2 signs, in their order: all that
// make another operation of a request, or another answer.
func signed2() []string {
	return []string{
		"accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory",
		"legal-hold", "lifecycle", "location", "logging", "metrics", "notification", "object-lock", "ownershipControls",
		"partNumber", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment",
		"response-cache-control", "response-content-disposition", "response-content-encoding", "response-content-language",
		"response-content-type", "response-expires", "restore", "retention", "select", "select-type", "tagging", "torrent",
		"uploadId", "uploads", "versionId", "versioning", "versions", "website",
	}
}

// clip keeps what a client sent out of the answer beyond a length to read.
func clip(s string) string { return s[:min(len(s), 64)] }
