package s3

import (
	"io"

	"aistore/internal/sigv4"
)

// input is the content that a request brings, and what the request says of it.
type input struct {
	payload *sigv4.Payload
	sums    sums
	limit   int64 // bytes that it may have; 0 is no bound
	cut     func()
}

// input looks at the headers of a request that brings content. Errors: Invalid.
func (c *call) input() (*input, error) {
	in := &input{}
	var err error
	if in.sums, err = c.sums(); err != nil {
		return nil, err
	}
	if in.payload, err = c.signed.Payload(c.r); err != nil {
		return nil, err
	}
	if body, ok := c.r.Body.(interface{ Cut() }); ok {
		in.cut = body.Cut
	}
	return in, nil
}

// bounded is input for content that is to be stored: its size must be known, and
// not too large. Errors: Invalid, TooLarge.
func (c *call) bounded() (*input, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	in.limit = int64(c.options.Config.Get().Limits.ObjectSize)
	switch {
	case in.payload.Size < 0:
		return nil, refuse(codeMissingLength)
	case in.limit > 0 && in.payload.Size > in.limit:
		return nil, refuse(codeEntityTooLarge)
	}
	return in, nil
}

// reader gives the content. It can be cut off, see objects.Verbs.Put.
func (in *input) reader() io.Reader { return &content{Reader: in.payload, cut: in.cut} }

// content is the content of a request as it is read.
type content struct {
	io.Reader
	cut func() // nil: it cannot be
}

// Cut makes reading end.
func (c *content) Cut() {
	if c.cut != nil {
		c.cut()
	}
}
