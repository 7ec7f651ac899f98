package errs

// Kind says what a caller can do about an error. It is itself an error, so
// errors.Is(err, errs.NotFound) holds for every error of that kind, at any
// depth, on the server and on a client behind HTTP. The zero Kind is no kind.
type Kind string

// The kinds. Each has one HTTP status; several kinds may share one.
const (
	Invalid         Kind = "invalid"             // the request is wrong and stays wrong
	Unauthenticated Kind = "unauthenticated"     // the caller has not said who it is
	Forbidden       Kind = "forbidden"           // the caller may not do this
	NotFound        Kind = "not found"           // bucket, object, job, node, … is absent
	Method          Kind = "method not allowed"  // the resource has no such verb
	Exists          Kind = "already exists"      // it is there and must not be
	Busy            Kind = "busy"                // another operation excludes this one; later may work
	Conflict        Kind = "conflict"            // the state changed under the caller
	Gone            Kind = "gone"                // it was here, and its source has lost it
	Precondition    Kind = "precondition failed" // a condition of the request does not hold
	TooLarge        Kind = "too large"           // body, header or name over a bound
	Range           Kind = "range not satisfiable"
	Locked          Kind = "locked"
	Throttled       Kind = "throttled"     // over a rate limit; retry later
	Canceled        Kind = "canceled"      // the caller went away
	Internal        Kind = "internal"      // a fault of ours, and the kind of errors without one
	Corrupt         Kind = "corrupt"       // bytes are not what was stored
	Unsupported     Kind = "not supported" // not built in, or not possible here
	Unavailable     Kind = "unavailable"   // nobody can serve it now; retry later
	NoSpace         Kind = "no space"
	NotModified     Kind = "not modified" // a conditional read found nothing new
)

// StatusCanceled is the HTTP status of Canceled. No client sees it; logs do.
const StatusCanceled = 499

// Error returns the kind in words.
func (k Kind) Error() string { return string(k) }

// Status returns the HTTP status of k: 500 for a kind it does not know, 200
// for the zero Kind.
func (k Kind) Status() int {
	if k == "" {
		return 200
	}
	if row, ok := rowOf(k); ok {
		return row.status
	}
	return 500
}

// ExitCode returns the exit code of a command that ended with an error of
// kind k: 0 for the zero Kind, 1 for most, and a code of its own where a
// script may want to tell: 2 Invalid, 3 NotFound, 4 Unauthenticated and
// Forbidden, 5 Exists, Conflict, Busy and Precondition, 6 Unavailable and
// Throttled, 7 Corrupt, 8 NoSpace, 130 Canceled.
func (k Kind) ExitCode() int {
	if k == "" {
		return 0
	}
	if row, ok := rowOf(k); ok {
		return row.exit
	}
	return 1
}

// kindRow is what is fixed about one kind.
type kindRow struct {
	kind   Kind
	status int
	exit   int
	code   string // wire code that tells kinds of one status apart
}

// rowOf returns the row of k.
func rowOf(k Kind) (kindRow, bool) {
	for _, row := range kindRows() {
		if row.kind == k {
			return row, true
		}
	}
	return kindRow{}, false
}

// kindRows lists all kinds. Among kinds of one status the first without a
// code is the one that a status alone stands for.
func kindRows() [21]kindRow {
	return [21]kindRow{
		{Invalid, 400, 2, ""},
		{Unauthenticated, 401, 4, ""},
		{Forbidden, 403, 4, ""},
		{NotFound, 404, 3, ""},
		{Method, 405, 1, ""},
		{Conflict, 409, 5, ""},
		{Exists, 409, 5, CodeExists},
		{Busy, 409, 5, CodeBusy},
		{Gone, 410, 1, ""},
		{Precondition, 412, 5, ""},
		{TooLarge, 413, 1, ""},
		{Range, 416, 1, ""},
		{Locked, 423, 1, ""},
		{Throttled, 429, 6, ""},
		{Canceled, StatusCanceled, 130, ""},
		{Internal, 500, 1, ""},
		{Corrupt, 500, 7, CodeChecksum},
		{Unsupported, 501, 1, ""},
		{Unavailable, 503, 6, ""},
		{NoSpace, 507, 8, ""},
		{NotModified, 304, 1, ""},
	}
}
