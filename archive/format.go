package archive

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"aistore/errs"
)

// Format is a kind of archive. The zero Format is none. The numbers are those
// of the index.
type Format uint8

// The formats.
const (
	Tar     Format = 1
	TarGzip Format = 2
	TarLZ4  Format = 3
	Zip     Format = 4
)

// String returns the usual extension with its dot, "" for no format.
func (f Format) String() string {
	switch f {
	case Tar:
		return ".tar"
	case TarGzip:
		return ".tar.gz"
	case TarLZ4:
		return ".tar.lz4"
	case Zip:
		return ".zip"
	}
	return ""
}

// ContentType returns the media type, as answers carry it.
func (f Format) ContentType() string {
	switch f {
	case Tar:
		return "application/x-tar"
	case TarGzip:
		return "application/gzip"
	case TarLZ4:
		return "application/x-lz4"
	case Zip:
		return "application/zip"
	}
	return "application/octet-stream"
}

// IsCompressedTar tells whether members have no place of their own in the file.
func (f Format) IsCompressedTar() bool { return f == TarGzip || f == TarLZ4 }

// Parse returns the format that a client names: an extension with its dot or
// without, or a media type. Errors: Invalid.
func Parse(text string) (Format, error) {
	if f := byExtension("." + strings.TrimPrefix(text, ".")); f != 0 {
		return f, nil
	}
	switch strings.ToLower(text) {
	case "application/x-tar", "application/tar":
		return Tar, nil
	case "application/gzip", "application/x-gzip", "application/x-tgz", "application/x-gtar":
		return TarGzip, nil
	case "application/x-lz4", "application/x-tar-lz4":
		return TarLZ4, nil
	case "application/zip", "application/x-zip", "application/x-zip-compressed":
		return Zip, nil
	}
	e := errs.E("archive.Parse", "", errs.Invalid, nil)
	e.Public = strconv.Quote(text) + " is no archive format: use .tar, .tgz, .tar.gz, .tar.lz4 or .zip"
	return 0, e
}

// OfName returns the format that the extension of a name says; zero if none.
func OfName(name string) Format {
	base := name[strings.LastIndexByte(name, '/')+1:]
	for _, extension := range []string{".tar.gz", ".tar.lz4", ".tar", ".tgz", ".zip"} {
		if len(base) > len(extension) && strings.EqualFold(base[len(base)-len(extension):], extension) {
			return byExtension(extension)
		}
	}
	return 0
}

func byExtension(extension string) Format {
	switch strings.ToLower(extension) {
	case ".tar":
		return Tar
	case ".tar.gz", ".tgz":
		return TarGzip
	case ".tar.lz4":
		return TarLZ4
	case ".zip":
		return Zip
	}
	return 0
}

// MagicBytes is how many bytes of an archive OfContent looks at.
const MagicBytes = 512

// OfContent returns the format that the first bytes of an archive show, at best
// MagicBytes of them; zero if none. Of a compressed file it cannot see whether a
// tar is in it.
func OfContent(head []byte) Format {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		return TarGzip
	case bytes.HasPrefix(head, []byte{0x04, 0x22, 0x4d, 0x18}):
		return TarLZ4
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return Zip
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return Tar
	}
	return 0
}

// Detect returns the format of an archive: what the client names in mime, or
// what the name says, or what its first bytes show. A mime of "" and a head of
// nil ask nothing. Errors: Invalid.
func Detect(mime, name string, head []byte) (Format, error) {
	if mime != "" {
		return Parse(mime)
	}
	if f := OfName(name); f != 0 {
		return f, nil
	}
	if f := OfContent(head); f != 0 {
		return f, nil
	}
	return 0, errs.E("archive.Detect", "", errs.Invalid,
		errors.New("it is not seen which archive this is: name it .tar, .tgz, .tar.gz, .tar.lz4 or .zip, or say so with archmime"))
}
