package s3_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"aistore/internal/check"
)

// rounds is how often each race is run.
const rounds = 50

// race runs several things at once.
func race(all ...func()) {
	var group sync.WaitGroup
	for _, one := range all {
		group.Go(one)
	}
	group.Wait()
}

// begin uploads parts of an object, and returns the path of the upload and the
// document that completes it.
func (r *rig) begin(object string, parts ...string) (path, complete string) {
	r.t.Helper()
	path = "/b/" + object
	path += "?uploadId=" + between(r.want(200, "POST", path+"?uploads", "").Body.String(), "<UploadId>", "</UploadId>")
	var listed strings.Builder
	for i, part := range parts {
		r.want(200, "PUT", fmt.Sprintf("%s&partNumber=%d", path, i+1), part)
		fmt.Fprintf(&listed, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, tagOf(part))
	}
	return path, "<CompleteMultipartUpload>" + listed.String() + "</CompleteMultipartUpload>"
}

func TestCompletionsOfOneUploadAgree(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	for i := range rounds {
		object := fmt.Sprintf("o%d", i)
		path, complete := r.begin(object, "first part", "second")
		answers := make([]*httptest.ResponseRecorder, 4)
		var all []func()
		for i := range answers {
			all = append(all, func() { answers[i] = r.do("POST", path, complete) })
		}
		race(all...)
		for _, w := range answers {
			check.Equal(t, w.Code, 200)
			check.Contains(t, w.Body.String(), strings.Trim(compositeTag([]string{"first part", "second"}), `"`))
		}
		check.Equal(t, r.want(200, "GET", "/b/"+object, "").Body.String(), "first partsecond")
	}
}

func TestAnUploadIsCompletedOrAborted(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	for i := range rounds {
		object := fmt.Sprintf("o%d", i)
		path, complete := r.begin(object, "content of it")
		var completed, aborted *httptest.ResponseRecorder
		race(
			func() { completed = r.do("POST", path, complete) },
			func() { aborted = r.do("DELETE", path, "") },
		)
		got := r.do("GET", "/b/"+object, "")
		switch outcome := fmt.Sprint(completed.Code, aborted.Code, got.Code); outcome {
		case "200 404 200":
			check.Equal(t, got.Body.String(), "content of it")
		case "404 204 404":
		default:
			t.Fatalf("round %d: complete, abort and get answered %s: %s", i, outcome, completed.Body)
		}
		r.refused(404, "NoSuchUpload", "GET", path, "")
	}
}

func TestAPartIsTheOneThatWasListed(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	for i := range rounds {
		object := fmt.Sprintf("o%d", i)
		path, complete := r.begin(object, "the old part", "rest")
		var completed, uploaded *httptest.ResponseRecorder
		race(
			func() { completed = r.do("POST", path, complete) },
			func() { uploaded = r.do("PUT", path+"&partNumber=1", "the new part") },
		)
		switch completed.Code {
		case 200:
			check.Equal(t, r.want(200, "GET", "/b/"+object, "").Body.String(), "the old partrest")
		case 400:
			check.Contains(t, completed.Body.String(), "<Code>InvalidPart</Code>")
			check.Equal(t, uploaded.Code, 200)
			r.want(404, "GET", "/b/"+object, "")
		default:
			t.Fatalf("round %d: got %d %s", i, completed.Code, completed.Body)
		}
	}
}
