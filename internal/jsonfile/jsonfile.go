package jsonfile

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"

	"aistore/errs"
	"aistore/internal/jsonx"
)

// envelope is the form of a file.
type envelope struct {
	Format   int              `json:"format"`
	Checksum string           `json:"checksum"`
	Data     jsonx.RawMessage `json:"data"`
}

// Save makes v the durable content of the file path, in a directory that
// exists. One Save of a path at a time; a Load at the same time sees the old
// content or the new. On error, and after a crash, the file is either too.
// Errors: Invalid (v is no JSON), and what the file system says.
func Save(fsys FS, path string, format int, v any) error {
	const op = "jsonfile.Save"
	data, err := jsonx.Marshal(v)
	if err != nil {
		return errs.E(op, path, errs.Invalid, err)
	}
	content := fmt.Appendf(nil, "{\"format\":%d,\"checksum\":\"%08x\",\"data\":%s}\n", format, checksum(data), data)
	err = replace(fsys, path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	if err != nil {
		return errs.E(op, path, "", err)
	}
	return nil
}

// Load reads into v what Save has written, and returns its format, at most
// maxFormat. On error v may be partly filled.
// Errors: NotFound, Corrupt (damaged, or not of Save), Unsupported (of a
// newer release), and what the file system says.
func Load(fsys FS, path string, maxFormat int, v any) (int, error) {
	const op = "jsonfile.Load"
	content, err := readAll(fsys, path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, errs.E(op, path, errs.NotFound, err)
	}
	if err != nil {
		return 0, errs.E(op, path, "", err)
	}
	var e envelope
	if err := jsonx.Unmarshal(content, &e); err != nil {
		return 0, errs.E(op, path, errs.Corrupt, err)
	}
	if e.Checksum != fmt.Sprintf("%08x", checksum(e.Data)) {
		return 0, errs.E(op, path, errs.Corrupt, errors.New("wrong checksum"))
	}
	if e.Format > maxFormat {
		return 0, errs.E(op, path, errs.Unsupported, newerError(e.Format, maxFormat))
	}
	if err := jsonx.Unmarshal(e.Data, v); err != nil {
		return 0, errs.E(op, path, errs.Corrupt, err)
	}
	return e.Format, nil
}

func readAll(fsys FS, path string) ([]byte, error) {
	f, err := fsys.OpenFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(f)
	return content, errors.Join(err, f.Close())
}

func newerError(format, maxFormat int) error {
	return fmt.Errorf("format %d was written by a newer release, this one reads up to %d", format, maxFormat)
}

func checksum(parts ...[]byte) uint32 {
	sum := uint32(0)
	for _, part := range parts {
		sum = crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), part)
	}
	return sum
}
