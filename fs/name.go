package fs

import (
	"errors"
	"strings"
	"unicode/utf8"

	"aistore/errs"
)

// MaxName is the longest object name, in bytes.
const MaxName = 1024

// MaxEncoded bounds the length in bytes of what Encode returns, Beside
// included: every byte may become three, and every part gains two and a slash.
const MaxEncoded = 3*MaxName + 3*(3*MaxName/minPart+1) + 1

const (
	maxPart = 200         // longest part of a component, in encoded bytes
	minPart = maxPart - 3 // shortest part that can be cut: inside an escape or a rune it moves back by 3 at most

	escapedPercent = "%25"
	escapedDot     = "%2E"
	escapedDotDot  = "%2E." // only as the rest of a component that was split
	escapedEmpty   = "%_"
	splitMark      = "%+"
	besideMark     = "%"
)

// NameKind says what a decoded path is.
type NameKind uint8

// What Decode and DecodeEntry find.
const (
	Plain  NameKind = iota // the path that Encode makes, or a whole component
	Aside                  // a file that gave its path to a directory: Beside of the plain one
	Partly                 // DecodeEntry only: a directory whose component goes on below it
)

var (
	errEmptyName = errors.New("the name is empty")
	errLongName  = errors.New("the name is longer than 1024 bytes")
	errNULName   = errors.New("the name contains a NUL byte")
	errDotDot    = errors.New(`the name has a ".." component`)
	errForeign   = errors.New("not the path of an object name")
)

// Encode returns the relative path for an object name; for an ordinary name
// that is the name itself, without allocation. Every name has a path except
// the empty one, names over MaxName bytes, with a NUL byte, or with a ".."
// component: Invalid.
func Encode(name string) (string, error) {
	plain, err := scanName(name)
	if err == nil && name == "" {
		err = errEmptyName
	}
	if err != nil {
		return "", errs.E("fs.Encode", quoted(name), errs.Invalid, err)
	}
	if plain {
		return name, nil
	}
	return encodeComponents(name), nil
}

// EncodeDir returns the relative path of the directory below which all names
// that begin with prefix are, and only they. The prefix is "" (the path is
// then "") or ends in a slash. Invalid as for Encode.
func EncodeDir(prefix string) (string, error) {
	dir, ok := strings.CutSuffix(prefix, "/")
	plain, err := scanName(dir)
	if err == nil && !ok && prefix != "" {
		err = errors.New("the prefix does not end in a slash")
	}
	if err != nil {
		return "", errs.E("fs.EncodeDir", quoted(prefix), errs.Invalid, err)
	}
	if prefix == "" || (plain && dir != "") {
		return dir, nil
	}
	return encodeComponents(dir), nil
}

// Beside returns the path of the file that stands for rel, a path made by
// Encode, while a directory has that path.
func Beside(rel string) string { return rel + besideMark }

// Decode returns the object name for a relative path, and whether the path
// is that of Encode (Plain) or of Beside (Aside). A path that neither would
// make is of no object: Invalid.
func Decode(rel string) (string, NameKind, error) {
	name, kind, ok := decodePath(rel)
	if !ok {
		return "", 0, errs.E("fs.Decode", quoted(rel), errs.Invalid, errForeign)
	}
	return name, kind, nil
}

// DecodeEntry returns the text that one directory entry adds to the names
// below it, for a walk in the order of names. A Plain directory stands for
// text and a slash, a Partly directory for text alone. False for entries that
// Encode never makes; Decode of the whole path has the last word, since one
// entry does not show whether its component was split as Encode would.
func DecodeEntry(entry string, dir bool) (string, NameKind, bool) {
	kind := Plain
	switch {
	case dir && strings.HasSuffix(entry, splitMark):
		entry, kind = strings.TrimSuffix(entry, splitMark), Partly
	case !dir && strings.HasSuffix(entry, besideMark):
		entry, kind = strings.TrimSuffix(entry, besideMark), Aside
	}
	switch entry {
	case escapedEmpty:
		return "", kind, kind != Partly
	case escapedDot:
		return ".", kind, kind != Partly
	case escapedDotDot:
		return "..", kind, kind != Partly
	case "", ".", "..":
		return "", kind, false
	}
	text, ok := unescape(entry)
	return text, kind, ok
}

// scanName checks name against what no name may have, except that it may be
// empty, and reports whether it is its own path.
func scanName(name string) (plain bool, err error) {
	switch {
	case len(name) > MaxName:
		return false, errLongName
	case strings.IndexByte(name, 0) >= 0:
		return false, errNULName
	}
	plain = strings.IndexByte(name, '%') < 0
	for more := true; more; {
		var component string
		component, name, more = strings.Cut(name, "/")
		switch {
		case component == "..":
			return false, errDotDot
		case component == "", component == ".", len(component) > maxPart:
			plain = false
		}
	}
	return plain, nil
}

func encodeComponents(name string) string {
	dst := make([]byte, 0, 2*len(name)+len(escapedEmpty))
	for i := 0; ; i++ {
		component, rest, more := strings.Cut(name, "/")
		if i > 0 {
			dst = append(dst, '/')
		}
		dst = appendComponent(dst, component)
		if !more {
			return string(dst)
		}
		name = rest
	}
}

func appendComponent(dst []byte, component string) []byte {
	if component == "" {
		return append(dst, escapedEmpty...)
	}
	escaped := component
	if strings.Contains(component, "%") {
		escaped = strings.ReplaceAll(component, "%", escapedPercent)
	}
	for len(escaped) > maxPart {
		cut := cutPoint(escaped)
		dst = append(dst, escaped[:cut]...)
		dst = append(dst, splitMark...)
		dst = append(dst, '/')
		escaped = escaped[cut:]
	}
	switch escaped {
	case ".":
		escaped = escapedDot
	case "..":
		escaped = escapedDotDot
	}
	return append(dst, escaped...)
}

// cutPoint returns where a component that is too long is cut: at maxPart, or
// up to three bytes earlier if that is inside an escape or a UTF-8 character.
func cutPoint(escaped string) int {
	for i := 1; i < len(escapedPercent); i++ {
		if escaped[maxPart-i] == '%' {
			return maxPart - i
		}
	}
	for cut := maxPart; cut > maxPart-utf8.UTFMax; cut-- {
		if !utf8.RuneStart(escaped[cut]) {
			continue
		}
		if _, size := utf8.DecodeRuneInString(escaped[cut:]); cut+size > maxPart {
			return cut
		}
		break
	}
	return maxPart
}

func decodePath(rel string) (name string, kind NameKind, ok bool) {
	if plain, err := scanName(rel); err == nil && plain && rel != "" {
		return rel, Plain, true
	}
	if len(rel) > MaxEncoded {
		return "", 0, false
	}
	encoded, aside := strings.CutSuffix(rel, besideMark)
	if aside {
		kind = Aside
	}
	name, ok = decodeComponents(encoded)
	if !ok {
		return "", 0, false
	}
	// What is decoded by rule may still be cut or escaped as Encode would not.
	again, err := Encode(name)
	return name, kind, err == nil && again == encoded
}

func decodeComponents(rel string) (string, bool) {
	dst := make([]byte, 0, len(rel))
	for {
		component, rest, more := strings.Cut(rel, "/")
		text, kind, ok := DecodeEntry(component, more)
		if !ok || kind == Aside {
			return "", false
		}
		dst = append(dst, text...)
		if !more {
			return string(dst), true
		}
		if kind == Plain {
			dst = append(dst, '/')
		}
		rel = rest
	}
}

// unescape returns the text of an encoded part in which only %25 may occur.
func unescape(part string) (string, bool) {
	if strings.Count(part, "%") != strings.Count(part, escapedPercent) {
		return "", false
	}
	return strings.ReplaceAll(part, escapedPercent, "%"), true
}

// quoted returns a name for an error message: bounded, on one line.
func quoted(name string) string {
	const longest = 100
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	return `"` + strings.ToValidUTF8(strings.Map(printable, name), "?") + `"`
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '?'
	}
	return r
}
