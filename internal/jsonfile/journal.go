package jsonfile

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"sync"

	"aistore/errs"
)

// Journal is a file of entries in the order in which they were appended.
// It is for any number of goroutines.
type Journal struct {
	fsys   FS
	path   string
	format int

	mu     sync.Mutex
	file   File  // guarded by mu; nil after Close
	size   int64 // guarded by mu; bytes of whole frames and header
	broken error // guarded by mu; why nothing can be appended any more
}

// OpenJournal opens the journal at path, in a directory that exists, and
// makes an empty one if there is none. It calls replay for every entry, in
// order, with the format it was written in, at most the given one; entry is
// valid only during the call. What a crash left of an unfinished Append is
// cut off. A journal of an older format takes no Append until Rewrite. The
// caller closes it.
// Errors: Corrupt, Unsupported (of a newer release), what replay returns, and
// what the file system says.
func OpenJournal(fsys FS, path string, format int, replay func(format int, entry []byte) error) (*Journal, error) {
	const op = "jsonfile.OpenJournal"
	content, err := readAll(fsys, path)
	if errors.Is(err, fs.ErrNotExist) {
		content = appendHeader(nil, format)
		err = replace(fsys, path, writeBytes(content))
	}
	if err != nil {
		return nil, errs.E(op, path, "", err)
	}
	j := &Journal{fsys: fsys, path: path, format: format}
	if err := j.replay(content, replay); err != nil {
		return nil, errs.E(op, path, "", err)
	}
	if err := j.openFile(int64(len(content)) > j.size); err != nil {
		return nil, errs.E(op, path, "", err)
	}
	return j, nil
}

// Append makes entries durable at the end of the journal, all of them or,
// after a crash, none. After an error it is unknown whether they are there,
// and every further Append returns it, until Rewrite or OpenJournal.
// Errors: Conflict (older format, or closed), TooLarge (over 1 GiB), and what
// the file system says.
func (j *Journal) Append(entries ...[]byte) error {
	const op = "jsonfile.Append"
	if len(entries) == 0 {
		return nil
	}
	frame, err := appendFrame(nil, entries)
	if err != nil {
		return errs.E(op, j.path, errs.TooLarge, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.broken = j.write(frame)
	}
	if j.broken != nil {
		return errs.E(op, j.path, "", j.broken)
	}
	j.size += int64(len(frame))
	return nil
}

// Rewrite replaces all entries by those given, durably, and in the newest
// format. On error, and after a crash, the journal has the old entries or the
// new ones. A full disk leaves it as it was, ready for Append; where it is
// unknown which file the name stands for, Append refuses.
// Errors: as of Append.
func (j *Journal) Rewrite(entries iter.Seq[[]byte]) error {
	const op = "jsonfile.Rewrite"
	content := appendHeader(nil, j.format)
	for entry := range entries {
		var err error
		if content, err = appendFrame(content, [][]byte{entry}); err != nil {
			return errs.E(op, j.path, errs.TooLarge, err)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return errs.E(op, j.path, "", j.broken)
	}
	if err := prepare(j.fsys, j.path, writeBytes(content)); err != nil {
		return errs.E(op, j.path, "", err)
	}
	if j.broken = j.switchTo(int64(len(content))); j.broken != nil {
		return errs.E(op, j.path, "", j.broken)
	}
	return nil
}

// switchTo puts the prepared file of that size in place of the present one.
func (j *Journal) switchTo(size int64) error {
	if err := commit(j.fsys, j.path); err != nil {
		return err
	}
	old := j.file
	j.size = size
	err := j.openFile(false)
	if err == nil {
		_ = old.Close() // replaced, and nothing in it is waited for
	}
	return err
}

// Size returns the bytes that the journal takes, to decide when to Rewrite.
func (j *Journal) Size() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// Close releases the file. What was appended is durable already.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file, j.broken = nil, errs.E("", "", errs.Conflict, errClosed())
	return err
}

// replay reads content, calls replay for each entry, and sets size to where
// the whole frames end.
func (j *Journal) replay(content []byte, replay func(int, []byte) error) error {
	format, err := parseHeader(content)
	if err != nil {
		return errs.E("", "", errs.Corrupt, err)
	}
	if format > j.format {
		return errs.E("", "", errs.Unsupported, newerError(format, j.format))
	}
	if format < j.format {
		j.broken = errs.E("", "", errs.Conflict, errors.New("of an older format, rewrite it first"))
	}
	rest := content[headerSize:]
	for len(rest) > 0 {
		body, length, ok := parseFrame(rest)
		if !ok {
			break
		}
		if err := replayBody(format, body, replay); err != nil {
			return err
		}
		rest = rest[length:]
	}
	if holdsFrame(rest) {
		return errs.E("", "", errs.Corrupt, errors.New("damaged before its end"))
	}
	j.size = int64(len(content) - len(rest))
	return nil
}

func replayBody(format int, body []byte, replay func(int, []byte) error) error {
	entries, err := splitBody(body)
	for _, entry := range entries {
		if err = replay(format, entry); err != nil {
			break
		}
	}
	return err
}

// openFile opens the file for appending at size, torn off there if it is
// longer.
func (j *Journal) openFile(torn bool) error {
	file, err := j.fsys.OpenFile(j.path, os.O_RDWR)
	if err != nil {
		return err
	}
	if torn {
		err = file.Truncate(j.size)
		if err == nil {
			err = file.Sync()
		}
	}
	if err == nil {
		_, err = file.Seek(j.size, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	j.file = file
	return nil
}

func (j *Journal) write(frame []byte) error {
	if _, err := j.file.Write(frame); err != nil {
		return err
	}
	return j.file.Sync()
}

func writeBytes(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
}

func errClosed() error { return errors.New("closed") }
