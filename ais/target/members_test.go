package target_test

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
	"aistore/internal/run"
)

const shards = "http://target01/v1/objects/b/"

// appending are the headers of a PUT that appends to an archive or makes it.
const appending = wire.HeaderArchiveAppend + ": 2"

// untar reads the answer of a request for several members.
func untar(t *testing.T, text string) (files []string) {
	t.Helper()
	for r := tar.NewReader(strings.NewReader(text)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		check.NoError(t, err)
		content, err := io.ReadAll(r)
		check.NoError(t, err)
		files = append(files, h.Name+"="+string(content))
	}
}

func TestMembersOfArchives(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	large := strings.Repeat("large content ", 10000)
	for _, shard := range []string{"d/s.tar", "s.tgz", "s.tar.gz", "s.tar.lz4", "s.zip"} {
		url := shards + shard
		check.Equal(t, r.do(t, "PUT", url+"?archpath=a/one.txt", "one", appending).status, 200)
		check.Equal(t, r.do(t, "PUT", url+"?archpath=a/one.cls", "1", wire.HeaderArchiveAppend+": 1").status, 200)
		check.Equal(t, r.do(t, "PUT", url+"?archpath="+shard+"/b/large", large, appending).status, 200)

		got := r.do(t, "GET", url+"?archpath=a/one.txt&archregx=", "")
		check.Equal(t, got.status, 200)
		check.Equal(t, got.body, "one")
		check.Equal(t, got.header.Get("Content-Length"), "3")
		check.Equal(t, got.header.Get(wire.HeaderChecksumValue), "")
		check.Equal(t, got.header.Get(wire.HeaderVersion), "3")
		check.Equal(t, r.do(t, "GET", url+"?archpath=b/large", "").body == large, true)
		head := r.do(t, "HEAD", url+"?archpath=b/large", "")
		check.Equal(t, head.status, 200)
		check.Equal(t, head.header.Get("Content-Length"), fmt.Sprint(len(large)))

		missing := r.do(t, "GET", url+"?archpath=a/two", "")
		check.Equal(t, missing.status, 404)
		check.Contains(t, missing.body, "ais://b/"+shard)
		check.Equal(t, r.do(t, "HEAD", url+"?archpath=a/two", "").status, 404)

		for query, want := range map[string][]string{
			"archregx=a/&archmode=prefix":     {"a/one.txt=one", "a/one.cls=1"},
			"archregx=.cls&archmode=suffix":   {"a/one.cls=1"},
			"archregx=one&archmode=substr":    {"a/one.txt=one", "a/one.cls=1"},
			"archregx=a/one&archmode=wdskey":  {"a/one.txt=one", "a/one.cls=1"},
			"archregx=^t&archmode=regexp":     nil,
			"archregx=e.t.t$&archmode=regexp": {"a/one.txt=one"},
			"archregx=&archmode=prefix":       {"a/one.txt=one", "a/one.cls=1", "b/large=" + large},
		} {
			got := r.do(t, "GET", url+"?archpath=&"+query, "")
			if want == nil {
				check.Equal(t, got.status, 404)
				continue
			}
			check.Equal(t, got.status, 200)
			check.Equal(t, got.header.Get("Content-Type"), "application/x-tar")
			check.Equal(t, untar(t, got.body), want)
		}

		check.Equal(t, r.do(t, "PUT", url+"?archpath=new", "new").status, 200)
		check.Equal(t, untar(t, r.do(t, "GET", url+"?archmode=prefix", "").body), []string{"new=new"})
	}
}

func TestBadRequestsForMembers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	check.Equal(t, r.do(t, "PUT", shards+"s.tar?archpath=a", "one").status, 200)
	check.Equal(t, r.do(t, "PUT", shards+"text", "no archive").status, 200)
	tests := []struct {
		method, url, body, header string
		status                    int
		words                     string
	}{
		{"GET", "s.tar?archpath=a", "", "Range: bytes=0-1", 501, "Range"},
		{"GET", "s.tar?archpath=a&archregx=a&archmode=prefix", "", "", 400, "either"},
		{"GET", "s.tar?archregx=(&archmode=regexp", "", "", 400, "missing"},
		{"GET", "s.tar?archregx=a&archmode=glob", "", "", 400, "wdskey"},
		{"GET", "s.tar?archpath=../a", "", "", 400, ".."},
		{"GET", "s.tar?archpath=/etc/passwd", "", "", 400, "absolute"},
		{"GET", "text?archpath=a", "", "", 400, "archive"},
		{"GET", "text?archpath=a&archmime=zip", "", "", 400, "zip"},
		{"GET", "text?archpath=a&archmime=rar", "", "", 400, "rar"},
		{"GET", "none.tar?archpath=a", "", "", 404, "ais://b/none.tar"},
		{"GET", "s.tar?archpath=a", "", `If-Match: "other"`, 412, ""},
		{"HEAD", "s.tar?archregx=a&archmode=prefix", "", "", 501, ""},
		{"PUT", "s.tar?archpath=b", "", appending, 400, "Content-Length"},
		{"PUT", "s.tar?archpath=a", "again", appending, 409, "already has"},
		{"PUT", "s.tar?archpath=../a", "x", appending, 400, ".."},
		{"PUT", "s.tar?archpath=/a", "x", "", 400, "absolute"},
		{"PUT", "s.tar?archpath=b", "x", wire.HeaderArchiveAppend + ": 3", 400, "0, 1 or 2"},
		{"PUT", "none.tar?archpath=a", "x", wire.HeaderArchiveAppend + ": 1", 404, "ais://b/none.tar"},
		{"PUT", "none?archpath=a", "x", appending, 400, "archmime"},
		{"PUT", "text?archpath=a", "x", appending, 400, "archive"},
		{"PUT", "s.tar?archpath=b", "x", wire.HeaderChecksumType + ": md5", 400, ""},
	}
	for _, test := range tests {
		var headers []string
		if test.header != "" {
			headers = []string{test.header}
		}
		got := r.do(t, test.method, shards+test.url, test.body, headers...)
		text := got.body + got.header.Get(wire.HeaderError)
		if got.status != test.status || !strings.Contains(text, test.words) {
			t.Errorf("%s %s: %d %s", test.method, test.url, got.status, text)
		}
	}
	check.Equal(t, r.do(t, "GET", shards+"s.tar?archpath=a", "").body, "one")
}

func TestChecksumOfAMemberIsCompared(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	sum := func(value string) []string {
		return []string{appending, wire.HeaderChecksumType + ": md5", wire.HeaderChecksumValue + ": " + value}
	}
	bad := r.do(t, "PUT", shards+"s.tar?archpath=a", "one", sum(strings.Repeat("0", 32))...)
	check.Equal(t, bad.status, 400)
	check.Contains(t, bad.body, "ErrInvalidCksum")
	check.Equal(t, r.do(t, "GET", shards+"s.tar", "").status, 404)
	check.Equal(t, r.do(t, "PUT", shards+"s.tar?archpath=a", "one", sum("f97c5d29941bfb1b2fdab0874906ab82")...).status, 200)
}

// Many clients append at the same time: no member is lost.
func TestConcurrentAppends(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	names := make([]string, 20)
	for i := range names {
		names[i] = fmt.Sprintf("m%02d", i)
	}
	check.NoError(t, run.Each(t.Context(), len(names), names, func(ctx context.Context, name string) error {
		if got := r.do(t, "PUT", shards+"s.tar?archpath="+name, name, appending); got.status != http.StatusOK {
			return fmt.Errorf("%s: %d %s", name, got.status, got.body)
		}
		return nil
	}))
	got := untar(t, r.do(t, "GET", shards+"s.tar", "").body)
	check.Equal(t, len(got), len(names))
	for _, name := range names {
		check.Equal(t, r.do(t, "GET", shards+"s.tar?archpath="+name, "").body, name)
	}
}

// An archive that is still at its earlier owner is read and continued.
func TestMembersOfAnArchiveThatIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	b := r.create(t, "b", "target01")
	names := map[string]string{}
	for i := range 40 {
		for _, extension := range []string{"tar", "tgz", "tar.lz4", "zip"} {
			name := fmt.Sprintf("s%d.%s", i, extension)
			check.Equal(t, r.do(t, "PUT", shards+name+"?archpath=a", "one", appending).status, 200)
			names[name] = ""
		}
	}
	r.start(t, "target02")
	r.tell(t, "target01", "target02")
	moved := 0
	for name := range names {
		owner, err := r.state.Map.Owner(cluster.Digest(b.Bucket, name))
		check.NoError(t, err)
		if owner.ID != "target02" {
			continue
		}
		moved++
		at := "http://target02/v1/objects/b/" + url.PathEscape(name)
		check.Equal(t, r.do(t, "GET", at+"?archpath=a", "").body, "one")
		check.Equal(t, r.do(t, "PUT", at+"?archpath=b", "two", appending).status, 200)
		check.Equal(t, untar(t, r.do(t, "GET", at+"?archmode=prefix", "").body), []string{"a=one", "b=two"})
	}
	if moved < 8 {
		t.Fatalf("%d archives have moved", moved)
	}
}

// An archive that was uploaded in parts is kept in chunks: its members lie across
// them.
func TestMembersOfAnArchiveInParts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(t, "target01")
	r.create(t, "b", "target01")
	large := strings.Repeat("large content ", 20000)
	for _, shard := range []string{"s.tar", "s.tgz", "s.tar.lz4", "s.zip"} {
		from, at := shards+"from-"+shard, shards+shard
		check.Equal(t, r.do(t, "PUT", from+"?archpath=a", "one", appending).status, 200)
		check.Equal(t, r.do(t, "PUT", from+"?archpath=large", large, appending).status, 200)
		packed := r.do(t, "GET", from, "").body
		id := r.do(t, "POST", at, `{"action":"mpt-upload"}`).body
		const parts = 7
		list := make([]string, parts)
		for i := range parts {
			part := packed[i*len(packed)/parts : (i+1)*len(packed)/parts]
			check.Equal(t, r.do(t, "PUT", fmt.Sprintf("%s?uploadId=%s&partNumber=%d", at, id, i+1), part).status, 200)
			list[i] = fmt.Sprintf(`{"part-number":%d,"etag":""}`, i+1)
		}
		done := r.do(t, "POST", at+"?uploadId="+id, `{"action":"mpt-complete","value":[`+strings.Join(list, ",")+`]}`)
		check.Equal(t, done.status, 200)
		check.Equal(t, r.do(t, "GET", at+"?archpath=a", "").body, "one")
		check.Equal(t, r.do(t, "GET", at+"?archpath=large", "").body == large, true)
		check.Equal(t, untar(t, r.do(t, "GET", at+"?archmode=prefix", "").body), []string{"a=one", "large=" + large})
		check.Equal(t, r.do(t, "PUT", at+"?archpath=b", "two", appending).status, 200)
		check.Equal(t, untar(t, r.do(t, "GET", at+"?archregx=b&archmode=prefix", "").body), []string{"b=two"})
	}
}
