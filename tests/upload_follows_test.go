package tests

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/internal/run"
)

// movingUploads are uploads in parts of many objects, through all nodes.
type movingUploads struct {
	t       *testing.T
	clients []*s3Client
	asked   atomic.Int64
	all     []*movingUpload
}

// movingUpload is one of them.
type movingUpload struct {
	object string
	path   string   // with the id
	parts  []string // contents that were acknowledged
	tags   []string
}

// ask sends a request to the next node, again while it cannot be served now, and
// returns the first other answer.
func (m *movingUploads) ask(method, path, body string) (reply s3Reply) {
	m.t.Helper()
	check.Eventually(m.t, func() bool {
		next := m.asked.Add(1)
		reply = m.clients[next%int64(len(m.clients))].do(method, path, body)
		return reply.status != http.StatusServiceUnavailable
	})
	return reply
}

func (m *movingUploads) want(status int, method, path, body string) s3Reply {
	m.t.Helper()
	reply := m.ask(method, path, body)
	if reply.status != status {
		m.t.Fatalf("%s %s: got %d %s, want %d", method, path, reply.status, reply.body, status)
	}
	return reply
}

func (m *movingUploads) begin(object string) *movingUpload {
	m.t.Helper()
	u := &movingUpload{object: object}
	id := textBetween(m.want(200, "POST", "/b/"+object+"?uploads", "").body, "<UploadId>", "</UploadId>")
	u.path = "/b/" + object + "?uploadId=" + id
	m.all = append(m.all, u)
	return u
}

// part uploads one more part.
func (m *movingUploads) part(u *movingUpload) {
	m.t.Helper()
	number := len(u.parts) + 1
	text := fmt.Sprintf("part %d of %s, ", number, u.object)
	tag := m.want(200, "PUT", fmt.Sprint(u.path, "&partNumber=", number), text).header.Get("Etag")
	u.parts, u.tags = append(u.parts, text), append(u.tags, tag)
}

func (m *movingUploads) complete(u *movingUpload) {
	m.t.Helper()
	var list strings.Builder
	for i, tag := range u.tags {
		fmt.Fprintf(&list, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, tag)
	}
	document := "<CompleteMultipartUpload>" + list.String() + "</CompleteMultipartUpload>"
	m.want(200, "POST", u.path, document)
	m.want(200, "POST", u.path, document) // again
	check.Equal(m.t, m.want(200, "GET", "/b/"+u.object, "").body, strings.Join(u.parts, ""))
}

// listed checks that an upload is known at every node with all of its parts.
func (m *movingUploads) listed(u *movingUpload) {
	m.t.Helper()
	for range m.clients {
		got := m.want(200, "GET", u.path, "").body
		check.Equal(m.t, strings.Count(got, "<PartNumber>"), len(u.parts))
		for _, tag := range u.tags {
			check.Contains(m.t, got, strings.Trim(tag, `"`))
		}
	}
}

// ended checks that nobody knows an upload.
func (m *movingUploads) ended(u *movingUpload) {
	m.t.Helper()
	for range m.clients {
		for _, reply := range []s3Reply{
			m.want(404, "GET", u.path, ""), m.want(404, "PUT", u.path+"&partNumber=1", "late"), m.want(404, "DELETE", u.path, ""),
		} {
			check.Contains(m.t, reply.body, "NoSuchUpload")
		}
	}
	check.Equal(m.t, strings.Contains(m.want(200, "GET", "/b?uploads", "").body, "<Key>"+u.object+"</Key>"), false)
}

func textBetween(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

// joined lets one more target serve S3.
func (m *movingUploads) joined(n *aistest.Node) {
	m.clients = append(m.clients, &s3Client{t: m.t, http: m.clients[0].http, base: n.URL(), root: "/s3"})
}

// TestUploadsFollowTheirObjects has uploads and appends open for many objects, of
// which some get another owner, twice; that one is killed, and starts again.
func TestUploadsFollowTheirObjects(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	m := &movingUploads{t: t, clients: s3Clients(t, c)}
	m.want(200, "PUT", "/b", "")
	changed(t, c, "limits.min_upload_part", "1B")
	b, client := wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, c.Client()
	const count = 24
	handles := map[string]string{}
	grow := func() {
		for object, handle := range handles {
			next, err := client.Append(t.Context(), b, object, handle, strings.NewReader(object+" "), -1)
			check.NoError(t, err)
			handles[object] = next
		}
		for _, u := range m.all {
			m.part(u)
		}
	}
	for i := range count {
		m.begin(fmt.Sprint("s3/", i))
		handles[fmt.Sprint("appended/", i)] = ""
	}
	var native []api.Upload
	for i := range count {
		u, err := client.CreateUpload(t.Context(), b, fmt.Sprint("native/", i), map[string]string{"k": "v"})
		check.NoError(t, err)
		_, err = client.PutPart(t.Context(), u, 1, strings.NewReader("one "), api.PutOptions{})
		check.NoError(t, err)
		native = append(native, u)
	}
	owners := func() (all []string) {
		for _, u := range m.all {
			all = append(all, c.Owner(b, u.object).ID())
		}
		return all
	}
	grow()
	before := owners()
	for range 2 {
		m.joined(c.AddTarget())
		check.Equal(t, fmt.Sprint(owners()) != fmt.Sprint(before), true)
		for _, u := range m.all {
			m.listed(u)
		}
		grow()
		newest := c.Target(len(c.Targets()) - 1)
		c.Kill(newest)
		c.Restart(newest)
	}
	check.Equal(t, strings.Count(m.want(200, "GET", "/b?uploads", "").body, "<UploadId>"), 2*count)
	for i, u := range m.all {
		if i%4 == 0 {
			m.want(204, "DELETE", u.path, "")
			m.ended(u)
			continue
		}
		m.complete(u)
	}
	for object, handle := range handles {
		check.NoError(t, client.Flush(t.Context(), b, object, handle))
		check.Equal(t, m.want(200, "GET", "/b/"+object, "").body, strings.Repeat(object+" ", 3))
	}
	for i, u := range native {
		if i%4 == 0 {
			check.NoError(t, client.AbortUpload(t.Context(), u))
			check.ErrorIs(t, client.AbortUpload(t.Context(), u), errs.NotFound)
			continue
		}
		part, err := client.PutPart(t.Context(), u, 2, strings.NewReader("two"), api.PutOptions{})
		check.NoError(t, err)
		check.NoError(t, client.CompleteUpload(t.Context(), u, []wire.CompletedPart{{Number: 1}, part}))
		check.Equal(t, m.want(200, "GET", "/b/"+u.Object, "").body, "one two")
	}
	check.Equal(t, c.Leftovers(b, fs.Uploads), nil)
}

// TestUploadsGoOnWhileATargetJoins has parts written all the time.
func TestUploadsGoOnWhileATargetJoins(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	m := &movingUploads{t: t, clients: s3Clients(t, c)}
	m.want(200, "PUT", "/b", "")
	changed(t, c, "limits.min_upload_part", "1B")
	for i := range 12 {
		m.begin(fmt.Sprint("o", i))
	}
	var group run.Group
	var stop atomic.Bool
	for _, u := range m.all {
		group.Go(func() {
			for !stop.Load() && len(u.parts) < 500 {
				m.part(u)
			}
		})
	}
	joining := c.AddTarget()
	stop.Store(true)
	group.Wait()
	m.joined(joining)
	moved := 0
	for _, u := range m.all {
		if c.Owner(wire.Bucket{Name: "b", Provider: wire.ProviderAIS}, u.object) == joining {
			moved++
		}
		check.Equal(t, len(u.parts) > 0, true)
		m.complete(u)
	}
	check.Equal(t, moved > 0, true)
}
