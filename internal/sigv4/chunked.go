package sigv4

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"
)

const (
	maxChunkLine  = 1 << 10  // bytes of the line before a chunk
	maxChunk      = 1 << 30  // bytes of a chunk; what is held in memory does not depend on it
	maxTrailer    = 16 << 10 // bytes of all trailers
	chunkSignName = "chunk-signature="

	// emptyHash is the SHA-256 of nothing.
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// TrailerSignature is the name in a trailer of the signature of the others.
const TrailerSignature = "x-amz-trailer-signature"

// chain signs chunks, each with the signature of the one before.
type chain struct {
	key          []byte // nil in a request that was not signed
	stamp, scope string
	previous     string
}

// next returns whether signature is that of the next thing, whose string to sign
// ends with hashes.
func (c *chain) next(kind, hashes, signature string) bool {
	text := algorithm + "-" + kind + "\n" + c.stamp + "\n" + c.scope + "\n" + c.previous + "\n" + hashes
	want := hex.EncodeToString(sum256(c.key, text))
	c.previous = want
	return equal(want, signature)
}

// chunkReader decodes a body in the encoding aws-chunked:
//
//	hex size [";chunk-signature=" hex] CRLF content CRLF … "0" […] CRLF
//	name ":" value CRLF …
//	CRLF
//
// The content of a chunk is handed on before its signature is known to hold,
// which is so only once the next line is read without error.
type chunkReader struct {
	in       *bufio.Reader
	trailers bool              // may follow
	trailer  map[string]string // by name in lower case
	chain    *chain            // nil is unsigned
	sum      hash.Hash         // of the chunk under way; nil is unsigned
	left     int64             // of the chunk under way
	open     bool              // a chunk is under way
	total    int64             // of the content, still to come
	sign     string            // of the chunk under way
	err      error
}

func newChunkReader(r io.Reader, size int64) *chunkReader {
	return &chunkReader{in: bufio.NewReaderSize(r, 4<<10), total: size}
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	for c.left == 0 {
		if c.err = c.advance(); c.err != nil {
			return 0, c.err
		}
	}
	n, err := c.in.Read(p[:min(int64(len(p)), c.left)])
	if c.sum != nil {
		c.sum.Write(p[:n])
	}
	c.left -= int64(n)
	if err != nil {
		c.err = cut(err)
	}
	return n, c.err
}

// advance ends the chunk under way, and begins the next; io.EOF after the last.
func (c *chunkReader) advance() error {
	if err := c.endChunk(); err != nil {
		return err
	}
	size, err := c.chunkLine()
	if err != nil {
		return err
	}
	if size > c.total {
		return refuse(CodeIncompleteBody, "The request body has more bytes than x-amz-decoded-content-length says.")
	}
	c.total -= size
	c.left, c.open = size, size > 0
	if size > 0 {
		return nil
	}
	if c.total > 0 {
		return refuse(CodeIncompleteBody, "You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header.")
	}
	if err := c.verifyChunk(); err != nil {
		return err
	}
	return c.end()
}

// endChunk reads the line end behind a chunk, and checks its signature.
func (c *chunkReader) endChunk() error {
	if !c.open {
		return nil
	}
	c.open = false
	line, err := c.line(2)
	if err != nil {
		return err
	}
	if line != "" {
		return refuse(CodeInvalidChunk, "A chunk is longer than its size says.")
	}
	return c.verifyChunk()
}

func (c *chunkReader) verifyChunk() error {
	if c.chain == nil {
		return nil
	}
	if !c.chain.next("PAYLOAD", emptyHash+"\n"+hex.EncodeToString(c.sum.Sum(nil)), c.sign) {
		return mismatch()
	}
	c.sum.Reset()
	return nil
}

// chunkLine reads the line before a chunk.
func (c *chunkReader) chunkLine() (int64, error) {
	line, err := c.line(maxChunkLine)
	if err != nil {
		return 0, err
	}
	digits, extension, _ := strings.Cut(line, ";")
	size, err := strconv.ParseUint(digits, 16, 63)
	if err != nil || size > maxChunk {
		return 0, refuse(CodeInvalidChunk, "The size of a chunk must be a hexadecimal number, of at most 1 GiB.")
	}
	if c.chain != nil {
		sign, found := strings.CutPrefix(extension, chunkSignName)
		if !found {
			return 0, refuse(CodeInvalidRequest, "A chunk has no chunk-signature.")
		}
		c.sign = sign
	}
	return int64(size), nil
}

// end reads what follows the last chunk.
func (c *chunkReader) end() error {
	var signed bytes.Buffer
	for {
		line, err := c.line(maxTrailer - signed.Len())
		if errors.Is(err, io.ErrUnexpectedEOF) && signed.Len() == 0 && !c.trailers {
			return io.EOF // some leave out the last line end
		}
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		if err := c.addTrailer(line, &signed); err != nil {
			return err
		}
	}
	if err := c.verifyTrailer(signed.Bytes()); err != nil {
		return err
	}
	return io.EOF
}

func (c *chunkReader) addTrailer(line string, signed *bytes.Buffer) error {
	name, value, found := strings.Cut(line, ":")
	name = strings.ToLower(strings.TrimSpace(name))
	if !found || name == "" || !c.trailers || c.trailer[TrailerSignature] != "" {
		return refuse(CodeMalformedTrailer, "The request contained trailing data that was not well-formed or did not conform to our published schema.")
	}
	if c.trailer == nil {
		c.trailer = make(map[string]string)
	}
	value = strings.TrimSpace(value)
	c.trailer[name] = value
	if name != TrailerSignature {
		signed.WriteString(name + ":" + value + "\n")
	}
	return nil
}

func (c *chunkReader) verifyTrailer(signed []byte) error {
	if c.chain == nil || !c.trailers {
		return nil
	}
	if !c.chain.next("TRAILER", hexOf(signed), c.trailer[TrailerSignature]) {
		return mismatch()
	}
	return nil
}

// line reads a line of at most limit bytes, and returns it without its end.
func (c *chunkReader) line(limit int) (string, error) {
	var line []byte
	for {
		part, err := c.in.ReadSlice('\n')
		if len(line)+len(part) > limit+2 {
			return "", refuse(CodeInvalidRequest, "A line between chunks is too long, or content follows where a line should end.")
		}
		line = append(line, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", cut(err)
		}
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
}

// cut is the error of a body that ends too early.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.Join(refuse(CodeIncompleteBody, "The request body ended before its last chunk."), io.ErrUnexpectedEOF)
	}
	return err
}
