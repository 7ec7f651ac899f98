package errs

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Error is the error type of every package here. Make one with E; set Code,
// Public and RetryAfter afterwards where a client needs them.
type Error struct {
	Op         string        // what was tried, as "package.Verb"; may be empty
	Subject    string        // what it was tried on; may be empty
	Kind       Kind          // what a caller can do about it; "" keeps the kind of Err
	Code       string        // the wire's tcode; "" lets the kind choose
	Public     string        // the sentence a client reads, in the exact words of the wire; "" is Error() without operations
	RetryAfter time.Duration // when to try again; 0 says nothing
	Err        error         // the cause; may be nil
}

// E returns an error for op on subject. Kind "" keeps the kind of err, code
// and public sentence included. A nil err is fine: the kind says it all.
func E(op, subject string, kind Kind, err error) *Error {
	if kind == "" {
		kind = KindOf(err)
	}
	if kind == "" {
		kind = Internal
	}
	return &Error{Op: op, Subject: subject, Kind: kind, Err: err}
}

// Error returns "op subject: cause". Without a cause the public sentence
// stands in for it, and without that the kind in words.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Op != "" && e.Subject != "" {
		b.WriteByte(' ')
	}
	b.WriteString(e.Subject)
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.cause())
	return b.String()
}

func (e *Error) cause() string {
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Public != "":
		return e.Public
	case e.Kind != "":
		return string(e.Kind)
	}
	return string(Internal)
}

// Unwrap returns kind and cause, those that are set, so that errors.Is and
// errors.As find either.
func (e *Error) Unwrap() []error {
	both := make([]error, 0, 2)
	if e.Kind != "" {
		both = append(both, e.Kind)
	}
	if e.Err != nil {
		both = append(both, e.Err)
	}
	return both
}

// KindOf returns the kind of err: the outermost that an Error or a bare Kind
// in its tree names; Canceled for context.Canceled, Unavailable for
// context.DeadlineExceeded, else Internal. It is "" for nil only.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if kind, ok := errors.AsType[Kind](err); ok && kind != "" {
		return kind
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	}
	return Internal
}

// CodeOf returns the wire code of err: the outermost that is set, else the
// one that its kind needs to survive a trip over HTTP, else "".
func CodeOf(err error) string {
	if e := find(err, func(e *Error) bool { return e.Code != "" }); e != nil {
		return e.Code
	}
	if row, ok := rowOf(KindOf(err)); ok {
		return row.code
	}
	return ""
}

// PublicOf returns the sentence that a client reads: the outermost Public
// that is set, else err.Error() without the operations, which are names in our
// code. It is "" for nil.
func PublicOf(err error) string {
	if err == nil {
		return ""
	}
	if e := find(err, func(e *Error) bool { return e.Public != "" }); e != nil {
		return e.Public
	}
	return plain(err)
}

// plain returns err.Error() without the operations of errors of this package.
func plain(err error) string {
	e, ok := err.(*Error)
	if !ok {
		return plainWrapped(err)
	}
	text := e.cause()
	if e.Err != nil {
		text = plain(e.Err)
	}
	if e.Subject == "" {
		return text
	}
	return e.Subject + ": " + text
}

// plainWrapped is plain for what fmt.Errorf has put words in front of, and for
// what errors.Join has made; anything else is as it is.
func plainWrapped(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		if words, ok := strings.CutSuffix(err.Error(), inner.Error()); ok {
			return words + plain(inner)
		}
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err.Error()
	}
	var texts, plains []string
	for _, one := range joined.Unwrap() {
		texts, plains = append(texts, one.Error()), append(plains, plain(one))
	}
	if strings.Join(texts, "\n") != err.Error() {
		return err.Error()
	}
	return strings.Join(plains, "\n")
}

// RetryAfterOf returns the outermost RetryAfter that is set, else 0.
func RetryAfterOf(err error) time.Duration {
	if e := find(err, func(e *Error) bool { return e.RetryAfter != 0 }); e != nil {
		return e.RetryAfter
	}
	return 0
}

// find returns the first Error in the tree of err, outermost first, for which
// has is true, else nil.
func find(err error, has func(*Error) bool) *Error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return nil
	}
	if has(e) {
		return e
	}
	return find(e.Err, has)
}
