package wire

import (
	"errors"
	"fmt"
	"strings"

	"aistore/errs"
)

// ParseURI reads "provider://[@uuid][#ns]/bucket[/object]", with the namespace
// and its slash absent for the global namespace, into a normal bucket and an
// object name. The object is "" when absent; it is not checked.
// Errors: Invalid.
func ParseURI(uri string) (b Bucket, object string, err error) {
	if b, object, err = parseURI(uri); err == nil {
		err = b.check()
	}
	if err != nil {
		return Bucket{}, "", errs.E("wire.ParseURI", fmt.Sprintf("%.200q", uri), errs.Invalid, err)
	}
	return b, object, nil
}

// ParseBucketQuery reads what [ParseURI] reads, without an object, and also
// the forms that stand for many buckets: "ais://", "ais://@uuid#ns", "ais://@".
// Errors: Invalid.
func ParseBucketQuery(uri string) (Bucket, error) {
	b, object, err := parseURI(uri)
	switch {
	case err != nil:
	case object != "":
		err = errors.New("an object where a bucket is expected")
	case b.Name != "":
		err = b.check()
	case !b.IsAIS() && !b.Namespace.IsGlobal():
		err = errors.New("a cloud bucket has no namespace")
	}
	if err != nil {
		return Bucket{}, errs.E("wire.ParseBucketQuery", fmt.Sprintf("%.200q", uri), errs.Invalid, err)
	}
	return b, nil
}

func parseURI(uri string) (b Bucket, object string, err error) {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || scheme == "" {
		return b, "", errors.New("a bucket is written provider://name")
	}
	if b.Provider, err = ParseProvider(scheme); err != nil {
		return b, "", err
	}
	if rest != "" && (rest[0] == '@' || rest[0] == '#') {
		var ns string
		ns, rest, _ = strings.Cut(rest, "/")
		if b.Namespace, err = parseNamespace(ns); err != nil {
			return b, "", err
		}
	}
	b.Name, object, _ = strings.Cut(rest, "/")
	return b, object, nil
}

// ParseUname reads "provider/@uuid#ns/bucket/object", the opposite of
// [Bucket.Uname], into a normal bucket and an object name that is "" for the
// uname of a bucket. The object is not checked. Errors: Invalid.
func ParseUname(uname string) (b Bucket, object string, err error) {
	if b, object, err = parseUname(uname); err == nil {
		err = b.check()
	}
	if err != nil {
		return Bucket{}, "", errs.E("wire.ParseUname", fmt.Sprintf("%.200q", uname), errs.Invalid, err)
	}
	return b, object, nil
}

func parseUname(uname string) (b Bucket, object string, err error) {
	provider, rest, _ := strings.Cut(uname, "/")
	if provider == "" {
		return b, "", errors.New("a uname begins with a provider")
	}
	if b.Provider, err = ParseProvider(provider); err != nil {
		return b, "", err
	}
	ns, rest, _ := strings.Cut(rest, "/")
	if len(ns) < 2 || ns[0] != '@' || !strings.Contains(ns, "#") {
		return b, "", errors.New("a uname has @uuid#ns after the provider")
	}
	if b.Namespace, err = parseNamespace(ns); err != nil {
		return b, "", err
	}
	var slash bool
	if b.Name, object, slash = strings.Cut(rest, "/"); !slash {
		return b, "", errors.New("a bucket uname ends with a slash")
	}
	return b, object, nil
}
