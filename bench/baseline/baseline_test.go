package baseline_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"aistore/bench/baseline"
	"aistore/internal/check"
)

func TestDownload(t *testing.T) {
	dir := t.TempDir()
	content := bytes.Repeat([]byte("training"), 10000)
	check.NoError(t, os.WriteFile(filepath.Join(dir, "o"), content, 0o644))
	for name, handler := range map[string]http.Handler{"sendfile": baseline.Sendfile(dir), "buffered": baseline.Buffered(dir)} {
		for _, row := range []struct {
			method, path string
			status       int
			body         []byte
		}{
			{"GET", "/o", http.StatusOK, content},
			{"HEAD", "/o", http.StatusOK, nil},
			{"GET", "/missing", http.StatusNotFound, nil},
			{"HEAD", "/missing", http.StatusNotFound, nil},
		} {
			t.Run(name+row.method+row.path, func(t *testing.T) {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequest(row.method, row.path, nil))
				check.Equal(t, w.Code, row.status)
				if row.body != nil {
					check.Equal(t, bytes.Equal(w.Body.Bytes(), row.body), true)
				}
				if row.status == http.StatusOK {
					check.Equal(t, w.Header().Get("Content-Length"), "80000")
				}
			})
		}
	}
}

func TestUploadLeavesOneFile(t *testing.T) {
	for _, sync := range []bool{false, true} {
		dir := t.TempDir()
		handler := baseline.Upload(dir, baseline.UploadOptions{Sync: sync})
		for _, body := range []string{"one", "two"} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest("PUT", "/o", bytes.NewReader([]byte(body))))
			check.Equal(t, w.Code, http.StatusOK)
			got, err := os.ReadFile(filepath.Join(dir, "o"))
			check.NoError(t, err)
			check.Equal(t, string(got), body)
		}
		left, err := os.ReadDir(dir)
		check.NoError(t, err)
		check.Equal(t, len(left), 1)
	}
}
