package s3

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"aistore/internal/checksum"
	"aistore/internal/sigv4"
)

// algorithm is a checksum of the API.
type algorithm struct {
	name   string // as in x-amz-checksum-algorithm
	header string // in lower case
	kind   checksum.Kind
}

// algorithms are the checksums of the API, besides Content-MD5.
func algorithms() [5]algorithm {
	return [5]algorithm{
		{"CRC32", "x-amz-checksum-crc32", checksum.CRC32},
		{"CRC32C", "x-amz-checksum-crc32c", checksum.CRC32C},
		{"CRC64NVME", "x-amz-checksum-crc64nvme", checksum.CRC64NVME},
		{"SHA1", "x-amz-checksum-sha1", checksum.SHA1},
		{"SHA256", "x-amz-checksum-sha256", checksum.SHA256},
	}
}

// algorithmNamed returns the checksum of a name, in whatever case.
func algorithmNamed(name string) (algorithm, bool) {
	for _, a := range algorithms() {
		if strings.EqualFold(a.name, name) {
			return a, true
		}
	}
	return algorithm{}, false
}

// algorithmOf returns the checksum of a kind.
func algorithmOf(kind checksum.Kind) (algorithm, bool) {
	for _, a := range algorithms() {
		if a.kind == kind {
			return a, true
		}
	}
	return algorithm{}, false
}

// parse reads a checksum in base64. Errors: Invalid.
func (a *algorithm) parse(text string) (checksum.Sum, error) {
	return parseSum(a.kind, text, refuseWith(codeInvalidRequest, "Value for "+a.header+" header is invalid."))
}

func parseSum(kind checksum.Kind, text string, otherwise error) (checksum.Sum, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text) // one text for one checksum
	if err != nil {
		return checksum.Sum{}, otherwise
	}
	sum, err := checksum.NewSum(kind, raw)
	if err != nil {
		return checksum.Sum{}, otherwise
	}
	return sum, nil
}

// base64Of is a checksum as the API writes it.
func base64Of(sum checksum.Sum) string { return base64.StdEncoding.EncodeToString(sum.Bytes()) }

// sums are the checksums that a request says its content has.
type sums struct {
	md5       checksum.Sum // zero: not said
	algorithm algorithm    // zero: none is asked for
	want      checksum.Sum // zero: not said before the content
	trails    bool         // it comes behind the content
	announced []string     // in lower case: all that comes behind the content
}

// sums reads what the headers of the request say. Errors: Invalid.
func (c *call) sums() (s sums, err error) {
	if text := c.header("Content-Md5"); text != "" {
		if s.md5, err = parseSum(checksum.MD5, text, refuse(codeInvalidDigest)); err != nil {
			return s, err
		}
	}
	for _, a := range algorithms() {
		text := c.header(a.header)
		if text == "" {
			continue
		}
		if s.algorithm.name != "" {
			return s, refuseWith(codeInvalidRequest, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		s.algorithm = a
		if s.want, err = a.parse(text); err != nil {
			return s, err
		}
	}
	return s, s.readTrailer(c)
}

// readTrailer reads what is to come behind the content, and which checksum is
// wanted where none is said.
func (s *sums) readTrailer(c *call) error {
	for name := range strings.SplitSeq(c.header("X-Amz-Trailer"), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name == "" {
			continue
		}
		s.announced = append(s.announced, name)
		for _, a := range algorithms() {
			if a.header != name {
				continue
			}
			if s.algorithm.name != "" {
				return refuseWith(codeInvalidRequest, "Expecting a single x-amz-checksum- header")
			}
			s.algorithm, s.trails = a, true
		}
	}
	if text := c.header("X-Amz-Sdk-Checksum-Algorithm"); text != "" {
		a, known := algorithmNamed(text)
		switch {
		case !known:
			return refuseWith(codeInvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.")
		case s.algorithm.name != "" && s.algorithm.name != a.name:
			return refuseWith(codeInvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.")
		}
		s.algorithm = a
	}
	return nil
}

// kinds are the sums to compute, the MD5 among them.
func (s *sums) kinds() []checksum.Kind {
	if s.algorithm.name == "" {
		return []checksum.Kind{checksum.MD5}
	}
	return []checksum.Kind{checksum.MD5, s.algorithm.kind}
}

// check compares what the content has with what the request says, in headers and
// in the trailer behind the content. Errors: Invalid.
func (s *sums) check(of func(checksum.Kind) checksum.Sum, trailer map[string]string) error {
	if err := s.checkTrailer(trailer); err != nil {
		return err
	}
	want := s.want
	if s.trails {
		var err error
		if want, err = s.algorithm.parse(trailer[s.algorithm.header]); err != nil {
			return err
		}
	}
	if !s.md5.IsZero() && !of(checksum.MD5).Equal(s.md5) {
		return refuseWith(codeBadDigest, "The Content-MD5 you specified did not match what we received.")
	}
	if !want.IsZero() && !of(s.algorithm.kind).Equal(want) {
		return refuseWith(codeBadDigest, "The "+s.algorithm.name+" you specified did not match the calculated checksum.")
	}
	return nil
}

// checkTrailer refuses a trailer that is not the one announced: what nobody has
// announced would not be looked at. Errors: Invalid.
func (s *sums) checkTrailer(trailer map[string]string) error {
	for _, name := range s.announced {
		if _, found := trailer[name]; !found {
			return refuse(codeMalformedTrailer)
		}
	}
	for name := range trailer {
		if name != sigv4.TrailerSignature && !slices.Contains(s.announced, name) {
			return refuse(codeMalformedTrailer)
		}
	}
	return nil
}

// checkBytes is check for content that is in memory.
func (s *sums) checkBytes(content []byte, trailer map[string]string) error {
	return s.check(func(kind checksum.Kind) checksum.Sum { return checksum.Of(kind, content) }, trailer)
}

// tagOf is the entity tag of content with this MD5.
func tagOf(md5 checksum.Sum) string { return hex.EncodeToString(md5.Bytes()) }
