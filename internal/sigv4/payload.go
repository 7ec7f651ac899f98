package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// What x-amz-content-sha256 says in place of a hash.
const (
	unsigned                 = "UNSIGNED-PAYLOAD"
	streamingPrefix          = "STREAMING-"
	streaming                = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamingTrailer         = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	streamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// Payload is the content of a request as it is to be stored, checked while it is
// read: the error of a check comes before io.EOF. Not safe for concurrent use.
type Payload struct {
	io.Reader

	// Size is the length of the content in bytes; -1 is unknown.
	Size int64

	chunks *chunkReader
}

// Trailer returns what came behind the content, by names in lower case. It is
// complete when Read has returned io.EOF; nil if there is none.
func (p *Payload) Trailer() map[string]string {
	if p.chunks == nil {
		return nil
	}
	return p.chunks.trailer
}

// Payload returns the content of the request r that was checked. The caller
// keeps and closes the body of r. For a request that was not signed, use the
// zero Signed.
// Errors: Invalid (it says nothing readable of its content or its length).
func (s *Signed) Payload(r *http.Request) (*Payload, error) {
	kind := s.payload
	// What is not signed says of the content what is framing in it: who stored that
	// as content would store what nobody has sent.
	if said := r.Header.Get(headerPayload); kind == "" || kind == unsigned && strings.HasPrefix(said, streamingPrefix) {
		kind = said
	}
	switch kind {
	case "", unsigned:
		return &Payload{Reader: r.Body, Size: r.ContentLength}, nil
	case streaming, streamingTrailer, streamingUnsignedTrailer:
		return s.chunked(r, kind)
	}
	if !isHex(kind) {
		return nil, refuse(CodeInvalidArgument, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-UNSIGNED-PAYLOAD-TRAILER or a valid sha256 value.")
	}
	want, err := hex.DecodeString(kind)
	if err != nil {
		return nil, refuse(CodeInvalidArgument, "x-amz-content-sha256 must be a valid sha256 value.")
	}
	return &Payload{Reader: &hashed{inner: r.Body, sum: sha256.New(), want: want}, Size: r.ContentLength}, nil
}

// chunked returns the content of a body in the encoding aws-chunked.
func (s *Signed) chunked(r *http.Request, kind string) (*Payload, error) {
	text := r.Header.Get("X-Amz-Decoded-Content-Length")
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 0 {
		return nil, refuse(CodeMissingLength, "You must provide the x-amz-decoded-content-length HTTP header.")
	}
	signed := kind != streamingUnsignedTrailer && !s.Unverified
	if signed && s.chain.key == nil {
		return nil, refuse(CodeInvalidRequest, "A body of signed chunks needs a signed request.")
	}
	c := newChunkReader(r.Body, size)
	if signed {
		chain := s.chain
		c.chain, c.sum = &chain, sha256.New()
	}
	c.trailers = kind != streaming
	return &Payload{Reader: c, Size: size, chunks: c}, nil
}

// hashed compares what was read with what was announced, at the end.
type hashed struct {
	inner io.Reader
	sum   hash.Hash
	want  []byte
	err   error
}

func (h *hashed) Read(p []byte) (int, error) {
	if h.err != nil {
		return 0, h.err
	}
	n, err := h.inner.Read(p)
	h.sum.Write(p[:n])
	if err == io.EOF && !hmac.Equal(h.sum.Sum(nil), h.want) {
		err = refuse(CodeContentMismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	h.err = err
	return n, err
}
