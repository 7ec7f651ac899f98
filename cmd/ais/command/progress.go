package command

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/urfave/cli"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"aistore/internal/units"
)

// progress is a bar with objects, bytes, rate and time left, on standard
// error. A nil progress shows nothing.
type progress struct {
	pool    *mpb.Progress
	bar     *mpb.Bar
	objects atomic.Int64
}

// newProgress returns a bar if somebody can see it, or --progress asks for
// it. Totals of 0 are not known. Call finish.
func (t *Tool) newProgress(ctx context.Context, c *cli.Context, objects, bytes int64) *progress {
	if !t.StderrTerminal && !c.Bool("progress") {
		return nil
	}
	p := &progress{}
	options := []mpb.ContainerOption{mpb.WithOutput(t.Stderr)}
	if !t.StderrTerminal {
		options = append(options, mpb.WithAutoRefresh())
	}
	p.pool = mpb.NewWithContext(ctx, options...)
	var err error
	if bytes > 0 {
		p.bar, err = p.measured(objects, bytes)
	} else {
		p.bar, err = p.open()
	}
	if err != nil { // ctx has ended
		return nil
	}
	return p
}

// measured is a bar towards a known end.
func (p *progress) measured(objects, bytes int64) (*mpb.Bar, error) {
	return p.pool.Add(bytes, mpb.BarStyle().Build(),
		mpb.BarWidth(24),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string {
			return fmt.Sprintf("%d/%d objects ", p.objects.Load(), objects)
		})),
		mpb.AppendDecorators(
			decor.CountersKibiByte("% .1f / % .1f"),
			decor.AverageSpeed(decor.SizeB1024(0), "  % .1f"),
			decor.AverageETA(decor.ET_STYLE_GO, decor.WCSyncSpace),
		))
}

// open is a line of what has been done, when the end is not known.
func (p *progress) open() (*mpb.Bar, error) {
	began := time.Now()
	return p.pool.Add(0, nil, mpb.PrependDecorators(decor.Any(func(s decor.Statistics) string {
		line := countObjects(p.objects.Load())
		elapsed := time.Since(began)
		if s.Current > 0 {
			rate := units.Size(float64(s.Current) / max(elapsed.Seconds(), 0.001))
			line += fmt.Sprintf(", %s, %s/s", units.Size(s.Current).Human(), rate.Human())
		}
		return line + ", " + units.Duration(elapsed.Truncate(time.Second)).String()
	})))
}

// object counts an object.
func (p *progress) object() {
	if p != nil {
		p.objects.Add(1)
	}
}

// bytes counts bytes.
func (p *progress) bytes(n int64) {
	if p != nil {
		p.bar.IncrInt64(n)
	}
}

// advance counts objects and bytes.
func (p *progress) advance(objects, bytes int64) {
	if p != nil {
		p.objects.Add(objects)
		p.bar.IncrInt64(bytes)
	}
}

// notef prints a message, above the bar if there is one.
func (p *progress) notef(t *Tool, format string, args ...any) {
	if p == nil {
		t.notef(format, args...)
		return
	}
	_, _ = fmt.Fprintf(p.pool, format, args...)
}

// finish draws the bar for the last time. It may be called twice.
func (p *progress) finish() {
	if p == nil {
		return
	}
	p.bar.SetTotal(-1, true) // what there is, is all
	p.pool.Wait()
}

// reader counts what is read from r.
func (p *progress) reader(r io.Reader) io.Reader {
	if p == nil {
		return r
	}
	return countingReader{r, p}
}

// writer counts what is written to w.
func (p *progress) writer(w io.Writer) io.Writer {
	if p == nil {
		return w
	}
	return countingWriter{w, p}
}

type countingReader struct {
	io.Reader
	p *progress
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.p.bytes(int64(n))
	return n, err
}

type countingWriter struct {
	io.Writer
	p *progress
}

func (c countingWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.p.bytes(int64(n))
	return n, err
}

// countingFile counts what is read of a file, which can be read again.
type countingFile struct {
	file
	p *progress
}

// file is what can be sent again.
type file interface {
	io.Reader
	io.ReaderAt
	io.Seeker
}

// ReadAt reads from the file and counts.
func (c countingFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.file.ReadAt(p, at)
	c.p.bytes(int64(n))
	return n, err
}
