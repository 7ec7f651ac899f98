package s3_test

import (
	"fmt"
	"net/url"
	"testing"

	"aistore/ais/s3"
	"aistore/api/wire"
	"aistore/internal/check"
)

// TestRenameObject renames objects from and to each of the targets.
func TestRenameObject(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	for i := range 12 {
		from, to := fmt.Sprintf("dir/from %d", i), fmt.Sprintf("to-%d", i)
		tag := r.want(200, "PUT", "/b/"+url.PathEscape(from), "content", "Content-Type", "text/x", "X-Amz-Meta-A", "b", "X-Amz-Tagging", "k=v", "X-Amz-Checksum-Algorithm", "CRC32").Header().Get("Etag")
		source := url.PathEscape(from)
		if i%2 == 1 {
			source = "/b/" + source
		}
		r.want(200, "PUT", "/b/"+to+"?renameObject", "", "X-Amz-Rename-Source", source)
		r.refused(404, "NoSuchKey", "GET", "/b/"+url.PathEscape(from), "")
		got := r.want(200, "GET", "/b/"+to, "", "X-Amz-Checksum-Mode", "ENABLED")
		check.Equal(t, got.Body.String(), "content")
		check.Equal(t, got.Header().Get("Etag"), tag)
		check.Equal(t, got.Header().Get("Content-Type"), "text/x")
		check.Equal(t, map[string][]string(got.Header())["x-amz-meta-a"], []string{"b"})
		check.Equal(t, got.Header().Get("X-Amz-Tagging-Count"), "1")
	}
}

func TestRenameObjectUnderConditions(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	tag := r.want(200, "PUT", "/b/from", "content").Header().Get("Etag")
	other := r.want(200, "PUT", "/b/to", "other").Header().Get("Etag")
	const source = "X-Amz-Rename-Source"
	past, future := "Mon, 02 Jan 2006 15:04:05 GMT", "Sat, 02 Jan 2106 15:04:05 GMT"
	for _, row := range []struct {
		status  int
		code    string
		path    string
		headers []string
	}{
		{412, "PreconditionFailed", "/b/to", []string{source, "from", "If-None-Match", "*"}},
		{412, "PreconditionFailed", "/b/to", []string{source, "from", "If-Match", tag}},
		{404, "NoSuchKey", "/b/none", []string{source, "from", "If-Match", tag}},
		{412, "PreconditionFailed", "/b/to", []string{source, "from", "If-Unmodified-Since", past}},
		{412, "PreconditionFailed", "/b/to", []string{source, "from", source + "-If-Match", other}},
		{412, "PreconditionFailed", "/b/to", []string{source, "from", source + "-If-None-Match", tag}},
		{412, "PreconditionFailed", "/b/to", []string{source, "from", source + "-If-Unmodified-Since", past}},
		{404, "NoSuchKey", "/b/to", []string{source, "none"}},
		{400, "InvalidRequest", "/b/from", []string{source, "from"}},
		{400, "InvalidArgument", "/b/to", nil},
		{400, "InvalidArgument", "/b/to", []string{source, "a/../b"}},
		{400, "InvalidArgument", "/b/to", []string{source, "%zz"}},
	} {
		r.refused(row.status, row.code, "PUT", row.path+"?renameObject", "", row.headers...)
	}
	check.Equal(t, r.want(200, "GET", "/b/to", "").Body.String(), "other")
	r.want(200, "PUT", "/b/to?renameObject", "", source, "from", "If-Match", other, "If-Unmodified-Since", future, source+"-If-Match", tag, source+"-If-Modified-Since", past)
	check.Equal(t, r.want(200, "GET", "/b/to", "").Body.String(), "content")
	r.want(200, "PUT", "/b/new?renameObject", "", source, "to", "If-None-Match", "*")
	r.refused(404, "NoSuchKey", "GET", "/b/to", "")
}

func FuzzRenameSource(f *testing.F) {
	for _, text := range []string{"a/b", "/b/a", "/b//a", "/a", "%2Fb%2Fx", "a%20b", "b/../x", "%zz", "", "/b/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		object, err := s3.ParseRenameSource("b", text)
		if err != nil {
			refusedWell(t, err)
			return
		}
		check.NoError(t, wire.ValidateObjectName(object))
	})
}
