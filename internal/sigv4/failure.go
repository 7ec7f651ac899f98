package sigv4

import "aistore/errs"

// The codes of the S3 API reference that a check can end with.
const (
	CodeAccessDenied     = "AccessDenied"
	CodeMalformedHeader  = "AuthorizationHeaderMalformed"
	CodeMalformedQuery   = "AuthorizationQueryParametersError"
	CodeUnknownKey       = "InvalidAccessKeyId"
	CodeMismatch         = "SignatureDoesNotMatch"
	CodeSkewed           = "RequestTimeTooSkewed"
	CodeContentMismatch  = "XAmzContentSHA256Mismatch"
	CodeInvalidRequest   = "InvalidRequest"
	CodeInvalidArgument  = "InvalidArgument"
	CodeIncompleteBody   = "IncompleteBody"
	CodeInvalidChunk     = "InvalidChunkSizeError"
	CodeMalformedTrailer = "MalformedTrailerError"
	CodeMissingLength    = "MissingContentLength"
)

func refuse(code, sentence string) error {
	kind := errs.Invalid
	switch code {
	case CodeAccessDenied, CodeUnknownKey, CodeMismatch, CodeSkewed:
		kind = errs.Forbidden
	}
	return &errs.Error{Op: "sigv4", Kind: kind, Code: code, Public: sentence}
}

func mismatch() error {
	return refuse(CodeMismatch, "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
}
