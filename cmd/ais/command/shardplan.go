package command

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"strings"
	"time"

	"aistore/api/wire"
	"aistore/archive"
)

// shardPlan is what "gen-shards" makes: archives by name, and in each of them
// samples, which are files of one name with several extensions.
type shardPlan struct {
	bucket     wire.Bucket
	names      wire.Template
	samples    int
	extensions []string
	size       int64 // of a file in bytes
}

// members is how many files are in an archive.
func (p shardPlan) members() int { return p.samples * len(p.extensions) }

// bytes is how many bytes the files of an archive have.
func (p shardPlan) bytes() int64 { return int64(p.members()) * p.size }

// first is the name of the first archive.
func (p shardPlan) first() string {
	for name := range p.names.All() {
		return name
	}
	return ""
}

// write makes the archive of that name.
func (p shardPlan) write(w io.Writer, shard string) error {
	archiver, err := archive.NewWriter(w, archive.OfName(shard), archive.WriterOptions{})
	if err != nil {
		return err
	}
	stem := path.Base(shard)
	if at := strings.IndexByte(stem, '.'); at > 0 {
		stem = stem[:at]
	}
	for i := range p.samples {
		for _, extension := range p.extensions {
			member := fmt.Sprintf("%s-%0*d.%s", stem, len(fmt.Sprint(p.samples-1)), i, extension)
			if err := archiver.Add(member, p.size, time.Unix(0, 0), p.content(shard, member)); err != nil {
				return err
			}
		}
	}
	_, err = archiver.Close()
	return err
}

// content is what a file has: bytes that look random, and are the same each time.
func (p shardPlan) content(shard, member string) io.Reader {
	return io.LimitReader(rand.NewChaCha8(sha256.Sum256([]byte(shard+"\x00"+member))), p.size)
}
