package node_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/module"
)

// quiet is a node that takes requests and answers when it may go on. Asked whether it
// lives, it calls lives, and says so; with nil it says nothing.
func quiet(t *testing.T, lives func()) (node *wire.Node, goOn chan struct{}) {
	t.Helper()
	goOn = make(chan struct{})
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/alive" && lives != nil {
			lives()
			_, _ = io.WriteString(w, `{"ids":["target09"],"incarnation":1}`)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-goOn:
		case <-r.Context().Done():
		}
	})
	node = at(base)
	node.ID, node.Type = "target09", wire.NodeTarget
	node.Control, node.Data = wire.NetInfo{URL: base}, wire.NetInfo{URL: base}
	return node, goOn
}

// TestANodeThatIsPausedIsGivenUp passes requests on to a node that says nothing, also
// when it is asked whether it lives.
func TestANodeThatIsPausedIsGivenUp(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	p.SetPause(20 * time.Millisecond)
	node, _ := quiet(t, nil)
	for method, code := range map[string]string{"GET": "", "HEAD": "", "PUT": errs.CodeOutcomeUnknown} {
		r := httptest.NewRequestWithContext(t.Context(), method, "/s3/b/o", nil)
		err := p.Pass(httptest.NewRecorder(), r, node, nil, nil)
		check.ErrorIs(t, err, errs.Unavailable)
		check.Equal(t, errs.CodeOf(err), code)
	}
	_, err := p.Call(t.Context(), node, module.PeerAddress{Module: "m", Call: "c", Bucket: wire.Bucket{Name: "b", Provider: wire.ProviderAIS}}, nil)
	check.ErrorIs(t, err, errs.Unavailable)
}

// TestANodeThatLivesMayTakeItsTime waits for an answer for more pauses than a node
// may be silent.
func TestANodeThatLivesMayTakeItsTime(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "PUT"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			p, _ := peers(t)
			p.SetPause(200 * time.Millisecond)
			asked := make(chan struct{}, 100)
			node, goOn := quiet(t, func() { asked <- struct{}{} })
			var group run.Group
			defer group.Wait()
			group.Go(func() {
				for range 5 {
					<-asked
				}
				close(goOn)
			})
			w := httptest.NewRecorder()
			check.NoError(t, p.Pass(w, httptest.NewRequestWithContext(t.Context(), method, "/s3/b/o", nil), node, nil, nil))
			check.Equal(t, w.Code, http.StatusOK)
		})
	}
}

// TestASlowClientIsNotASilentNode sends content with long pauses to a node that does
// not say that it lives.
func TestASlowClientIsNotASilentNode(t *testing.T) {
	t.Parallel()
	p, _ := peers(t)
	const pause = 20 * time.Millisecond
	p.SetPause(pause)
	node, goOn := quiet(t, nil)
	close(goOn)
	body, client := io.Pipe()
	timer := time.AfterFunc(10*pause, func() {
		_, _ = io.WriteString(client, "content")
		_ = client.Close()
	})
	defer timer.Stop()
	r := httptest.NewRequestWithContext(t.Context(), "PUT", "/s3/b/o", body)
	r.ContentLength = 7
	w := httptest.NewRecorder()
	check.NoError(t, p.Pass(w, r, node, nil, nil))
	check.Equal(t, w.Code, http.StatusOK)
}
