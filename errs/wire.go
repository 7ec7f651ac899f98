package errs

import "cmp"

// Codes that our own kinds and sentences use on the wire.
const (
	CodeBucketNotFound       = "ErrBckNotFound"
	CodeRemoteBucketNotFound = "ErrRemoteBckNotFound"
	CodeBucketExists         = "ErrBucketAlreadyExists"
	CodeBucketNotEmpty       = "BucketNotEmpty"
	CodeObjectNotFound       = "ErrNotFound"
	CodeExists               = "ErrAlreadyExists"
	CodeBusy                 = "ErrBusy"
	CodeChecksum             = "ErrInvalidCksum"
	CodeUploadNotFound       = "ErrUploadNotFound"
	CodePartInvalid          = "ErrPartInvalid"  // a part is missing, or is not the one that is meant
	CodePartOrder            = "ErrPartOrder"    // parts are not in ascending order
	CodePartTooSmall         = "ErrPartTooSmall" // a part other than the last
	CodeVersionNotFound      = "ErrVersionNotFound"
	CodeVersionInvalid       = "ErrVersionInvalid" // the id is none that a version can have
	CodeDeleteMarker         = "ErrDeleteMarker"   // the version says that the object was deleted, and has no content
	CodeLocked               = "ErrObjectLocked"   // the version must not be deleted, or its lock not be weakened, yet

	// CodeNotNow says that nothing was done, and that the same request may be
	// carried out a little later, maybe by another node.
	CodeNotNow = "ErrNotNow"
	// CodeOutcomeUnknown says that a change may have been made or not. It is not
	// to be repeated blindly.
	CodeOutcomeUnknown = "ErrOutcomeUnknown"
	// CodeStranger is of a call between nodes whose caller the other does not
	// know: one of them has not heard of what has become of the cluster.
	CodeStranger = "ErrStranger"
)

// Wire is the JSON body of an error answer. The keys are fixed.
type Wire struct {
	TypeCode   string `json:"tcode,omitempty"`
	Message    string `json:"message"`
	Method     string `json:"method"`
	URLPath    string `json:"url_path"`
	RemoteAddr string `json:"remote_addr"`
	Caller     string `json:"caller"`
	Node       string `json:"node"`
	Status     int    `json:"status"`
}

// ToWire returns w, filled by the caller with where and for whom, completed
// with what err says: code, message, and status unless w has one.
func ToWire(err error, w Wire) Wire {
	w.TypeCode = CodeOf(err)
	w.Message = PublicOf(err)
	w.Status = cmp.Or(w.Status, KindOf(err).Status())
	return w
}

// FromWire returns the error that a client makes of w. Its kind follows from
// status and code, so that errors.Is answers as on the server; a status that
// no kind has is Invalid below 500 and Internal from there. RetryAfter is a
// header on the wire, and the caller's to set.
func FromWire(w Wire) *Error {
	return &Error{
		Op:      w.Method,
		Subject: w.URLPath,
		Kind:    kindFromWire(w.Status, w.TypeCode),
		Code:    w.TypeCode,
		Public:  w.Message,
	}
}

func kindFromWire(status int, code string) Kind {
	if status == 409 && code == CodeBucketExists {
		return Exists
	}
	kind := Kind("")
	for _, row := range kindRows() {
		if row.status != status {
			continue
		}
		if row.code != "" && row.code == code {
			return row.kind
		}
		if row.code == "" && kind == "" {
			kind = row.kind
		}
	}
	switch {
	case kind != "":
		return kind
	case status < 500:
		return Invalid
	}
	return Internal
}
