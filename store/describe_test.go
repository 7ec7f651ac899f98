package store_test

import (
	"errors"
	"strings"
	"testing"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/store"
)

func TestDescribeRecordsWhatTheContentHas(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	refusal := errors.New("refused")
	for _, row := range []struct {
		content string
		kinds   []checksum.Kind
		refuse  bool
	}{
		{"", []checksum.Kind{checksum.MD5}, false},
		{"content", []checksum.Kind{checksum.MD5, checksum.CRC32, checksum.CRC64NVME, checksum.SHA1}, false},
		{strings.Repeat("large ", 1<<18), []checksum.Kind{checksum.MD5, checksum.SHA256}, false},
		{"content", []checksum.Kind{checksum.MD5}, true},
	} {
		before, _ := r.Stat(t.Context(), r.name("o"))
		w, err := r.Create(t.Context(), r.name("o"), store.WriteOptions{
			Size: int64(len(row.content)), Hash: row.kinds,
			Describe: func(sum func(checksum.Kind) checksum.Sum, record *store.Record) error {
				for _, kind := range row.kinds {
					check.Equal(t, sum(kind), checksum.Of(kind, []byte(row.content)))
					record.Sums = append(record.Sums, sum(kind))
				}
				record.ETag = sum(checksum.MD5).Hex()
				if row.refuse {
					return refusal
				}
				return nil
			},
		})
		check.NoError(t, err)
		_, err = w.ReadFrom(strings.NewReader(row.content))
		check.NoError(t, err)
		made, err := w.Commit(t.Context())
		if row.refuse {
			check.ErrorIs(t, err, refusal)
			now, err := r.Stat(t.Context(), r.name("o"))
			check.NoError(t, err)
			check.Equal(t, now.Order, before.Order)
			continue
		}
		check.NoError(t, err)
		found, err := store.ParseRecord(made.Portable().Append(nil))
		check.NoError(t, err)
		check.Equal(t, found.Sums, made.Sums)
		check.Equal(t, made.EntityTag(), checksum.Of(checksum.MD5, []byte(row.content)).Hex())
	}
}

func TestAPartThatIsRefusedIsNotThere(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	u, err := r.CreateUpload(t.Context(), r.name("o"), store.UploadOptions{})
	check.NoError(t, err)
	refuse := func(sum func(checksum.Kind) checksum.Sum) error {
		check.Equal(t, sum(checksum.SHA1), checksum.Of(checksum.SHA1, []byte("part")))
		return errs.Invalid
	}
	o := store.PartOptions{Size: 4, Hash: []checksum.Kind{checksum.SHA1}, Check: refuse}
	_, err = u.WritePart(t.Context(), 1, strings.NewReader("part"), o)
	check.ErrorIs(t, err, errs.Invalid)
	o.Check = nil
	_, err = u.WritePart(t.Context(), 2, strings.NewReader("part"), o)
	check.NoError(t, err)
	parts, _, err := u.Parts(t.Context(), 0, 10)
	check.NoError(t, err)
	check.Equal(t, len(parts), 1)
	_, err = u.Complete(t.Context(), []store.Piece{{Number: 2}}, store.CompleteOptions{
		Describe: func([]store.Part, *store.Record) error { return errs.Invalid },
	})
	check.ErrorIs(t, err, errs.Invalid)
	_, err = r.Stat(t.Context(), r.name("o"))
	check.ErrorIs(t, err, errs.NotFound)
	_, err = u.Complete(t.Context(), []store.Piece{{Number: 2}}, store.CompleteOptions{})
	check.NoError(t, err)
}
