package command

import (
	"errors"
	"strings"

	"aistore/errs"
)

// report prints an error and, where there is something to do about it, what.
func (t *Tool) report(err error) {
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Kind == errs.Canceled && e.Public != "" {
		t.notef("%s\n", e.Public)
		return
	}
	if errors.Is(err, errs.Canceled) {
		t.notef("Interrupted\n")
		return
	}
	if _, told := errors.AsType[*reported](err); told {
		return
	}
	t.notef("Error: %s\n", explain(err))
}

// explain returns the sentence for people, with advice by kind.
func explain(err error) string {
	text := strings.TrimSpace(errs.PublicOf(err))
	if advice := adviceOn(err); advice != "" && !strings.Contains(text, "\n") {
		text += "\n" + advice
	}
	return text
}

func adviceOn(err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "HTTP request to an HTTPS server"):
		return "The cluster speaks HTTPS: say https:// in AIS_ENDPOINT"
	case strings.Contains(text, "HTTP response to HTTPS client"):
		return "The cluster speaks plain HTTP: say http:// in AIS_ENDPOINT"
	}
	switch errs.CodeOf(err) {
	case errs.CodeBucketNotFound:
		return "\"ais ls\" lists buckets, \"ais create\" creates one"
	}
	switch errs.KindOf(err) {
	case errs.Unauthenticated:
		return "This cluster wants a token: set AIS_AUTHN_TOKEN, or AIS_AUTHN_TOKEN_FILE to a file with one"
	case errs.Forbidden:
		return "Your token, or the access rights of the bucket, do not allow this"
	case errs.Unavailable:
		return "\"ais show cluster\" tells how the nodes are"
	case errs.Corrupt:
		return "The bytes that arrived are not those that were stored; nothing was kept of them"
	case errs.NoSpace:
		return "\"ais show cluster\" tells how full the targets are"
	}
	return ""
}

// reported is an error that has been printed, kept for its kind.
type reported struct{ err error }

// Error returns the text of the error that was printed.
func (r *reported) Error() string { return r.err.Error() }

// Unwrap returns the error that was printed.
func (r *reported) Unwrap() error { return r.err }
