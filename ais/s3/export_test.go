package s3

import (
	"time"

	"aistore/access"
	"aistore/api/wire"
	"aistore/store"
)

// ParseTagging reads the header of tags, ParseTags the document.
func ParseTagging(text string) ([]store.Pair, error) { return parseTagging(text) }
func ParseTags(text []byte) ([]store.Pair, error)    { return parseTags(text, maxTags) }

// ParseCompletion reads the document that completes an upload.
func ParseCompletion(text []byte) ([]store.Piece, error) { return parseCompletion(text) }

// ParseCopySource reads a copy source and returns bucket and object.
func ParseCopySource(text string) (bucket, object string, err error) {
	s, err := parseCopySource(text)
	return s.bucket, s.object, err
}

// ParseRenameSource reads what is to be renamed.
func ParseRenameSource(bucket, text string) (string, error) { return parseRenameSource(bucket, text) }

// CheckForm checks the fields of a form against its policy, and returns the bounds of
// the file.
func CheckForm(policy, bucket string, fields map[string]string, now time.Time) (least, most int64, err error) {
	p, err := parseFormPolicy(policy)
	if err != nil {
		return 0, 0, err
	}
	return p.min, p.max, p.check(bucket, fields, now)
}

// ParseDeletions returns how many objects a document deletes.
func ParseDeletions(text []byte) (int, error) {
	all, err := parseDeletions(text)
	if err != nil {
		return 0, err
	}
	return len(all.Objects), nil
}

// IsRange tells whether a Range header counts.
func IsRange(header string) bool { return isRange(header) }

// CopiedSpan returns offset and length of the range of a copy.
func CopiedSpan(header string, size int64) (offset, length int64, err error) {
	s, err := copiedSpan(header, size)
	return s.offset, s.length, err
}

// ParsePolicy reads the policy of a bucket.
func ParsePolicy(bucket string, text []byte) (access.Bits, error) { return parsePolicy(bucket, text) }

// ParseCORS reads the rules for pages of other origins.
func ParseCORS(text []byte) ([]wire.S3CORSRule, error) { return parseCORS(text) }
