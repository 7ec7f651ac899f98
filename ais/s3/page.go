package s3

import (
	"strings"

	"aistore/api/wire"
)

// page is what one page of a listing has.
type page[E any] struct {
	entries   []E
	truncated bool // there are more behind them
}

// last is where the page ends, if it has entries.
func (p *page[E]) last() E { return p.entries[len(p.entries)-1] }

// readPage reads a page of at most so many entries. Next returns the entry that
// follows, nil at the end; it is told about how many are still wanted.
func readPage[E any](size int, next func(wanted int) (*E, error)) (p page[*E], err error) {
	if size == 0 {
		return p, nil
	}
	for {
		entry, err := next(size + 1 - len(p.entries))
		switch {
		case err != nil:
			return page[*E]{}, err
		case entry == nil:
			return p, nil
		case len(p.entries) == size:
			p.truncated = true
			return p, nil
		}
		p.entries = append(p.entries, entry)
	}
}

// directoryOf is a name up to its first delimiter behind the prefix, "" if it has
// none.
func (l *list) directoryOf(name string) string {
	if l.delimiter == "" || !strings.HasPrefix(name, l.prefix) {
		return ""
	}
	at := strings.Index(name[len(l.prefix):], l.delimiter)
	if at < 0 {
		return ""
	}
	return name[:len(l.prefix)+at+len(l.delimiter)]
}

// isDirectory tells whether a name is that of a directory of the listing.
func (l *list) isDirectory(name string) bool { return name != "" && l.directoryOf(name) == name }

// lastIn is the last of all names below a directory: of those of all lengths, as
// targets compare them.
func lastIn(directory string) string {
	return directory + strings.Repeat("\xff", max(0, wire.MaxObjectName-len(directory)))
}
