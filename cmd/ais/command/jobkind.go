package command

import (
	"cmp"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// jobKind is a kind of job that clusters may have.
type jobKind struct {
	kind, display string // display is "" where there is no other name
	command       string // that starts it, "" for "ais start"
}

// jobKinds are those of the protocol. A cluster may have fewer, or others.
func jobKinds() []jobKind {
	return []jobKind{
		{wire.ActionCopyBucket, "copy-bucket", "ais cp"},
		{wire.ActionMoveBucket, "rename-bucket", "ais mv"},
		{wire.ActionCopyObjects, "copy-objects", "ais cp"},
		{wire.ActionDeleteObjects, "delete-objects", "ais rm"},
		{wire.ActionEvictObjects, "evict-objects", "ais evict"},
		{wire.ActionPrefetchObjects, "prefetch-objects", "ais prefetch"},
		{wire.ActionArchive, "", "ais archive bucket"},
		{wire.ActionPromote, "promote-files", "ais object promote"},
		{wire.ActionSummary, "summary", "ais bucket summary"},
		{wire.ActionLifecycle, "", ""},
		{"rebalance", "", ""},
		{"resilver", "", ""},
		{"lru", "lru-eviction", ""},
		{"cleanup-store", "cleanup", ""},
		{"make-n-copies", "mirror", ""},
		{"ec-encode", "ec-bucket", ""},
		{"rechunk", "", ""},
		{"load-lom-cache", "warm-up-metadata", ""},
		{"blob-download", "", ""},
		{"download", "", ""},
		{"dsort", "", ""},
	}
}

// kindNames are the names of all kinds.
func kindNames() []string {
	var names []string
	for _, k := range jobKinds() {
		names = append(names, k.kind)
		if k.display != "" {
			names = append(names, k.display)
		}
	}
	return names
}

// startableKinds are the kinds that "ais start" may start.
func startableKinds() []string {
	var names []string
	for _, k := range jobKinds() {
		if k.command == "" || k.kind == wire.ActionPrefetchObjects {
			names = append(names, cmp.Or(k.display, k.kind))
		}
	}
	return names
}

// isKind tells whether a word is a kind of job; ids have capital letters or digits.
func isKind(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' })
}

// noneOfKind is the error, NotFound, of a word for which there are no jobs. Words
// that are no kind that we know get a hint.
func noneOfKind(word string, cause error) error {
	e := errs.E("jobs", word, errs.NotFound, cause)
	e.Public = "no " + word + " job runs"
	if !contains(kindNames(), word) {
		e.Public = "there are no jobs of kind \"" + word + "\""
		if near := nearest(word, kindNames()); near != "" {
			e.Public += ", did you mean \"" + near + "\"?"
		}
	}
	return e
}

// notStartable adds to the error of a kind that cannot be started by its name how
// it can be, or what was meant.
func notStartable(word string, err error) error {
	kind := errs.KindOf(err)
	if kind != errs.NotFound && kind != errs.Unsupported || errs.CodeOf(err) == errs.CodeBucketNotFound {
		return err
	}
	e := errs.E("start", word, kind, err)
	e.Public = errs.PublicOf(err)
	for _, k := range jobKinds() {
		if k.command != "" && (k.kind == word || k.display == word) {
			e.Public = "a " + word + " job needs arguments: start it by \"" + k.command + "\""
			return e
		}
	}
	if near := nearest(word, kindNames()); near != "" && near != word {
		e.Public += "\nDid you mean \"" + near + "\"?"
	}
	return e
}
