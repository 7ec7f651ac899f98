package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// maxShownPath bounds the path shown in an error, in bytes.
const maxShownPath = 1024

// refusal returns the error of a request that the router does not pass on. The
// client reads the cause alone.
func refusal(kind errs.Kind, r *http.Request, cause error) error {
	err := errs.E("rest.Router", r.Method+" "+shown(r.URL.Path), kind, cause)
	err.Public = cause.Error()
	return err
}

// methodError is the cause of a Method error.
type methodError struct{ allow string }

func (m *methodError) Error() string { return "allowed are " + m.allow }

// notAllowed returns the error of a method that a resource does not have.
func notAllowed(r *http.Request, allow string) error {
	return refusal(errs.Method, r, &methodError{allow: allow})
}

// writeError answers with err. Nothing has been written yet. What a handler had
// said of the answer that it then did not give is taken back.
func writeError(w http.ResponseWriter, r *http.Request, err error, about errs.Wire) {
	kind := errs.KindOf(err)
	if kind == errs.NotModified {
		w.Header().Del("Content-Length")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Range", "Cache-Control", "Etag", "Last-Modified"} {
		h.Del(name)
	}
	explain(h, kind, err)
	if kind == errs.Method {
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	about.Method = r.Method
	about.URLPath = shown(r.URL.Path)
	about.RemoteAddr = r.RemoteAddr
	answer := errs.ToWire(err, about)
	text, err := jsonx.Marshal(answer)
	if err != nil {
		text = nil // it consists of strings and a number
	}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	if r.Method == http.MethodHead {
		// JSON leaves one control character as it is, which a header cannot carry.
		h[wire.HeaderError] = []string{strings.ReplaceAll(string(text), "\x7f", `\u007f`)}
		w.WriteHeader(answer.Status)
		return
	}
	h["Content-Type"] = []string{wire.ContentJSON}
	h["Content-Length"] = []string{strconv.Itoa(len(text))}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(text) // the client may have gone
}

// explain sets the headers that belong to a kind of error.
func explain(h http.Header, kind errs.Kind, err error) {
	switch kind {
	case errs.Unavailable, errs.Throttled:
		if errs.CodeOf(err) == errs.CodeOutcomeUnknown {
			return // whoever repeats it has to look first
		}
		wait := max(errs.RetryAfterOf(err), time.Second)
		h["Retry-After"] = []string{strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)}
	case errs.Unauthenticated:
		h["Www-Authenticate"] = []string{"Bearer"}
	case errs.Method:
		var method *methodError
		if errors.As(err, &method) {
			h["Allow"] = []string{method.allow}
		}
	case errs.Range:
		var outside *unsatisfiable
		if errors.As(err, &outside) {
			h["Content-Range"] = []string{"bytes */" + strconv.FormatInt(outside.size, 10)}
		}
	}
	if errors.Is(err, errDraining) {
		h["Connection"] = []string{"close"}
	}
}

func shown(path string) string {
	if len(path) <= maxShownPath {
		return path
	}
	return strings.ToValidUTF8(path[:maxShownPath], "")
}

// aborted is what Abort panics with.
type aborted struct{ cause error }

// Abort ends a handler whose answer has begun and cannot be finished: the
// connection is cut, so that the client does not take a part for the whole.
// Returning an error after the first byte does the same.
func Abort(cause error) { mustCut(aborted{cause}) }

// mustCut ends the handler. The router and then net/http recover.
func mustCut(why any) { panic(why) }
