package tests

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"aistore/aistest"
	"aistore/internal/check"
)

// s3Rounds is how often each race of S3 clients is run.
func s3Rounds() int {
	if os.Getenv("AIS_SOAK") != "" {
		return 1000
	}
	return 50
}

// s3Rivals are as many clients as race for one object.
const s3Rivals = 64

// TestS3OneConditionalPutWins has 64 clients, through all nodes, put one key on
// condition that there is none: one wins, and its content is there.
func TestS3OneConditionalPutWins(t *testing.T) {
	t.Parallel()
	clients := s3Clients(t, aistest.Start(t, aistest.Options{Proxies: 2, Targets: 3}))
	clients[0].want(200, "PUT", "/b", "")
	for round := range s3Rounds() {
		path := fmt.Sprintf("/b/once-%d", round)
		status := make([]int, s3Rivals)
		atOnce(s3Rivals, func(i int) {
			status[i] = clients[i%len(clients)].do("PUT", path, fmt.Sprint("of ", i), "If-None-Match", "*").status
		})
		winner := -1
		for i, got := range status {
			switch {
			case got == http.StatusOK && winner < 0:
				winner = i
			case got == http.StatusPreconditionFailed, got == http.StatusConflict:
			default:
				t.Fatalf("round %d: client %d was answered %d, and client %d had won", round, i, got, winner)
			}
		}
		check.Equal(t, winner >= 0, true)
		check.Equal(t, clients[round%len(clients)].want(200, "GET", path, "").body, fmt.Sprint("of ", winner))
	}
}

// atOnce runs do for each number below n at the same time.
func atOnce(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}

// s3Historian keeps the history of objects that clients race for.
type s3Historian struct {
	timeline
	t       *testing.T
	clients []*s3Client
}

func newS3Historian(t *testing.T, o aistest.Options) *s3Historian {
	h := &s3Historian{timeline: newTimeline(), t: t, clients: s3Clients(t, aistest.Start(t, o))}
	h.clients[0].want(200, "PUT", "/b", "")
	return h
}

// ask does something, and remembers it with the outcome that judge sees in the
// answer.
func (h *s3Historian) ask(client int, in operation, do func(*s3Client) s3Reply, judge func(s3Reply) (outcome, bool)) s3Reply {
	called := h.now()
	reply := do(h.clients[client%len(h.clients)])
	out, ok := judge(reply)
	if !ok {
		h.t.Errorf("%s %s: answered %d %s", in.verb, in.name, reply.status, reply.body)
		return reply
	}
	h.record(client, in, out, called, false)
	return reply
}

// content is the text of a write, at least 10 bytes of it.
func contentOf(write uint64) string { return fmt.Sprintf("write %012d", write) }

func (h *s3Historian) put(client int, name string, write uint64, headers ...string) {
	in := operation{verb: doPut, name: name, write: write}
	if len(headers) > 0 {
		in.verb = doPutIfAbsent
	}
	h.ask(client, in, func(c *s3Client) s3Reply { return c.do("PUT", "/b/"+name, contentOf(write), headers...) }, judgeWrite)
}

func (h *s3Historian) get(client int, name string) {
	h.ask(client, operation{verb: doGet, name: name}, func(c *s3Client) s3Reply { return c.do("GET", "/b/"+name, "") },
		func(r s3Reply) (out outcome, ok bool) {
			if r.status == http.StatusNotFound {
				return outcome{done: true}, true
			}
			_, err := fmt.Sscanf(r.body, "write %d", &out.write)
			return out, err == nil && r.status == http.StatusOK
		})
}

// remove deletes an object, if there is one: S3 does not tell.
func (h *s3Historian) remove(client int, name string) {
	h.ask(client, operation{verb: doRemove, name: name}, func(c *s3Client) s3Reply { return c.do("DELETE", "/b/"+name, "") },
		func(r s3Reply) (outcome, bool) { return outcome{done: true}, r.status == http.StatusNoContent })
}

// begin starts an upload of one part, and returns its path and what completes it.
func (h *s3Historian) begin(client int, name string, write uint64) (path, document string) {
	c := h.clients[client%len(h.clients)]
	_, id, _ := strings.Cut(c.want(200, "POST", "/b/"+name+"?uploads", "").body, "<UploadId>")
	id, _, _ = strings.Cut(id, "</UploadId>")
	path = "/b/" + name + "?uploadId=" + id
	return path, h.part(client, path, write)
}

// part uploads the only part of an upload.
func (h *s3Historian) part(client int, path string, write uint64) (document string) {
	tag := h.clients[client%len(h.clients)].want(200, "PUT", path+"&partNumber=1", contentOf(write)).header.Get("Etag")
	return "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + tag + "</ETag></Part></CompleteMultipartUpload>"
}

// complete completes an upload: the object is then that write.
func (h *s3Historian) complete(client int, name, path, document string, write uint64, headers ...string) s3Reply {
	in := operation{verb: doPut, name: name, write: write}
	if len(headers) > 0 {
		in.verb = doPutIfAbsent
	}
	return h.ask(client, in, func(c *s3Client) s3Reply { return c.do("POST", path, document, headers...) }, judgeWrite)
}

// judgeWrite is the outcome of a write.
func judgeWrite(r s3Reply) (outcome, bool) {
	switch r.status {
	case http.StatusOK:
		return outcome{done: true}, true
	case http.StatusPreconditionFailed, http.StatusConflict:
		return outcome{}, true
	}
	return outcome{}, false
}

// TestS3HistoriesOfRacesHold has clients put, complete, read and delete the same
// objects at once, through all nodes: there is an order in which each was told the
// truth.
func TestS3HistoriesOfRacesHold(t *testing.T) {
	t.Parallel()
	h := newS3Historian(t, aistest.Options{Proxies: 2, Targets: 3})
	for round := range s3Rounds() {
		name := fmt.Sprint("raced-", round)
		first, firstDocument := h.begin(round, name, 1)
		second, secondDocument := h.begin(round+1, name, 2)
		todo := []func(){
			func() { h.complete(0, name, first, firstDocument, 1) },
			func() { h.complete(1, name, second, secondDocument, 2, "If-None-Match", "*") },
			func() { h.put(2, name, 3, "If-None-Match", "*") },
			func() { h.put(3, name, 4) },
			func() { h.remove(4, name) },
			func() { h.get(4, name) },
			func() { h.get(0, name) },
		}
		rand.Shuffle(len(todo), func(i, j int) { todo[i], todo[j] = todo[j], todo[i] })
		atOnce(len(todo), func(i int) { todo[i]() })
		h.get(round, name)
	}
	h.check(t, objectModel())
}

// TestS3UploadsRace has uploads completed twice, aborted and uploaded anew at once,
// through all nodes.
func TestS3UploadsRace(t *testing.T) {
	t.Parallel()
	h := newS3Historian(t, aistest.Options{Targets: 2})
	at := func(i int) *s3Client { return h.clients[i%len(h.clients)] }
	for round := range s3Rounds() {
		name := fmt.Sprint("twice-", round)
		path, document := h.begin(round, name, 1)
		var replies [3]s3Reply
		atOnce(len(replies), func(i int) { replies[i] = at(i).do("POST", path, document) })
		for _, r := range replies {
			check.Equal(t, r.status, 200)
		}
		check.Equal(t, at(round).want(200, "GET", "/b/"+name, "").body, contentOf(1))

		name = fmt.Sprint("aborted-", round)
		path, document = h.begin(round, name, 1)
		atOnce(2, func(i int) {
			if i == 0 {
				replies[0] = at(round).do("POST", path, document)
			} else {
				replies[1] = at(round+1).do("DELETE", path, "")
			}
		})
		got := at(round).do("GET", "/b/"+name, "")
		switch outcome := fmt.Sprint(replies[0].status, replies[1].status, got.status); outcome {
		case "200 404 200":
			check.Equal(t, got.body, contentOf(1))
		case "404 204 404":
		default:
			t.Fatalf("round %d: complete, abort and get answered %s", round, outcome)
		}

		name = fmt.Sprint("anew-", round)
		path, document = h.begin(round, name, 1)
		atOnce(2, func(i int) {
			if i == 0 {
				replies[0] = at(round).do("POST", path, document)
			} else {
				replies[1] = at(round+1).do("PUT", path+"&partNumber=1", contentOf(2))
			}
		})
		switch got := at(round).do("GET", "/b/"+name, ""); replies[0].status {
		case 200:
			check.Equal(t, got.body, contentOf(1))
		case 400:
			check.Contains(t, replies[0].body, "<Code>InvalidPart</Code>")
			check.Equal(t, replies[1].status, 200)
			check.Equal(t, got.status, 404)
		default:
			t.Fatalf("round %d: complete answered %d %s", round, replies[0].status, replies[0].body)
		}
	}
}
