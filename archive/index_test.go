package archive_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"aistore/archive"
	"aistore/errs"
	"aistore/internal/check"
)

func TestIndexOfManyMembers(t *testing.T) {
	const count = 5000
	var idx bytes.Buffer
	b := archive.NewIndexBuilder(&idx, archive.Zip, archive.Limits{})
	member := func(i int) archive.Member {
		return archive.Member{
			Name: fmt.Sprintf("train/%05d/sample-%07d.jpg", i%97, i), Size: int64(i), Offset: int64(i) * 1000,
			Stored: int64(i / 2), Method: 8, CRC: uint32(i), Modified: noon(),
		}
	}
	for i := range count {
		check.NoError(t, b.Add(member(i)))
	}
	check.NoError(t, b.Finish(1<<40, count*1000, identity()))
	if perMember := idx.Len() / count; perMember > 60 {
		t.Errorf("an index takes %d bytes a member", perMember)
	}
	reads := &countingReader{r: bytes.NewReader(idx.Bytes())}
	x, err := archive.OpenIndex(reads, int64(idx.Len()), 1<<40, identity())
	check.NoError(t, err)
	for i := 0; i < count; i += 7 {
		reads.calls, reads.bytes = 0, 0
		m, found, err := x.Find(member(i).Name)
		check.NoError(t, err)
		check.Equal(t, found, true)
		check.Equal(t, m, member(i))
		if reads.calls > 4 || reads.bytes > 20<<10 {
			t.Fatalf("finding one member takes %d reads of %d bytes", reads.calls, reads.bytes)
		}
	}
	_, found, err := x.Find("train/nothing")
	check.NoError(t, err)
	check.Equal(t, found, false)
	i := 0
	for m, err := range x.Members() {
		check.NoError(t, err)
		check.Equal(t, m, member(i))
		i++
	}
	check.Equal(t, i, count)
}

type countingReader struct {
	r            io.ReaderAt
	calls, bytes int
}

func (c *countingReader) ReadAt(p []byte, offset int64) (int, error) {
	c.calls++
	c.bytes += len(p)
	return c.r.ReadAt(p, offset)
}

func TestTheLastMemberOfANameCounts(t *testing.T) {
	for _, distance := range []int{1, 5000} {
		var idx bytes.Buffer
		b := archive.NewIndexBuilder(&idx, archive.Tar, archive.Limits{})
		check.NoError(t, b.Add(archive.Member{Name: "twice", Size: 1, Offset: 512}))
		for i := range distance {
			check.NoError(t, b.Add(archive.Member{Name: fmt.Sprintf("between/%d", i), Offset: 1024}))
		}
		check.NoError(t, b.Add(archive.Member{Name: "twice", Size: 2, Offset: 9999}))
		check.NoError(t, b.Finish(1, 1, identity()))
		x := openIndex(t, idx.Bytes(), 1)
		m, found, err := x.Find("twice")
		check.NoError(t, err)
		check.Equal(t, found, true)
		check.Equal(t, m.Size, int64(2))
		var counting []int64
		for m, err := range x.Members() {
			check.NoError(t, err)
			counts, err := x.Counts(m)
			check.NoError(t, err)
			if m.Name == "twice" && counts {
				counting = append(counting, m.Size)
			}
		}
		check.Equal(t, counting, []int64{2})
	}
}

func TestIndexOfAnotherArchiveIsRefused(t *testing.T) {
	packed, index := pack(t, archive.Tar, someFiles())
	size := int64(len(index))
	_, err := archive.OpenIndex(bytes.NewReader(index), size, int64(len(packed))+512, identity())
	check.ErrorIs(t, err, errs.Conflict)
	_, err = archive.OpenIndex(bytes.NewReader(index), size, int64(len(packed)), []byte("generation 8"))
	check.ErrorIs(t, err, errs.Conflict)
	_, err = archive.OpenIndex(bytes.NewReader(index), size, int64(len(packed)), nil)
	check.ErrorIs(t, err, errs.Conflict)
}

// Any damage is noticed, at the latest when the damaged part is needed: no
// answer is wrong.
func TestDamagedIndexGivesNoWrongAnswer(t *testing.T) {
	files := someFiles()
	packed, index := pack(t, archive.Zip, files)
	for at := 0; at < len(index); at += 3 {
		damaged := bytes.Clone(index)
		damaged[at] ^= 0x55
		sound := true
		x, err := archive.OpenIndex(bytes.NewReader(damaged), int64(len(damaged)), int64(len(packed)), identity())
		if err != nil {
			check.ErrorIs(t, err, errs.Corrupt)
			continue
		}
		for _, f := range files {
			m, found, err := x.Find(f.name)
			if err != nil {
				check.ErrorIs(t, err, errs.Corrupt)
				sound = false
				continue
			}
			check.Equal(t, found, true)
			check.Equal(t, m.Size, int64(len(f.content)))
		}
		for _, err := range x.Members() {
			sound = sound && err == nil
		}
		if sound {
			t.Fatalf("damage at %d of %d bytes was not noticed", at, len(index))
		}
	}
	for n := 0; n < len(index); n += 7 {
		_, err := archive.OpenIndex(bytes.NewReader(index[:n]), int64(n), int64(len(packed)), identity())
		check.ErrorIs(t, err, errs.Corrupt)
	}
}

func TestIndexHasBounds(t *testing.T) {
	b := archive.NewIndexBuilder(io.Discard, archive.Tar, archive.Limits{Members: 2})
	check.NoError(t, b.Add(archive.Member{Name: "a"}))
	check.ErrorIs(t, b.Add(archive.Member{Name: strings.Repeat("n", archive.MaxName+1)}), errs.Invalid)
	check.NoError(t, b.Add(archive.Member{Name: "b"}))
	check.ErrorIs(t, b.Add(archive.Member{Name: "c"}), errs.TooLarge)
}
