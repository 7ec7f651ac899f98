package rest

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// contentJSON is the content type of JSON answers.
const contentJSON = wire.ContentJSON + "; charset=utf-8"

// JSON answers with v as JSON. Errors: Internal (v has no JSON form).
func JSON(w http.ResponseWriter, v any) error { return JSONStatus(w, http.StatusOK, v) }

// JSONStatus answers with a status and v as JSON.
// Errors: Internal (v has no JSON form).
func JSONStatus(w http.ResponseWriter, status int, v any) error {
	text, err := jsonx.Marshal(v)
	if err != nil {
		return errs.E("rest.JSON", "", errs.Internal, err)
	}
	return Bytes(w, status, contentJSON, text)
}

// Packer is a message that has a msgpack form.
type Packer interface {
	// AppendMsg appends the message to dst.
	AppendMsg(dst []byte) []byte
}

// Msgpack answers with v as msgpack.
func Msgpack(w http.ResponseWriter, v Packer) error {
	return Bytes(w, http.StatusOK, wire.ContentMsgpack, v.AppendMsg(nil))
}

// Packed answers with v as msgpack where the client accepts that, else as JSON.
// Errors: Internal (v has no such form).
func Packed(w http.ResponseWriter, r *http.Request, v Packer) error {
	if AcceptsMsgpack(r) {
		return Msgpack(w, v)
	}
	return JSON(w, v)
}

// AcceptsMsgpack tells whether the client asks for msgpack.
func AcceptsMsgpack(r *http.Request) bool {
	for _, line := range r.Header["Accept"] {
		for accepted := range strings.SplitSeq(line, ",") {
			if kind, _, err := mime.ParseMediaType(accepted); err == nil && kind == wire.ContentMsgpack {
				return true
			}
		}
	}
	return false
}

// Text answers with s as it is: clients take all of it as the value.
func Text(w http.ResponseWriter, s string) error { return TextStatus(w, http.StatusOK, s) }

// TextStatus answers with a status and s.
func TextStatus(w http.ResponseWriter, status int, s string) error {
	return Bytes(w, status, wire.ContentText, []byte(s))
}

// Bytes answers with a status and a body of a content type.
func Bytes(w http.ResponseWriter, status int, contentType string, body []byte) error {
	h := w.Header()
	h["Content-Type"] = []string{contentType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err // the client has gone; the router knows that the answer had begun
}
