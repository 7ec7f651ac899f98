package command

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/units"
)

// downloadOne reads one object into a file, in parts on several connections.
func (t *Tool) downloadOne(ctx context.Context, c *cli.Context, client *api.Client, b wire.Bucket, object, to string) error {
	o := api.DownloadOptions{Workers: c.Int("num-workers")}
	if text := c.String("chunk-size"); text != "" {
		size, err := units.ParseSize(text)
		if err != nil || size <= 0 {
			return misused(c, "--chunk-size \""+text+"\": want a size such as 64MiB")
		}
		o.Part = int64(size)
	}
	root, err := os.OpenRoot(filepath.Dir(to))
	if err != nil {
		return fileError(filepath.Dir(to), err)
	}
	defer root.Close()
	head, err := client.HeadProps(ctx, b, object)
	if err != nil {
		return err
	}
	p := t.newProgress(ctx, c, 1, head.Size)
	defer p.finish()
	return fillFile(root, filepath.Base(to), func(f *os.File) error {
		_, err := client.Download(ctx, b, object, countingDestination{f, p}, o)
		if err == nil {
			p.object()
		}
		return err
	})
}

// countingDestination counts what is written to a file.
type countingDestination struct {
	*os.File
	p *progress
}

// WriteAt writes to the file.
func (d countingDestination) WriteAt(data []byte, at int64) (int, error) {
	n, err := d.File.WriteAt(data, at)
	d.p.bytes(int64(n))
	return n, err
}

// intoFile writes what r has to a file that appears when it is complete.
func intoFile(to string, r io.Reader, p *progress) error {
	root, err := os.OpenRoot(filepath.Dir(to))
	if err != nil {
		return fileError(filepath.Dir(to), err)
	}
	defer root.Close()
	return writeFile(root, filepath.Base(to), r, p)
}

// writeFile writes what r has to a file that appears when it is complete.
func writeFile(root *os.Root, file string, r io.Reader, p *progress) error {
	return fillFile(root, file, func(f *os.File) error {
		_, err := io.Copy(p.writer(f), r)
		return err
	})
}

// fillFile makes a file under a temporary name beside file, and renames it when
// fill has filled it. An existing file is replaced, a directory is not.
func fillFile(root *os.Root, file string, fill func(*os.File) error) (err error) {
	temporary := path.Join(path.Dir(file), ".ais-"+randomName()+".part")
	f, err := root.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fileError(filepath.Join(root.Name(), file), err)
	}
	err = fill(f)
	if closed := f.Close(); err == nil && closed != nil {
		err = fileError(filepath.Join(root.Name(), file), closed)
	}
	if err == nil {
		err = putInPlace(root, temporary, file)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(root.Remove(temporary)))
	}
	return nil
}

func putInPlace(root *os.Root, temporary, file string) error {
	if info, err := root.Lstat(file); err == nil && info.IsDir() {
		e := errs.E("get", file, errs.Exists, nil)
		e.Public = printable(filepath.Join(root.Name(), file)) + " is a directory; read the object alone, with a file name"
		return e
	}
	if err := root.Rename(temporary, file); err != nil {
		return fileError(filepath.Join(root.Name(), file), err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
