package target

import (
	"io"
	"strconv"

	"aistore/errs"
)

// bounded is a body that may have no more than limit bytes.
type bounded struct {
	io.Reader
	limit, read int64
}

// Read is io.Reader.Read. Errors: TooLarge.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.read += int64(n); b.read > b.limit {
		return n, tooLarge(b.limit)
	}
	return n, err
}

// Cut makes reading end, if the body can.
func (b *bounded) Cut() {
	if c, ok := b.Reader.(interface{ Cut() }); ok {
		c.Cut()
	}
}

// admit returns the body of an object whose length is known, or -1, if the
// limit, 0 for none, lets it in. Errors: TooLarge.
func admit(body io.Reader, length, limit int64) (io.Reader, error) {
	switch {
	case limit == 0:
		return body, nil
	case length > limit:
		return nil, tooLarge(limit)
	case length >= 0:
		return body, nil
	}
	return &bounded{Reader: body, limit: limit}, nil
}

func tooLarge(limit int64) error {
	e := errs.E("target.put", "", errs.TooLarge, nil)
	e.Public = "an object has at most " + strconv.FormatInt(limit, 10) + " bytes (limits.max_object)"
	return e
}
