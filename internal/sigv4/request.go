package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// request is what a request says of its signature, Version 4.
type request struct {
	accessKey string
	scope     scope
	headers   []string // signed, lower case, sorted
	signature string   // 64 hex digits
	time      time.Time
	expires   time.Duration // of a presigned URL; 0 is a header
	payload   string        // the hash of the content, or a word for how it is signed
}

const headerPayload = "X-Amz-Content-Sha256"

// parseHeader reads the Authorization header.
func parseHeader(r *http.Request, authorization string) (*request, error) {
	bad := func(why string) error {
		return refuse(CodeMalformedHeader, "The authorization header is malformed; "+why+".")
	}
	fields, found := strings.CutPrefix(authorization, algorithm)
	if !found || fields == "" || fields[0] != ' ' && fields[0] != '\t' {
		return nil, refuse(CodeInvalidRequest, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
	}
	q := &request{}
	var credential, signed string
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.Trim(field, " \t"), "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			signed = value
		case "Signature":
			q.signature = value
		}
	}
	var problem string
	if q.accessKey, q.scope, problem = parseCredential(credential); problem != "" {
		return nil, bad(problem)
	}
	if problem = q.setHeaders(signed); problem != "" {
		return nil, bad(problem)
	}
	if !isHex(q.signature) {
		return nil, bad("the Signature must be 64 hexadecimal digits")
	}
	if err := q.setTime(r); err != nil {
		return nil, err
	}
	q.payload = r.Header.Get(headerPayload)
	if q.payload == "" {
		return nil, refuse(CodeInvalidRequest, "Missing required header for this request: x-amz-content-sha256")
	}
	return q, nil
}

// setHeaders takes the list of signed headers, which must name the host.
func (q *request) setHeaders(list string) (problem string) {
	const maxHeaders = 128
	q.headers = strings.Split(strings.ToLower(list), ";")
	switch {
	case len(q.headers) > maxHeaders:
		return "too many SignedHeaders"
	case slices.Contains(q.headers, ""):
		return "SignedHeaders must be names separated by semicolons"
	case !slices.Contains(q.headers, "host"):
		return "SignedHeaders must name host"
	}
	slices.Sort(q.headers)
	return ""
}

// setTime takes the time of a request that is signed in its headers.
func (q *request) setTime(r *http.Request) error {
	missing := refuse(CodeAccessDenied, "AWS authentication requires a valid Date or x-amz-date header")
	text := r.Header.Get("X-Amz-Date")
	if text == "" {
		t, err := http.ParseTime(r.Header.Get("Date"))
		if err != nil {
			return missing
		}
		q.time = t
	} else {
		t, err := time.Parse(timeFormat, text)
		if err != nil {
			return missing
		}
		q.time = t
	}
	if q.time.UTC().Format(dateFormat) != q.scope.date {
		return refuse(CodeMalformedHeader, "The authorization header is malformed; the date in the Credential is not that of the request.")
	}
	return nil
}

// parseQuery reads the parameters of a presigned URL.
func parseQuery(r *http.Request, query url.Values) (*request, error) {
	bad := func(why string) error { return refuse(CodeMalformedQuery, why) }
	if query.Get("X-Amz-Algorithm") != algorithm {
		return nil, bad(`X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"`)
	}
	q := &request{signature: query.Get("X-Amz-Signature")}
	var problem string
	if q.accessKey, q.scope, problem = parseCredential(query.Get("X-Amz-Credential")); problem != "" {
		return nil, bad("Error parsing the X-Amz-Credential parameter; " + problem)
	}
	if problem = q.setHeaders(query.Get("X-Amz-SignedHeaders")); problem != "" {
		return nil, bad("X-Amz-SignedHeaders: " + problem)
	}
	if !isHex(q.signature) {
		return nil, bad("X-Amz-Signature must be 64 hexadecimal digits")
	}
	t, err := time.Parse(timeFormat, query.Get("X-Amz-Date"))
	if err != nil {
		return nil, bad("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
	}
	q.time = t
	if t.Format(dateFormat) != q.scope.date {
		return nil, bad("Invalid credential date. This date is not the same as X-Amz-Date.")
	}
	if q.expires, problem = parseExpires(query.Get("X-Amz-Expires")); problem != "" {
		return nil, bad(problem)
	}
	q.payload = unsigned
	if value := r.Header.Get(headerPayload); value != "" && slices.Contains(q.headers, "x-amz-content-sha256") {
		q.payload = value
	} else if value := query.Get(headerPayload); value != "" {
		q.payload = value
	}
	return q, nil
}

func parseExpires(text string) (time.Duration, string) {
	const most = 7 * 24 * 60 * 60 // seconds
	seconds, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, "X-Amz-Expires should be a number"
	case seconds < 1:
		return 0, "X-Amz-Expires must be at least 1"
	case seconds > most:
		return 0, "X-Amz-Expires must be less than a week (in seconds) 604800"
	}
	return time.Duration(seconds) * time.Second, ""
}

// unsignedHeader returns a header that should have been signed, if there is one:
// what changes the meaning of a request must not be added on the way.
func (q *request) unsignedHeader(r *http.Request) (string, bool) {
	for name := range r.Header {
		if len(name) < 6 || name[:6] != "X-Amz-" {
			continue
		}
		lower := strings.ToLower(name)
		if q.expires > 0 && lower == "x-amz-content-sha256" {
			continue
		}
		if _, found := slices.BinarySearch(q.headers, lower); !found {
			return lower, true
		}
	}
	return "", false
}

func isHex(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
