package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli"

	"aistore/api"
	"aistore/api/wire"
	"aistore/internal/run"
	"aistore/internal/units"
)

// partsAtOnce is how many parts of one file are on their way at one time.
const partsAtOnce = 4

// chunkSize reads --chunk-size, 0 if it is not given.
func chunkSize(c *cli.Context) (int64, error) {
	text := c.String("chunk-size")
	if text == "" {
		return 0, nil
	}
	size, err := units.ParseSize(text)
	if err != nil || size <= 0 {
		return 0, misused(c, fmt.Sprintf("--chunk-size %q: want a size such as 64MiB", text))
	}
	return int64(size), nil
}

// putParts stores one file as an object that is uploaded in parts of that many
// bytes. If that fails nothing is left of it.
func putParts(ctx context.Context, client *api.Client, b wire.Bucket, u upload, part int64, o api.PutOptions, p *progress) (err error) {
	f, err := os.Open(u.path)
	if err != nil {
		return fileError(u.path, err)
	}
	defer f.Close()
	to, err := client.CreateUpload(ctx, b, u.object, o.Custom)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, client.AbortUpload(context.WithoutCancel(ctx), to))
		}
	}()
	parts := make([]wire.CompletedPart, (u.size+part-1)/part)
	numbers := make([]int, len(parts))
	for i := range numbers {
		numbers[i] = i
	}
	err = run.Each(ctx, partsAtOnce, numbers, func(ctx context.Context, i int) error {
		size := min(part, u.size-int64(i)*part)
		done, err := client.PutPart(ctx, to, i+1, io.NewSectionReader(f, int64(i)*part, size), api.PutOptions{Size: size, Compute: o.Compute})
		if err == nil {
			parts[i] = done
			p.bytes(size)
		}
		return err
	})
	if err != nil {
		return err
	}
	return client.CompleteUpload(ctx, to, parts)
}
