package s3

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
)

// refuse returns the error of a code, with the sentence of the API.
func refuse(code string) error { return refuseWith(code, rows()[code].sentence) }

// refuseWith returns the error of a code with another sentence.
func refuseWith(code, sentence string) error {
	e := errs.E("s3", "", rows()[code].kind, nil)
	e.Code, e.Public = code, sentence
	return e
}

// WriteError is rest.Dialect.WriteError: the error as XML, in the codes and with
// the status that clients of S3 expect.
func (d *Dialect) WriteError(w http.ResponseWriter, r *http.Request, q *rest.ObjectRequest, err error) {
	h := w.Header()
	d.mark(h)
	d.cors(h, r, q)
	if errs.KindOf(err) == errs.NotModified {
		h.Del("Content-Length")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	marked := h["Last-Modified"]
	for _, name := range describing() {
		h.Del(name)
	}
	if h[headerDeleteMarker] != nil && marked != nil {
		h["Last-Modified"] = marked // of the delete marker
	}
	code := codeOf(err)
	if code == codeInvalidArgument && errs.CodeOf(err) == "" {
		code = codeOfName(r, q)
	}
	status := rows()[code].status
	if status == 0 {
		status = errs.KindOf(err).Status()
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return
	}
	m := newMarkup(512)
	m.open("Error")
	m.text("Code", code)
	m.text("Message", sentenceOf(code, err))
	if size, ok := rest.SizeOutsideRange(err); ok { // clients learn by it that an object is empty
		m.text("RangeRequested", r.Header.Get("Range"))
		m.number("ActualObjectSize", size)
	}
	m.text("Resource", r.URL.Path)
	m.text("RequestId", h.Get(headerRequestID))
	m.text("HostId", d.options.Node)
	m.close("Error")
	_ = m.answer(w, status) // the client may have gone
}

// describing are the headers of an answer that is not given after all.
func describing() []string {
	return []string{
		"Content-Length", "Content-Type", "Content-Encoding", "Content-Disposition", "Content-Language",
		"Cache-Control", "Expires", "Etag", "Last-Modified", "Www-Authenticate",
	}
}

// codeOf returns the code of the API for an error. Those of this package and of
// the signatures have one already.
func codeOf(err error) string {
	code := errs.CodeOf(err)
	if _, ours := rows()[code]; ours {
		return code
	}
	switch code {
	case errs.CodeBucketNotFound, errs.CodeRemoteBucketNotFound:
		return codeNoSuchBucket
	case errs.CodeBucketExists:
		return codeBucketExists
	case errs.CodeObjectNotFound:
		return codeNoSuchKey
	case errs.CodeUploadNotFound:
		return codeNoSuchUpload
	case errs.CodeVersionNotFound:
		return codeNoSuchVersion
	case errs.CodeVersionInvalid:
		return codeInvalidArgument
	case errs.CodeDeleteMarker:
		return codeMethodNotAllowed
	case errs.CodeLocked:
		return codeAccessDenied
	case errs.CodePartInvalid:
		return codeInvalidPart
	case errs.CodePartOrder:
		return codeInvalidPartOrder
	case errs.CodePartTooSmall:
		return codeEntityTooSmall
	case errs.CodeOutcomeUnknown:
		return codeInternal
	}
	kind := errs.KindOf(err)
	if code != "" && (kind == errs.Invalid || kind == errs.Forbidden) && code != errs.CodeChecksum {
		return code // of the signature
	}
	return codeOfKind(kind, code)
}

// codeOfKind returns the code for errors that have none of their own.
func codeOfKind(kind errs.Kind, code string) string {
	switch kind {
	case errs.Invalid:
		if code == errs.CodeChecksum {
			return codeBadDigest
		}
		return codeInvalidArgument
	case errs.Forbidden, errs.Unauthenticated:
		return codeAccessDenied
	case errs.NotFound, errs.Gone:
		return codeNoSuchKey
	case errs.Method:
		return codeMethodNotAllowed
	case errs.Exists, errs.Busy, errs.Conflict, errs.Locked:
		return codeOperationAborted
	case errs.Precondition:
		return codePrecondition
	case errs.TooLarge:
		return codeEntityTooLarge
	case errs.Range:
		return codeInvalidRange
	case errs.Throttled:
		return codeSlowDown
	case errs.Canceled:
		return codeRequestTimeout
	case errs.Unsupported:
		return codeNotImplemented
	case errs.Unavailable:
		return codeUnavailable
	case errs.NoSpace:
		return codeNoSpace
	}
	return codeInternal
}

// codeOfName tells what is wrong with a request whose names may be: nothing has
// looked further then.
func codeOfName(r *http.Request, q *rest.ObjectRequest) string {
	bucket, object := split(r.URL.Path, q)
	switch {
	case bucket != "" && (wire.Bucket{Name: bucket}).Validate() != nil:
		return codeBucketName
	case len(object) > wire.MaxObjectName:
		return codeKeyTooLong
	}
	return codeInvalidArgument
}

// sentenceOf is what the client reads: that of the API where our own would be of
// names it does not know.
func sentenceOf(code string, err error) string {
	var e *errs.Error
	if errors.As(err, &e) && e.Code == code && e.Public != "" {
		return e.Public
	}
	switch code {
	case codeInternal:
	case codeUnavailable:
		// Why a node cannot be reached has addresses that are not for clients.
		if errs.CodeOf(err) == errs.CodeNotNow {
			return errs.PublicOf(err)
		}
	case codeInvalidArgument, codeNotImplemented, codeNoSpace, codeEntityTooLarge, codeInvalidPart, codeEntityTooSmall, codeAccessDenied:
		if public := errs.PublicOf(err); public != "" {
			return public
		}
	}
	return rows()[code].sentence
}

// Headers that every answer has.
const (
	headerRequestID = "X-Amz-Request-Id"
	headerHostID    = "X-Amz-Id-2"
)

// mark gives an answer its id, unless it has one.
func (d *Dialect) mark(h http.Header) {
	if h[headerRequestID] != nil {
		return
	}
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	h[headerRequestID] = []string{hex.EncodeToString(id[:])}
	h[headerHostID] = []string{d.options.Node}
}
