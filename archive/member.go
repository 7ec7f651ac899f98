package archive

import (
	"strconv"
	"strings"
	"time"
)

// MaxName is the length of the longest name of a member, in bytes.
const MaxName = 1024

// Member is a regular file in an archive.
type Member struct {
	Name     string
	Size     int64     // bytes of its content
	Modified time.Time // to the second; zero if not known
	// Offset says where it is: in a tar the content in the file, in a compressed
	// tar the content in what is decompressed, in a zip its header in the file.
	Offset int64
	// The rest is for zip.
	Stored int64  // bytes of the content in the file
	Method uint16 // 0 stored, 8 deflated
	CRC    uint32 // of the content
}

// CleanName returns the name of a member as it is listed and asked for: without
// a leading "./". Errors: Invalid (empty, absolute, with "..", with NUL, longer
// than MaxName): who unpacks such an archive writes where he does not want to.
func CleanName(name string) (string, error) {
	clean := name
	for strings.HasPrefix(clean, "./") {
		clean = strings.TrimLeft(clean[2:], "/")
	}
	wrong := ""
	switch {
	case clean == "" || clean == ".":
		wrong = "has an empty name"
	case clean[0] == '/':
		wrong = "has an absolute name"
	case len(clean) > MaxName:
		wrong = "has a name of more than " + strconv.Itoa(MaxName) + " bytes"
	case strings.IndexByte(clean, 0) >= 0:
		wrong = "has a name with a zero byte"
	case climbs(clean):
		wrong = `has a name with ".."`
	case clean[len(clean)-1] == '/':
		wrong = "has the name of a directory"
	}
	if wrong != "" {
		return "", invalid("member "+shown(name), "%s", wrong)
	}
	return clean, nil
}

// climbs tells whether a component of name is "..".
func climbs(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// shown quotes the beginning of a name for an error.
func shown(name string) string {
	const enough = 100
	if len(name) > enough {
		return strconv.Quote(name[:enough]) + "…"
	}
	return strconv.Quote(name)
}

// SampleKey returns the key of the sample that a member belongs to, by the
// convention of WebDataset: its name up to the first dot of its last part.
func SampleKey(name string) string {
	base := strings.LastIndexByte(name, '/') + 1
	if dot := strings.IndexByte(name[base:], '.'); dot >= 0 {
		return name[:base+dot]
	}
	return name
}
