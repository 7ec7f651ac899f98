// Package sigv4 checks the signatures that S3 clients put on requests: AWS
// Signature Version 4 in headers, in the query (presigned URLs) and in form
// policies, its signed and unsigned chunked bodies with trailers, and Version 2
// in presigned URLs, which some clients still make for endpoints that are not
// Amazon's. Secrets come from the caller; nothing here keeps or logs them.
//
// Start with [Verifier]. A request that passed is a [Signed], whose Body checks
// what the signature says of the content while it is read: an error comes
// before io.EOF, so who commits only at the end of the body commits nothing
// that was altered.
//
// The algorithms are those of "Authenticating Requests (AWS Signature Version
// 4)" and "Signature Calculations for the Authorization Header: Transferring
// Payload in Multiple Chunks" of the Amazon S3 API reference, and of "Signing
// and authenticating REST requests" for Version 2.
//
// # Errors
//
// Every refusal is an *errs.Error whose Code is the one of the S3 API reference,
// such as SignatureDoesNotMatch, and whose Public is a sentence for the client.
// Neither tells what the right signature would have been.
package sigv4
