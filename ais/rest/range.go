package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"aistore/errs"
)

// ParseRange reads the value h of a Range header for something of size bytes.
// It returns where the answer starts, its length in bytes, and whether it is
// partial: without a header, for a unit other than bytes, and for the last bytes of
// what is empty, it is all of it.
// Errors: Range (not satisfiable, malformed, or more than one range); written
// as an answer, the error has the header Content-Range that tells the size.
func ParseRange(h string, size int64) (start, length int64, partial bool, err error) {
	unit, spec, ok := strings.Cut(h, "=")
	if !ok || !strings.EqualFold(unit, "bytes") {
		return 0, size, false, nil
	}
	first, last, err := parseSpec(strings.Trim(spec, " \t,"), size)
	if err == nil && last < first {
		return 0, 0, false, nil // the end of what is empty
	}
	if err != nil {
		cause := &unsatisfiable{size: size, reason: err}
		return 0, 0, false, errs.E("rest.ParseRange", fmt.Sprintf("%.100q", h), errs.Range, cause)
	}
	return first, last - first + 1, true, nil
}

// SetContentRange sets the headers Content-Range and Accept-Ranges of a partial
// answer.
func SetContentRange(h http.Header, start, length, size int64) {
	text := make([]byte, 0, 64)
	text = append(text, "bytes "...)
	text = strconv.AppendInt(text, start, 10)
	text = append(text, '-')
	text = strconv.AppendInt(text, start+length-1, 10)
	text = append(text, '/')
	text = strconv.AppendInt(text, size, 10)
	h["Content-Range"], h["Accept-Ranges"] = []string{string(text)}, []string{"bytes"}
}

// unsatisfiable is the cause of a Range error.
type unsatisfiable struct {
	size   int64
	reason error
}

func (u *unsatisfiable) Error() string { return fmt.Sprintf("%v (size %d)", u.reason, u.size) }

func (u *unsatisfiable) Unwrap() error { return u.reason }

// SizeOutsideRange returns the size in bytes of what an error of ParseRange is about;
// false for any other error.
func SizeOutsideRange(err error) (size int64, ok bool) {
	var outside *unsatisfiable
	if !errors.As(err, &outside) {
		return 0, false
	}
	return outside.size, true
}

// Reasons of an unsatisfiable range.
var (
	errManyRanges = errors.New("more than one range")
	errBadRange   = errors.New("not a range of bytes")
	errOutside    = errors.New("no byte is in the range")
)

// parseSpec returns first and last byte of "first-last", "first-" or "-suffix".
func parseSpec(spec string, size int64) (first, last int64, err error) {
	if strings.Contains(spec, ",") {
		return 0, 0, errManyRanges
	}
	from, to, found := strings.Cut(spec, "-")
	switch {
	case !found || from == "" && to == "":
		return 0, 0, errBadRange
	case from == "":
		return suffix(to, size)
	}
	if first, err = parsePosition(from); err != nil {
		return 0, 0, err
	}
	last = size - 1
	if to != "" {
		end, err := parsePosition(to)
		if err != nil {
			return 0, 0, err
		}
		if end < first {
			return 0, 0, errBadRange
		}
		last = min(last, end)
	}
	if first >= size {
		return 0, 0, errOutside
	}
	return first, last, nil
}

// suffix returns first and last of the last n bytes; of nothing, 0 and -1.
func suffix(text string, size int64) (first, last int64, err error) {
	n, err := parsePosition(text)
	if err != nil {
		return 0, 0, err
	}
	if n == 0 {
		return 0, 0, errOutside
	}
	return max(0, size-n), size - 1, nil
}

// maxPosition is what a position too large for an int64 counts as.
const maxPosition = 1<<63 - 1

// parsePosition reads digits, nothing else.
func parsePosition(text string) (int64, error) {
	n := int64(0)
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return 0, errBadRange
		}
		if n > (maxPosition-9)/10 {
			n = maxPosition
			continue
		}
		n = n*10 + int64(c-'0')
	}
	if text == "" {
		return 0, errBadRange
	}
	return n, nil
}
