package node_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/iotest"

	"aistore/internal/check"
)

// TestPassCarriesBodies passes requests on whose bodies are shorter and longer than
// what goes out at once, of known and of unknown length, several on one connection.
func TestPassCarriesBodies(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		check.NoError(t, err)
		_, err = w.Write(body) // back again
		check.NoError(t, err)
	})
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		check.NoError(t, p.Pass(w, r, at(base), nil, nil))
	})
	content := make([]byte, 1<<20+4321)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	for _, size := range []int{0, 1, 4 << 10, 256 << 10, 256<<10 + 1, len(content)} {
		for _, known := range []bool{true, false} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, first+"/s3/b/o", iotest.HalfReader(bytes.NewReader(content[:size])))
			check.NoError(t, err)
			r.ContentLength = -1
			if known {
				r.ContentLength = int64(size)
			}
			response, err := http.DefaultClient.Do(r)
			check.NoError(t, err)
			got, err := io.ReadAll(response.Body)
			check.NoError(t, err)
			check.NoError(t, response.Body.Close())
			check.Equal(t, bytes.Equal(got, content[:size]), true)
		}
	}
}
