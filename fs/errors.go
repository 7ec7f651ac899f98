package fs

import (
	"errors"
	iofs "io/fs"
	"syscall"

	"aistore/errs"
)

// PathError is the form of every error of the seam: operation, path, cause.
type PathError = iofs.PathError

// Causes of errors of the seam, for errors.Is.
var (
	ErrNotExist          = iofs.ErrNotExist
	ErrExist             = iofs.ErrExist
	ErrPermission        = iofs.ErrPermission
	ErrClosed            = iofs.ErrClosed
	ErrNoSpace     error = syscall.ENOSPC
	ErrQuota       error = syscall.EDQUOT
	ErrNotDir      error = syscall.ENOTDIR
	ErrIsDir       error = syscall.EISDIR
	ErrNotEmpty    error = syscall.ENOTEMPTY
	ErrReadOnly    error = syscall.EROFS
	ErrIO          error = syscall.EIO
	ErrNameTooLong error = syscall.ENAMETOOLONG
	ErrCrossDevice error = syscall.EXDEV
	ErrRange       error = syscall.ERANGE // value longer than the buffer
	ErrNotSupport  error = syscall.ENOTSUP
	ErrNoXattr           = errors.New("no such attribute")
	ErrLocked            = errors.New("locked by another process")
)

// KindOf returns what a caller can do about an error of the seam: NotFound,
// Exists, NoSpace, Forbidden, Invalid (the path cannot be), Unavailable (the disk has
// gone, is read-only or fails), else what errs.KindOf says.
func KindOf(err error) errs.Kind {
	if kind := errs.KindOf(err); kind != errs.Internal {
		return kind
	}
	for _, row := range kindRows() {
		if errors.Is(err, row.cause) {
			return row.kind
		}
	}
	return errs.Internal
}

type kindRow struct {
	cause error
	kind  errs.Kind
}

func kindRows() [14]kindRow {
	return [14]kindRow{
		{ErrNotExist, errs.NotFound},
		{ErrNotDir, errs.NotFound},
		{ErrNoSpace, errs.NoSpace},
		{ErrQuota, errs.NoSpace},
		{ErrExist, errs.Exists},
		{ErrIsDir, errs.Exists},
		{ErrNameTooLong, errs.Invalid},
		{ErrPermission, errs.Forbidden},
		{ErrReadOnly, errs.Unavailable},
		{ErrIO, errs.Unavailable},
		{syscall.ENODEV, errs.Unavailable},
		{syscall.ENXIO, errs.Unavailable},
		{syscall.ESTALE, errs.Unavailable},
		{ErrLocked, errs.Busy},
	}
}
