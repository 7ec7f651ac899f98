package shard

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"time"

	"aistore/archive"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/store"
)

// writeBuffer gathers the small pieces that archives consist of.
const writeBuffer = 128 << 10

// Writer writes an archive as an object, and its index beside it. It is for one
// goroutine. Nothing of it is visible until Commit; the caller ends it with that
// or with Abort.
type Writer struct {
	shards  *Shards
	object  *store.Writer
	buffer  *bufio.Writer
	archive *archive.Writer
	builder *archive.IndexBuilder
	index   *indexFile
}

// Create begins the archive n of format f. Of the options, Size and Expect are
// not used. Errors: those of store.Create, Invalid (no format).
func (s *Shards) Create(ctx context.Context, n store.Name, f archive.Format, o store.WriteOptions) (*Writer, error) {
	w, err := s.begin(ctx, n, f, o)
	if err != nil {
		return nil, err
	}
	w.archive, err = archive.NewWriter(w.buffer, f, w.options())
	if err != nil {
		w.Abort()
		return nil, errs.E("shard.Create", n.String(), "", err)
	}
	return w, nil
}

// Append begins a new generation of an archive with the members that old has.
// Who wants to lose no write says in the options which generation old is. Old
// stays open until Commit.
// Errors: those of store.Create and archive.Append.
func (s *Shards) Append(ctx context.Context, n store.Name, old *Shard, o store.WriteOptions) (*Writer, error) {
	w, err := s.begin(ctx, n, old.Archive.Format(), o)
	if err != nil {
		return nil, err
	}
	w.archive, err = archive.Append(ctx, old.Archive, old.Index, w.buffer, w.options())
	if err != nil {
		w.Abort()
		return nil, errs.E("shard.Append", n.String(), "", err)
	}
	return w, nil
}

func (s *Shards) begin(ctx context.Context, n store.Name, f archive.Format, o store.WriteOptions) (*Writer, error) {
	o.Size, o.Expect = -1, checksum.Sum{}
	object, err := s.store.Create(ctx, n, o)
	if err != nil {
		return nil, err
	}
	w := &Writer{shards: s, object: object, buffer: bufio.NewWriterSize(&capped{w: object, most: s.most()}, writeBuffer), index: &indexFile{}}
	if w.index.file, w.index.err = s.store.CreateSidecar(ctx, n); w.index.err == nil {
		w.index.buffer = bufio.NewWriterSize(w.index.file, writeBuffer)
	}
	w.builder = archive.NewIndexBuilder(w.index, f, s.limits)
	return w, nil
}

func (w *Writer) options() archive.WriterOptions {
	return archive.WriterOptions{Index: w.builder, Limits: w.shards.limits}
}

// capped refuses what makes an archive larger than allowed.
type capped struct {
	w    io.Writer
	most int64 // bytes; 0 for no bound
	size int64
}

// Write is io.Writer. Errors: TooLarge.
func (c *capped) Write(p []byte) (int, error) {
	if c.size += int64(len(p)); c.most > 0 && c.size > c.most {
		e := errs.E("shard.Write", "", errs.TooLarge, nil)
		e.Public = "the archive would have more than " + strconv.FormatInt(c.most, 10) + " bytes (limits.max_object)"
		return 0, e
	}
	return c.w.Write(p)
}

// Add writes a member, as archive.Writer.Add does. Errors: also TooLarge (the
// archive is larger than Options.MaxSize).
func (w *Writer) Add(name string, size int64, modified time.Time, content io.Reader) error {
	return w.archive.Add(name, size, modified, content)
}

// Commit ends the archive and makes it the object of its name, as
// store.Writer.Commit does. The index is kept if it can be.
func (w *Writer) Commit(ctx context.Context) (*store.Object, error) {
	defer w.Abort()
	end, err := w.archive.Close()
	if err == nil {
		err = w.buffer.Flush()
	}
	if err != nil {
		return nil, err
	}
	o, err := w.object.Commit(ctx)
	if err != nil {
		return o, err
	}
	err = w.builder.Finish(o.Size, end, identity(o))
	if err == nil {
		err = w.index.commit(ctx, o)
	}
	if err != nil {
		w.shards.log.Debug("index of an archive is not kept", "err", err)
	}
	return o, nil
}

// Abort ends the write without effect. After Commit it does nothing.
func (w *Writer) Abort() {
	w.object.Abort()
	w.index.abort()
}

// indexFile is the sidecar of an archive being written. An archive is written
// also where its index cannot be: after an error it takes everything and keeps
// nothing.
type indexFile struct {
	file   *store.SidecarWriter // nil if it could not be made
	buffer *bufio.Writer
	err    error
}

// Write is io.Writer. It returns no error.
func (i *indexFile) Write(p []byte) (int, error) {
	if i.err == nil {
		_, i.err = i.buffer.Write(p)
	}
	return len(p), nil
}

func (i *indexFile) commit(ctx context.Context, o *store.Object) error {
	if i.err == nil {
		i.err = i.buffer.Flush()
	}
	if i.err != nil {
		return i.err
	}
	return i.file.Commit(ctx, o)
}

func (i *indexFile) abort() {
	if i.file != nil {
		i.file.Abort()
	}
}
