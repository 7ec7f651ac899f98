package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
)

// newRequest returns a request as a server would see it, with a body unless it
// is "".
func newRequest(method, url, body string) *http.Request {
	if body == "" {
		return httptest.NewRequest(method, url, nil)
	}
	return httptest.NewRequest(method, url, strings.NewReader(body))
}
