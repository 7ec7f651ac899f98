package s3

import (
	"net/http"
	"net/url"
	"strings"

	"aistore/ais/rest"
	"aistore/cluster"
	"aistore/internal/sigv4"
	"aistore/store"
)

// call is one request on its way through an operation.
type call struct {
	*Dialect
	w      http.ResponseWriter
	r      *http.Request
	q      *rest.ObjectRequest
	bucket *cluster.Bucket // nil where an operation needs none
	signed *sigv4.Signed

	parameters url.Values // of a presigned URL, by names in lower case; nil before they are asked for
}

// name is the object that the request is for.
func (c *call) name() store.Name { return store.Name{Bucket: c.bucket, Object: c.q.Object} }

// header returns what the request says under a name: in a header, or, as clients
// move headers into it, in the query of a presigned URL.
func (c *call) header(name string) string {
	if lines := c.r.Header[http.CanonicalHeaderKey(name)]; len(lines) > 0 {
		return lines[0]
	}
	if !c.signed.Presigned {
		return ""
	}
	return c.hoisted().Get(strings.ToLower(name))
}

// hoisted are the parameters of a presigned URL that stand for headers.
func (c *call) hoisted() url.Values {
	if c.parameters != nil {
		return c.parameters
	}
	c.parameters = url.Values{}
	sent, _ := url.ParseQuery(c.r.URL.RawQuery) // the signature has been read from it
	for name, values := range sent {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") || name == "content-type" || name == "content-md5" {
			c.parameters[name] = append(c.parameters[name], values...)
		}
	}
	return c.parameters
}

// split returns the bucket and the object that a path of clients names.
func split(path string, q *rest.ObjectRequest) (bucket, object string) {
	if !q.Root {
		path = strings.TrimPrefix(path, Prefix)
	}
	path = strings.TrimPrefix(path, "/")
	if q.HostBucket != "" {
		return q.HostBucket, path
	}
	bucket, object, _ = strings.Cut(path, "/")
	return bucket, object
}
