package jsonfile

import (
	"encoding/binary"
	"errors"

	"aistore/errs"
)

const (
	magic      = "aisjrnl\n"
	headerSize = 16
	frameSize  = 8       // length and checksum before a body
	maxBody    = 1 << 30 // bytes; a longer one is damage
)

func appendHeader(dst []byte, format int) []byte {
	start := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(format))
	return binary.LittleEndian.AppendUint32(dst, checksum(dst[start:]))
}

// parseHeader returns the format of a journal.
func parseHeader(content []byte) (int, error) {
	if len(content) < headerSize || string(content[:len(magic)]) != magic {
		return 0, errors.New("not a journal")
	}
	if binary.LittleEndian.Uint32(content[12:]) != checksum(content[:12]) {
		return 0, errors.New("damaged header")
	}
	return int(binary.LittleEndian.Uint32(content[8:])), nil
}

// appendFrame appends one frame that holds entries.
func appendFrame(dst []byte, entries [][]byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, make([]byte, frameSize)...)
	for _, entry := range entries {
		dst = binary.AppendUvarint(dst, uint64(len(entry)))
		dst = append(dst, entry...)
	}
	head, body := dst[start:start+frameSize], dst[start+frameSize:]
	if len(body) > maxBody {
		return dst[:start], errors.New("entries of over 1 GiB")
	}
	binary.LittleEndian.PutUint32(head, uint32(len(body)))
	binary.LittleEndian.PutUint32(head[4:], checksum(head[:4], body))
	return dst, nil
}

// parseFrame returns the body of the frame that content starts with, and the
// length of the whole frame. It is false for one cut short or damaged.
func parseFrame(content []byte) (body []byte, length int, ok bool) {
	if len(content) < frameSize {
		return nil, 0, false
	}
	size := int64(binary.LittleEndian.Uint32(content))
	if size == 0 || size > maxBody || size > int64(len(content)-frameSize) {
		return nil, 0, false
	}
	length = frameSize + int(size)
	body = content[frameSize:length]
	if binary.LittleEndian.Uint32(content[4:]) != checksum(content[:4], body) {
		return nil, 0, false
	}
	return body, length, true
}

// holdsFrame tells whether a whole frame stands anywhere behind the start of
// content.
func holdsFrame(content []byte) bool {
	for i := 1; i < len(content); i++ {
		if _, _, ok := parseFrame(content[i:]); ok {
			return true
		}
	}
	return false
}

// splitBody returns the entries of a body whose checksum was right.
func splitBody(body []byte) ([][]byte, error) {
	var entries [][]byte
	for len(body) > 0 {
		size, n := binary.Uvarint(body)
		if n <= 0 || size > uint64(len(body)-n) {
			return nil, errs.E("", "", errs.Corrupt, errors.New("malformed frame"))
		}
		end := n + int(size)
		entries = append(entries, body[n:end])
		body = body[end:]
	}
	return entries, nil
}
