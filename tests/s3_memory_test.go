package tests

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/internal/check"
)

// mostMemory is what a node may have resident while large uploads come, in bytes.
const mostMemory = 300 << 20

// TestS3UploadsOfManyParts uploads objects of many large and of very many small
// parts through all nodes, lists their parts, completes and reads them: no process
// of a node was ever larger than it may be.
func TestS3UploadsOfManyParts(t *testing.T) {
	if os.Getenv("AIS_SOAK") == "" {
		t.Skip("writes 5 GiB: set AIS_SOAK=1m, or run make soak")
	}
	c := aistest.Start(t, aistest.Options{Targets: 2, Processes: true})
	b := c.NewBucket(nil)
	clients := s3Clients(t, c)
	changed(t, c, "limits.min_upload_part", "1B")
	for _, row := range []struct {
		parts, size int
	}{
		{1000, 5 << 20},
		{10_000, 1 << 10},
		{10_000, 40 << 10},
	} {
		began := time.Now()
		u := &manyParts{t: t, clients: clients, path: fmt.Sprintf("/%s/%dx%d", b.Name, row.parts, row.size), parts: row.parts, size: row.size}
		u.upload()
		u.list()
		u.complete()
		u.read()
		for _, n := range c.Nodes() {
			peak := peakMemory(t, n)
			t.Logf("%d parts of %d bytes in %v: %s had %d MiB at most", row.parts, row.size, time.Since(began).Round(time.Second), n.ID(), peak>>20)
			if peak > mostMemory {
				t.Errorf("%s had %d bytes, at most %d are allowed", n.ID(), peak, mostMemory)
			}
		}
	}
}

// manyParts is an upload of parts that are alike.
type manyParts struct {
	t           *testing.T
	clients     []*s3Client
	path        string
	parts, size int

	id   string
	tags []string // by part, from 0
}

func (u *manyParts) at(i int) *s3Client { return u.clients[i%len(u.clients)] }

// ask sends a request through a node, and again as clients do where the answer says
// so: disks that have much to write may cost a target its lease for a moment.
func (u *manyParts) ask(i int, method, path, body string, headers ...string) s3Reply {
	u.t.Helper()
	for range 60 {
		reply := u.at(i).do(method, path, body, headers...)
		if reply.status == http.StatusOK {
			return reply
		}
		if reply.status < http.StatusInternalServerError {
			u.t.Fatalf("%s %s: got %d %s", method, path, reply.status, reply.body)
		}
		u.t.Logf("%s %s is asked again after %d", method, path, reply.status)
		<-time.After(time.Second)
	}
	u.t.Fatalf("%s %s: no answer that is one in a minute", method, path)
	return s3Reply{}
}

// upload sends all parts, eight at a time, each through the next node; every second
// one is signed with its content.
func (u *manyParts) upload() {
	_, id, _ := strings.Cut(u.ask(0, "POST", u.path+"?uploads=", "").body, "<UploadId>")
	u.id, _, _ = strings.Cut(id, "</UploadId>")
	u.tags = make([]string, u.parts)
	const workers = 8
	content := strings.Repeat("a", u.size)
	atOnce(workers, func(w int) {
		for i := w; i < u.parts; i += workers {
			var header []string
			if i%2 == 0 {
				header = []string{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}
			}
			path := fmt.Sprintf("%s?partNumber=%d&uploadId=%s", u.path, i+1, u.id)
			u.tags[i] = u.ask(i/workers, "PUT", path, content, header...).header.Get("Etag")
		}
	})
}

// list lists the parts page by page, through each node.
func (u *manyParts) list() {
	for i := range u.clients {
		seen := 0
		for more := true; more; {
			page := u.ask(i, "GET", fmt.Sprintf("%s?max-parts=1000&part-number-marker=%d&uploadId=%s", u.path, seen, u.id), "").body
			seen += strings.Count(page, "<Part>")
			more = strings.Contains(page, "<IsTruncated>true</IsTruncated>")
		}
		check.Equal(u.t, seen, u.parts)
	}
}

func (u *manyParts) complete() {
	var document strings.Builder
	document.WriteString("<CompleteMultipartUpload>")
	for i, tag := range u.tags {
		fmt.Fprintf(&document, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, tag)
	}
	document.WriteString("</CompleteMultipartUpload>")
	done := u.ask(0, "POST", u.path+"?uploadId="+u.id, document.String()).body
	check.Contains(u.t, done, fmt.Sprintf("-%d", u.parts))
}

// read reads the object through each node.
func (u *manyParts) read() {
	for i := range u.clients {
		client := u.at(i)
		r, err := http.NewRequestWithContext(u.t.Context(), http.MethodGet, client.base+client.root+u.path, nil)
		check.NoError(u.t, err)
		signS3(r, "")
		response, err := client.http.Do(r)
		check.NoError(u.t, err)
		n, err := io.Copy(io.Discard, response.Body)
		check.NoError(u.t, err)
		check.NoError(u.t, response.Body.Close())
		check.Equal(u.t, n, int64(u.parts)*int64(u.size))
	}
}

// peakMemory is how much memory the process of a node ever had resident, in bytes.
func peakMemory(t *testing.T, n *aistest.Node) int64 {
	t.Helper()
	home := filepath.Dir(n.ConfDir()) + string(filepath.Separator)
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	check.NoError(t, err)
	for _, path := range lines {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), home) {
			continue // it may have ended
		}
		status, err := os.ReadFile(filepath.Dir(path) + "/status")
		check.NoError(t, err)
		_, peak, found := strings.Cut(string(status), "VmHWM:")
		if !found {
			continue
		}
		peak, _, _ = strings.Cut(strings.TrimSpace(peak), " ")
		kibibytes, err := strconv.ParseInt(peak, 10, 64)
		check.NoError(t, err)
		return kibibytes << 10
	}
	t.Skipf("the system does not tell how much memory the process of %s had", n.ID())
	return 0
}
