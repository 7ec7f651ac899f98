package checksum

import (
	"strings"

	"aistore/errs"
)

// Kind names a checksum function, as the wire does. The zero Kind is None.
type Kind string

// The kinds.
const (
	None    Kind = "none" // no checksum: an empty Sum
	XXHash  Kind = "xxhash"
	XXHash2 Kind = "xxhash2"
	MD5     Kind = "md5"
	CRC32C  Kind = "crc32c" // Castagnoli
	SHA256  Kind = "sha256"
	SHA512  Kind = "sha512"
)

// Kinds that clients of S3 ask for, and no bucket has.
const (
	CRC32     Kind = "crc32" // IEEE
	CRC64NVME Kind = "crc64nvme"
	SHA1      Kind = "sha1"
)

// Default is the kind of a bucket that does not say.
const Default = XXHash2

// Kinds lists the kinds that a bucket may have.
func Kinds() []Kind { return []Kind{None, XXHash, XXHash2, MD5, CRC32C, SHA256, SHA512} }

// All lists all kinds.
func All() []Kind { return append(Kinds(), CRC32, CRC64NVME, SHA1) }

// Known tells whether k is one of All, or "", which is None.
func (k Kind) Known() bool { return k == None || k == "" || k.Size() > 0 }

// ParseKind returns the kind of a bucket of that name; "" is None.
// Errors: Invalid, naming the valid ones.
func ParseKind(name string) (Kind, error) {
	if name == "" {
		return None, nil
	}
	names := make([]string, 0, len(Kinds()))
	for _, kind := range Kinds() {
		if string(kind) == name {
			return kind, nil
		}
		names = append(names, string(kind))
	}
	e := errs.E("checksum.ParseKind", name, errs.Invalid, nil)
	e.Public = "invalid checksum type \"" + name + "\": want one of " + strings.Join(names, ", ")
	return "", e
}

// Size returns the length of a digest of kind k in bytes: 0 for None and for
// a kind it does not know. Hex has twice as many digits.
func (k Kind) Size() int {
	switch k {
	case XXHash, XXHash2, CRC64NVME:
		return 8
	case MD5:
		return 16
	case SHA1:
		return 20
	case CRC32C, CRC32:
		return 4
	case SHA256:
		return 32
	case SHA512:
		return 64
	}
	return 0
}
