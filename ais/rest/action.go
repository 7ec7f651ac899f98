package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"aistore/access"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// ActionHandler serves one action. Like a Handler it writes the answer or
// returns an error.
type ActionHandler func(w http.ResponseWriter, r *http.Request, a *wire.Action) error

// Action is a handler for one action, with the permission it needs. Make one
// with Act.
type Action struct {
	need access.Bits
	do   ActionHandler
}

// Act returns the action that needs the permission need and is done by do.
func Act(need access.Bits, do ActionHandler) Action { return Action{need: need, do: do} }

// Instead returns the action that needs the same permission as a and is done by do.
func (a Action) Instead(do ActionHandler) Action { return Action{need: a.need, do: do} }

// Do carries out a. The caller has seen to permissions.
func (a Action) Do(w http.ResponseWriter, r *http.Request, message *wire.Action) error {
	return a.do(w, r, message)
}

// DecodeAction reads the action in the body of r, which may be empty: then it
// is the zero value. Errors: Invalid (not the JSON of an action), TooLarge.
func DecodeAction(w http.ResponseWriter, r *http.Request) (*wire.Action, error) {
	a := new(wire.Action)
	text, err := readJSON(w, r)
	if err != nil || len(text) == 0 {
		return a, err
	}
	return a, unmarshal(r, text, a)
}

// Decode reads the body of r, which is JSON, into the variable that into
// points to. Errors: Invalid (empty, or not JSON of that type), TooLarge.
func Decode(w http.ResponseWriter, r *http.Request, into any) error {
	text, err := readJSON(w, r)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return refusal(errs.Invalid, r, errors.New("the body is empty"))
	}
	return unmarshal(r, text, into)
}

func unmarshal(r *http.Request, text []byte, into any) error {
	if err := jsonx.Unmarshal(text, into); err != nil {
		return refusal(errs.Invalid, r, fmt.Errorf("the body is not the JSON expected: %w", err))
	}
	return nil
}

// readJSON reads a body of bounded size.
func readJSON(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	limit := int64(config.DefaultLimits().JSONBody)
	if ours, ok := w.(*response); ok {
		limit, w = ours.jsonBytes, ours.ResponseWriter
	}
	if r.ContentLength > limit {
		return nil, tooLarge(r, limit)
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooMany *http.MaxBytesError
	switch {
	case errors.As(err, &tooMany):
		return nil, tooLarge(r, limit)
	case err != nil:
		return nil, errs.E("rest.Decode", r.URL.Path, "", err)
	}
	return text, nil
}

func tooLarge(r *http.Request, limit int64) error {
	return refusal(errs.TooLarge, r, fmt.Errorf("the body has more than %d bytes", limit))
}
