package s3

import (
	"bytes"
	"io"
	"net/http"
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

// ParseACL reads the document of an ACL.
func ParseACL(text []byte) (access.Bits, error) { return parseACL(text) }

// ParseVersioning reads the document that says whether a bucket keeps versions, and
// returns the property.
func ParseVersioning(text []byte) (string, error) {
	var v versioning
	if err := parse(text, &v); err != nil {
		return "", err
	}
	return v.history()
}

// ParseLock reads the document that says how versions of a bucket are locked.
func ParseLock(text []byte) (*wire.LockPropsToSet, error) {
	var l lockConfiguration
	if err := parse(text, &l); err != nil {
		return nil, err
	}
	return l.props()
}

// ParseRetention reads the document that locks a version.
func ParseRetention(text []byte) (store.Retention, error) {
	var r retention
	if err := parse(text, &r); err != nil {
		return store.Retention{}, err
	}
	return retentionOf(r.Mode, r.Until)
}

// RetentionOf reads the headers that lock a version, UntilText writes the second.
func RetentionOf(mode, until string) (store.Retention, error) { return retentionOf(mode, until) }
func UntilText(r store.Retention) string                      { return untilText(r) }

// OpenForm reads a form and returns its fields and its file.
func OpenForm(contentType string, body []byte) (fields map[string]string, file []byte, err error) {
	r := &http.Request{
		Method: http.MethodPost, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	f, err := openForm(r)
	if err != nil {
		return nil, nil, err
	}
	file, err = io.ReadAll(f.file)
	return f.fields, file, err
}

// ParseChecksum reads a checksum as a header has it, and returns it so.
func ParseChecksum(name, text string) (again string, err error) {
	a, _ := algorithmNamed(name)
	sum, err := a.parse(text)
	if err != nil {
		return "", err
	}
	return base64Of(sum), nil
}

// ResumeListing reads a continuation token and returns where it goes on, and the token
// of that.
func ResumeListing(token string) (after, again string, err error) {
	l := &list{}
	if err := l.resume(token, true); err != nil {
		return "", "", err
	}
	return l.after, l.next(l.after), nil
}

// ParseLifecycle reads what of a bucket goes by itself, LifecycleDocument is its
// inverse.
func ParseLifecycle(text []byte, newID func() string) ([]wire.S3LifecycleRule, error) {
	return parseLifecycle(text, newID)
}
func LifecycleDocument(rules []wire.S3LifecycleRule) []byte {
	return lifecycleMarkup(rules).out.Bytes()
}
