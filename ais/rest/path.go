package rest

import (
	"errors"
	"net/url"
	"strings"
)

// The errors of a path that cannot be taken as it is.
var (
	errUnclean = errors.New("the path has an empty or a dot segment")
	errEscape  = errors.New("a percent sign is not followed by two hexadecimal digits")
)

// pathOf returns the path of u, and whether it is still percent-encoded.
// It is decoded, by net/http, exactly when decoding lost nothing: then no
// slash of it was escaped, and splitting it is splitting what the client sent.
func pathOf(u *url.URL) (path string, escaped bool) {
	if u.RawPath == "" {
		return u.Path, false
	}
	// Not EscapedPath: it escapes Path anew where the client left a byte as it
	// is that should be escaped, and what was an escaped slash is one then.
	return u.RawPath, true
}

// decode returns s with its percent escapes decoded, once, unless it has none.
func decode(s string, escaped bool) (string, error) {
	if !escaped || strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	decoded, err := url.PathUnescape(s)
	if err != nil {
		return "", errEscape
	}
	return decoded, nil
}

// splitObject splits path, which is "bucket/object", at its first slash and
// decodes both parts. The object is all that follows: empty and "." components
// are part of its name. It is "" when there is no slash.
func splitObject(path string, escaped bool) (bucket, object string, err error) {
	bucket, object, _ = strings.Cut(path, "/")
	if bucket, err = decode(bucket, escaped); err != nil {
		return "", "", err
	}
	object, err = decode(object, escaped)
	return bucket, object, err
}

// checkClean refuses a path that has an empty, "." or ".." segment, escaped or
// not. Only names of objects may have them. A slash at the end is fine.
func checkClean(path string, escaped bool) error {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil
	}
	for {
		segment, rest, more := strings.Cut(path, "/")
		name, err := decode(segment, escaped)
		switch {
		case err != nil:
			return err
		case name == "" || name == "." || name == "..":
			return errUnclean
		case !more:
			return nil
		}
		path = rest
	}
}
