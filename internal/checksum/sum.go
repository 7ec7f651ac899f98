package checksum

import (
	"bytes"
	"encoding/hex"

	"aistore/errs"
)

const maxSize = 64

// Sum is a digest with its kind. It is a plain value; compare with Equal,
// since == tells XXHash from XXHash2. The zero Sum is "no checksum".
type Sum struct {
	Kind Kind
	raw  [maxSize]byte
	size uint8 // bytes of raw in use
}

// NewSum returns the Sum of raw digest bytes.
// Errors: Invalid, if their number is not the kind's.
func NewSum(kind Kind, raw []byte) (Sum, error) {
	if len(raw) != kind.Size() {
		return Sum{}, errs.E("checksum.NewSum", string(kind), errs.Invalid, nil)
	}
	sum := Sum{Kind: kind, size: uint8(len(raw))}
	copy(sum.raw[:], raw)
	return sum, nil
}

// ParseSum reads the hex of a digest, in either case. Kind None or "" takes
// "" only. Errors: Invalid.
func ParseSum(kind Kind, text string) (Sum, error) {
	if !kind.Known() {
		_, err := ParseKind(string(kind))
		return Sum{}, err
	}
	sum := Sum{Kind: kind, size: uint8(kind.Size())}
	if len(text) == 2*kind.Size() {
		if _, err := hex.Decode(sum.raw[:], []byte(text)); err == nil {
			return sum, nil
		}
	}
	e := errs.E("checksum.ParseSum", string(kind), errs.Invalid, nil)
	e.Public = "invalid " + string(kind) + " checksum \"" + text + "\""
	return Sum{}, e
}

// IsZero tells whether the sum says nothing: no digest, whatever the kind.
func (s Sum) IsZero() bool { return s.size == 0 }

// Bytes returns a copy of the digest, nil for none.
func (s Sum) Bytes() []byte { return s.Append(nil) }

// Append appends the digest to dst.
func (s Sum) Append(dst []byte) []byte { return append(dst, s.raw[:s.size]...) }

// Hex returns the digest as lower-case hex, "" for none.
func (s Sum) Hex() string { return hex.EncodeToString(s.raw[:s.size]) }

// AppendHex appends Hex to dst.
func (s Sum) AppendHex(dst []byte) []byte { return hex.AppendEncode(dst, s.raw[:s.size]) }

// String returns kind and hex, for people.
func (s Sum) String() string {
	if s.IsZero() {
		return string(None)
	}
	return string(s.Kind) + " " + s.Hex()
}

// Equal tells whether both are digests of the same function and value, or
// both none.
func (s Sum) Equal(other Sum) bool {
	if s.size != other.size || !bytes.Equal(s.raw[:s.size], other.raw[:other.size]) {
		return false
	}
	return s.size == 0 || canonical(s.Kind) == canonical(other.Kind)
}

// Mismatch returns the Corrupt error of subject, whose bytes have sum got
// where want was promised.
func Mismatch(subject string, want, got Sum) error {
	e := errs.E("checksum.Verify", subject, errs.Corrupt, nil)
	e.Public = "checksum mismatch: want " + want.String() + ", got " + got.String()
	return e
}

func canonical(kind Kind) Kind {
	if kind == XXHash {
		return XXHash2
	}
	return kind
}
