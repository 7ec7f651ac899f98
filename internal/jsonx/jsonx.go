package jsonx

import (
	"encoding/json"
	"io"

	jsoniter "github.com/json-iterator/go"
)

// RawMessage is JSON kept as it came, to be decoded later.
type RawMessage = json.RawMessage

// Decoder reads JSON values from a stream.
type Decoder = jsoniter.Decoder

// Encoder writes JSON values to a stream, a newline after each.
type Encoder = jsoniter.Encoder

// Marshal returns v as compact JSON: map keys sorted, HTML escaped.
func Marshal(v any) ([]byte, error) { return compatible().Marshal(v) }

// MarshalIndent is Marshal for people to read. Prefix must be empty, and
// indent spaces only.
func MarshalIndent(v any, prefix, indent string) ([]byte, error) {
	return compatible().MarshalIndent(v, prefix, indent)
}

// Unmarshal stores the one JSON value in data into *v. Unknown keys are
// skipped; anything after the value is an error.
func Unmarshal(data []byte, v any) error { return compatible().Unmarshal(data, v) }

// NewDecoder returns a Decoder that reads from r. It may read ahead.
func NewDecoder(r io.Reader) *Decoder { return compatible().NewDecoder(r) }

// NewEncoder returns an Encoder that writes to w.
func NewEncoder(w io.Writer) *Encoder { return compatible().NewEncoder(w) }

func compatible() jsoniter.API { return jsoniter.ConfigCompatibleWithStandardLibrary }
