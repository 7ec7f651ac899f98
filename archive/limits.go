package archive

import (
	"fmt"

	"aistore/errs"
)

// Limits bounds what an archive may cost. The zero value is the default.
type Limits struct {
	Members   int   // of one archive; 0 is 1,000,000
	Expansion int64 // bytes that a compressed byte may become; 0 is 256
	Free      int64 // bytes of uncompressed content that are never too many; 0 is 1 GiB
}

const (
	defaultMembers   = 1_000_000
	defaultExpansion = 256
	defaultFree      = 1 << 30
)

func (l Limits) withDefaults() Limits {
	if l.Members <= 0 {
		l.Members = defaultMembers
	}
	if l.Expansion <= 0 {
		l.Expansion = defaultExpansion
	}
	if l.Free <= 0 {
		l.Free = defaultFree
	}
	return l
}

// expanded returns the most bytes that stored compressed ones may become.
func (l Limits) expanded(stored int64) int64 {
	if stored > (1<<62)/l.Expansion {
		return 1 << 62
	}
	return max(l.Free, stored*l.Expansion)
}

func (l Limits) tooMany() error {
	return errs.E("archive", "", errs.TooLarge, fmt.Errorf("the archive has more than %d members (limits.max_archive_members)", l.Members))
}

func tooExpanded(subject string, limit int64) error {
	return errs.E("archive", subject, errs.TooLarge,
		fmt.Errorf("decompressed it has more than the %d bytes that are believed of its size", limit))
}

// invalid returns the error of an archive that is not what it should be.
func invalid(subject, format string, args ...any) error {
	return errs.E("archive", subject, errs.Invalid, fmt.Errorf(format, args...))
}

func unsupported(subject, what string) error {
	return errs.E("archive", subject, errs.Unsupported, fmt.Errorf("%s", what))
}
