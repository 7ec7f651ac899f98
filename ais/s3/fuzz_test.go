package s3_test

import (
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"

	"aistore/ais/rest"
	"aistore/ais/s3"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/store"
)

// refusedWell checks that an error is one for the client.
func refusedWell(t *testing.T, err error) {
	t.Helper()
	kind := errs.KindOf(err)
	if kind != errs.Invalid && kind != errs.NotFound || errs.CodeOf(err) == "" || errs.PublicOf(err) == "" {
		t.Fatalf("got %v (%s)", err, kind)
	}
}

func FuzzCopySource(f *testing.F) {
	for _, text := range []string{"b/o", "/b/o", "b/a%2Fb%20+", "b/o?versionId=null", "b/o?versionId=1", "b", "/", "b/", "..../x", "b/../x", "b/%zz", "b/o?x=1", "%62/o"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bucket, object, err := s3.ParseCopySource(text)
		if err != nil {
			refusedWell(t, err)
			return
		}
		check.NoError(t, wire.Bucket{Name: bucket}.Validate())
		check.NoError(t, wire.ValidateObjectName(object))
		again, name, err := s3.ParseCopySource(url.PathEscape(bucket + "/" + object))
		check.NoError(t, err)
		check.Equal(t, again+"/"+name, bucket+"/"+object)
	})
}

func FuzzTagging(f *testing.F) {
	for _, text := range []string{"a=1", "a=1&b=2", "a", "a=1&a=2", "=x", "%20=%20", "a=%z", "a=b=c", "&&", strings.Repeat("k", 129) + "=1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tags, err := s3.ParseTagging(text)
		if err != nil {
			refusedWell(t, err)
			return
		}
		checkTags(t, tags)
		values := url.Values{}
		for _, tag := range tags {
			values.Set(tag.Key, tag.Value)
		}
		again, err := s3.ParseTagging(values.Encode())
		check.NoError(t, err)
		check.Equal(t, len(again), len(tags))
	})
}

func checkTags(t *testing.T, tags []store.Pair) {
	t.Helper()
	if len(tags) > 10 {
		t.Fatalf("%d tags", len(tags))
	}
	for i, tag := range tags {
		if tag.Key == "" || slices.ContainsFunc(tags[:i], func(p store.Pair) bool { return p.Key == tag.Key }) {
			t.Fatalf("tag %q", tag.Key)
		}
	}
}

func FuzzDocuments(f *testing.F) {
	for _, text := range []string{
		"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
		"<Delete><Quiet>true</Quiet><Object><Key>a</Key><VersionId>null</VersionId></Object></Delete>",
		`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><PartNumber>1</PartNumber><ETag>"900150983cd24fb0d6963f7d28e17f72"</ETag><ChecksumCRC32>NSRBwg==</ChecksumCRC32></Part></CompleteMultipartUpload>`,
		"<CompleteMultipartUpload><Part><PartNumber>99999999999999999999</PartNumber></Part></CompleteMultipartUpload>",
		"<!DOCTYPE x [<!ENTITY a 'b'>]><Tagging>&a;</Tagging>", "<Delete><Delete><Delete>", "", "\xff", "<?xml version='1.0' encoding='utf-16'?><Delete/>",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tags, err := s3.ParseTags(text)
		if err != nil {
			refusedWell(t, err)
		} else {
			checkTags(t, tags)
		}
		if n, err := s3.ParseDeletions(text); err != nil {
			refusedWell(t, err)
		} else if n < 1 || n > 1000 {
			t.Fatalf("%d deletions", n)
		}
		pieces, err := s3.ParseCompletion(text)
		if err != nil {
			refusedWell(t, err)
			return
		}
		for i, piece := range pieces {
			if len(piece.Expect) == 0 || i > 0 && piece.Number <= pieces[i-1].Number {
				t.Fatalf("piece %d: %+v", i, piece)
			}
		}
	})
}

func FuzzRanges(f *testing.F) {
	for _, header := range []string{"bytes=0-0", "bytes=5-", "bytes=-5", "bytes=5-3", "bytes=0-1,2-3", "bytes=", "words=1-2", "bytes=99999999999999999999-", "bytes=9223372036854775807-9223372036854775807"} {
		f.Add(header, int64(10))
		f.Add(header, int64(0))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			size = -(size + 1)
		}
		if s3.IsRange(header) {
			start, length, partial, err := rest.ParseRange(header, size)
			if err != nil {
				check.ErrorIs(t, err, errs.Range)
			} else if partial != (length > 0) || start < 0 || length < 0 || start > size-length {
				t.Fatalf("%q of %d: %d+%d", header, size, start, length)
			}
		}
		offset, length, err := s3.CopiedSpan(header, size)
		if err != nil {
			refusedWell(t, err)
			return
		}
		if offset < 0 || length < 0 || offset > size-length || offset > math.MaxInt64-length {
			t.Fatalf("%q of %d: %d+%d", header, size, offset, length)
		}
	})
}
