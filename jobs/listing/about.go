package listing

import (
	"strconv"
	"strings"
	"time"

	"aistore/api/wire"
)

// About is what the entries of a listing with wire.ListS3 tell beside the size.
type About struct {
	Modified time.Time
	ETag     string // without quotes
}

// text is what an entry carries in place of the user metadata.
func (a About) text() string { return strconv.FormatInt(a.Modified.UnixNano(), 10) + " " + a.ETag }

// AboutOf reads what an entry of a listing with wire.ListS3 tells. What is not such
// an entry tells nothing.
func AboutOf(e *wire.ListEntry) About {
	at, tag, found := strings.Cut(e.Custom, " ")
	ns, err := strconv.ParseInt(at, 10, 64)
	if !found || err != nil {
		return About{}
	}
	return About{Modified: time.Unix(0, ns).UTC(), ETag: tag}
}
