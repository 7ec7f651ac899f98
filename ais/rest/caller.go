package rest

import (
	"context"
	"net/http"

	"aistore/access"
	"aistore/api/wire"
)

// Caller says on whose behalf a request is made.
type Caller struct {
	Identity access.Identity
	Granted  access.Bits // rights that a signed redirect carries for this one request
}

// key of values in a context.
type key int

const callKey key = iota

// CallerOf returns the caller of a request that a Router serves, and a caller
// without rights of any other. For objects it is in the ObjectRequest.
func CallerOf(r *http.Request) Caller {
	if c, ok := r.Context().Value(callKey).(*call); ok {
		return c.caller
	}
	return Caller{}
}

// BucketOf returns the bucket that the path and query of a request name. It is
// the zero value where the pattern of the route has no {bucket}.
func BucketOf(r *http.Request) wire.Bucket {
	if c, ok := r.Context().Value(callKey).(*call); ok {
		return c.object.Bucket
	}
	return wire.Bucket{}
}

func withCall(r *http.Request, c *call) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callKey, c))
}
