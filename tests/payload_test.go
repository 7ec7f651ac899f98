package tests

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// minPayload is the least size of a payload that describes itself.
const minPayload = 32

// payload makes content that tells which object it is of, which write made it,
// and how long it is; every other byte follows from that.
//
//	0   magic, 8 bytes
//	8   number of the write, 8 bytes
//	16  size, 8 bytes
//	24  hash of the object's name, 8 bytes
//	32  pseudo-random bytes, of the 32 before as seed
func payload(name string, write uint64, size int) []byte {
	data := make([]byte, max(size, minPayload))
	copy(data, "ais-test")
	binary.BigEndian.PutUint64(data[8:], write)
	binary.BigEndian.PutUint64(data[16:], uint64(len(data)))
	binary.BigEndian.PutUint64(data[24:], nameHash(name))
	fillPayload(data)
	return data
}

// fillPayload makes the bytes that follow from the first ones.
func fillPayload(data []byte) {
	source := rand.NewChaCha8([32]byte(data[:minPayload]))
	_, _ = source.Read(data[minPayload:]) // never fails
}

func nameHash(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return h.Sum64()
}

// checkPayload returns the number of the write that made data, or what is wrong
// with data as the content of the object.
func checkPayload(name string, data []byte) (write uint64, err error) {
	switch {
	case len(data) < minPayload || string(data[:8]) != "ais-test":
		return 0, fmt.Errorf("%d bytes that are no payload", len(data))
	case binary.BigEndian.Uint64(data[16:]) != uint64(len(data)):
		return 0, fmt.Errorf("%d bytes of %d", len(data), binary.BigEndian.Uint64(data[16:]))
	case binary.BigEndian.Uint64(data[24:]) != nameHash(name):
		return 0, fmt.Errorf("the content of another object than %q", name)
	}
	want := bytes.Clone(data)
	fillPayload(want)
	if !bytes.Equal(data, want) {
		return 0, fmt.Errorf("torn: the first difference is not of the same write")
	}
	return binary.BigEndian.Uint64(data[8:]), nil
}
