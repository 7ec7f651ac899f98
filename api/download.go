package api

import (
	"context"
	"errors"
	"io"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/checksum"
	"aistore/internal/run"
)

// DownloadOptions say how a large object is downloaded. The zero value takes
// parts of 64 MiB, four at a time, and compares the checksum.
type DownloadOptions struct {
	Part       int64 // bytes of a part; 0 is 64 MiB
	Workers    int   // parts at a time, each on a connection of its own; 0 is 4
	SkipVerify bool  // do not compare the checksum
}

// Destination is where a download goes, an *os.File for example: parts are
// written in any order, and read once for the checksum.
type Destination interface {
	io.WriterAt
	io.ReaderAt
}

// Download reads an object into to, in parts on several connections at a time, and
// returns what it is. All parts are of the same object, as it was when the download
// began. One that is small, or has no checksum to tell it from another of that name,
// is read on one connection. When Download fails, what is in to means nothing.
// Errors: NotFound (bucket or object), Conflict (the object was overwritten
// meanwhile), Corrupt (the bytes do not match the checksum), what to returns.
func (c *Client) Download(ctx context.Context, b wire.Bucket, name string, to Destination, o DownloadOptions) (Object, error) {
	const op, defaultPart, defaultWorkers = "api.Download", 64 << 20, 4
	if o.Part <= 0 {
		o.Part = defaultPart
	}
	if o.Workers <= 0 {
		o.Workers = defaultWorkers
	}
	object, err := c.head(ctx, op, b, name, "", wire.PresenceExists)
	if err != nil {
		return object, err
	}
	if object.Size <= o.Part || object.Checksum.IsZero() {
		return c.downloadWhole(ctx, b, name, to, o)
	}
	var offsets []int64
	for at := int64(0); at < object.Size; at += o.Part {
		offsets = append(offsets, at)
	}
	err = run.Each(ctx, o.Workers, offsets, func(ctx context.Context, at int64) error {
		return c.downloadPart(ctx, b, name, object, to, GetOptions{Offset: at, Length: min(o.Part, object.Size-at)})
	})
	if err == nil && !o.SkipVerify && !c.options.SkipVerify {
		err = verifyDownload(to, object)
	}
	if err != nil {
		return object, errs.E(op, b.ObjectString(name), "", err)
	}
	return object, nil
}

func (c *Client) downloadWhole(ctx context.Context, b wire.Bucket, name string, to Destination, o DownloadOptions) (Object, error) {
	r, err := c.Get(ctx, b, name, GetOptions{SkipVerify: o.SkipVerify})
	if err != nil {
		return Object{}, err
	}
	defer r.Close()
	_, err = r.WriteTo(io.NewOffsetWriter(to, 0))
	return r.Object, err
}

// downloadPart reads a part of just that object.
func (c *Client) downloadPart(ctx context.Context, b wire.Bucket, name string, object Object, to Destination, part GetOptions) error {
	r, err := c.Get(ctx, b, name, part)
	if err != nil {
		return err
	}
	defer r.Close()
	if !sameObject(object, r.Object) || r.Len() != part.Length {
		return errs.E("part", "", errs.Conflict, errChanged)
	}
	_, err = r.WriteTo(io.NewOffsetWriter(to, part.Offset))
	return err
}

// verifyDownload compares the checksum of what has been written.
func verifyDownload(to Destination, object Object) error {
	hasher := checksum.Get(object.Checksum.Kind)
	defer checksum.Put(hasher)
	n, err := io.Copy(hasher, io.NewSectionReader(to, 0, object.Size))
	switch got := hasher.Sum(); {
	case err != nil:
		return err
	case n != object.Size:
		return errs.E("verify", "", errs.Corrupt, errors.New("the destination has lost some of it"))
	case !got.Equal(object.Checksum):
		return checksum.Mismatch("", object.Checksum, got)
	}
	return nil
}
