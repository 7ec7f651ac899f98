package store_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/internal/checksum"
	"aistore/store"
)

// openUpload is what one step does to the upload of its story.
type openUpload struct {
	begins store.UploadID // the upload that the step began
	number int            // of a part that it wrote, 0 is none
	text   string         // of that part
	ends   bool           // it was aborted or completed
	aborts bool
	adopts map[int]string // parts of an upload that it took over from another store
}

// uploadState is what is known of the upload of a story.
type uploadState struct {
	id       store.UploadID // zero if none is open
	object   string
	parts    map[int]string
	inFlight *openUpload // what the step that met the crash would have done
}

func (s *uploadState) learn(did *openUpload) {
	switch {
	case did == nil:
	case did.adopts != nil:
		s.id, s.object, s.parts = did.begins, "o", maps.Clone(did.adopts)
	case !did.begins.IsZero():
		s.id, s.object, s.parts = did.begins, "o", map[int]string{}
	case did.ends:
		s.id = store.UploadID{}
	case did.number > 0:
		s.parts[did.number] = did.text
	}
}

// uploadSteps are steps of one upload of the object "o".
type uploadSteps struct{ id store.UploadID }

func (u *uploadSteps) begin(o store.UploadOptions) step {
	did := &openUpload{}
	return step{upload: did, do: func(r *rig) error {
		upload, err := r.CreateUpload(context.Background(), r.name("o"), o)
		u.id, did.begins = upload.ID, upload.ID
		return err
	}}
}

func (u *uploadSteps) part(number int, text string) step {
	return step{upload: &openUpload{number: number, text: text}, do: func(r *rig) error {
		_, err := writePart(context.Background(), r.Upload(r.name("o"), u.id), number, text)
		return err
	}}
}

// copyPart is a part with the content of the object, which is text.
func (u *uploadSteps) copyPart(number int, text string) step {
	return step{upload: &openUpload{number: number, text: text}, do: func(r *rig) error {
		source, err := r.Open(context.Background(), r.name("o"))
		if err != nil {
			return err
		}
		defer source.Close()
		_, err = r.Upload(r.name("o"), u.id).WritePart(context.Background(), number, source, store.PartOptions{Size: -1, Expect: source.Object.Checksum})
		return err
	}}
}

// copyStep makes an object of another, whose content is text.
func copyStep(from, to, text string) step {
	return step{after: state{to: text}, do: func(r *rig) error {
		content, err := r.read(context.Background(), from)
		if err != nil {
			return err
		}
		check := store.WriteOptions{Expect: checksum.Of(checksum.CRC32C, []byte(text))}
		_, err = r.put(context.Background(), to, []byte(content), check)
		return err
	}}
}

func (u *uploadSteps) complete(custom []store.Pair, texts ...string) step {
	return step{upload: &openUpload{ends: true}, after: state{"o": show(strings.Join(texts, ""), custom)}, do: func(r *rig) error {
		list := []store.Piece{}
		for i := range texts {
			list = append(list, store.Piece{Number: i + 1})
		}
		_, err := r.Upload(r.name("o"), u.id).Complete(context.Background(), list, store.CompleteOptions{})
		return err
	}}
}

// adopt takes the upload over, with these parts, as another store has it: over what
// is here of it.
func (u *uploadSteps) adopt(texts ...string) step {
	did := &openUpload{adopts: map[int]string{}}
	state := store.UploadState{Info: store.UploadInfo{Object: "o", Created: time.Unix(1e9, 0).UTC(), Custom: small("x")}}
	for i, text := range texts {
		did.adopts[i+1] = text
		state.Parts = append(state.Parts, store.Part{
			Number: i + 1, Size: int64(len(text)), Modified: time.Now().UTC(),
			Sums: []checksum.Sum{checksum.Of(checksum.CRC32C, []byte(text))},
		})
	}
	return step{upload: did, do: func(r *rig) error {
		if u.id.IsZero() {
			u.id = store.UploadID{1}
		}
		state.Bucket, did.begins = r.bucket.ID(), u.id
		return r.Upload(r.name("o"), u.id).Adopt(context.Background(), &state, store.AdoptOptions{
			MapVersion: 7,
			Content: func(_ context.Context, after int) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(strings.Join(texts[after:], ""))), nil
			},
		})
	}}
}

func (u *uploadSteps) abort() step {
	return step{upload: &openUpload{ends: true, aborts: true}, do: func(r *rig) error {
		return r.Upload(r.name("o"), u.id).Abort(context.Background())
	}}
}

func uploadStories() []story {
	put := func(object, text string) step { return putStep(object, text, store.WriteOptions{}) }
	a, b, c, d, e, f, g, h := &uploadSteps{}, &uploadSteps{}, &uploadSteps{}, &uploadSteps{}, &uploadSteps{}, &uploadSteps{}, &uploadSteps{}, &uploadSteps{}
	first, second := &uploadSteps{}, &uploadSteps{}
	taken, back, gone := &uploadSteps{}, &uploadSteps{}, &uploadSteps{}
	none := store.UploadOptions{}
	const content = "first partsecond part"
	grown, chunks := &uploadSteps{}, func() []step {
		u := &uploadSteps{}
		return []step{u.begin(none), u.part(1, "first part"), u.part(2, "second part"), u.complete(nil, "first part", "second part")}
	}
	spilled := store.UploadOptions{Custom: large("x")}
	return []story{
		{"upload in chunks", nil, []step{a.begin(none), a.part(2, "second"), a.part(1, "first"), a.complete(nil, "first", "second")}},
		{"upload of one file", []step{put("o", "one")}, []step{b.begin(none), b.part(1, "ab"), b.complete(nil, "ab")}},
		{"upload of small parts", []step{put("o", "one")},
			[]step{c.begin(spilled), c.part(1, "a"), c.part(2, "bcd"), c.part(3, "long enough"), c.part(4, ""), c.complete(large("x"), "a", "bcd", "long enough", "")}},
		{"part again", []step{d.begin(none), d.part(1, "first try"), d.part(2, "second")}, []step{d.part(1, "first"), d.complete(nil, "first", "second")}},
		{"abort", []step{put("o", "one"), e.begin(none), e.part(1, "first part")}, []step{e.abort(), put("o", "two")}},
		{"chunks replaced", []step{f.begin(none), f.part(1, "first part"), f.complete(nil, "first part")}, []step{put("o", "one"), put("o/below", "two")}},
		{"chunks deleted", []step{g.begin(none), g.part(1, "first part"), g.complete(nil, "first part")}, []step{deleteStep("o", store.DeleteOptions{}), put("o", "two")}},
		{"chunks moved aside and updated", []step{h.begin(none), h.part(1, "first part"), h.complete(nil, "first part")},
			[]step{put("o/below", "two"), updateStep("o", "first part", small("x")), updateStep("o", "first part", large("y"))}},
		{"chunks over chunks", []step{first.begin(none), first.part(1, "first part"), first.complete(nil, "first part")},
			[]step{second.begin(none), second.part(1, "other part"), second.complete(nil, "other part"), deleteStep("o", store.DeleteOptions{Tombstone: true})}},
		{"adopt", []step{put("o", "one")}, []step{taken.adopt("first", "second", ""), taken.part(2, "other"), taken.complete(small("x"), "first", "other", "")}},
		{"adopt what is back", []step{back.begin(none), back.part(1, "stale"), back.part(3, "stale too")}, []step{back.adopt("fresh", "and new"), back.complete(small("x"), "fresh", "and new")}},
		{"adopt and abort", []step{put("o", "one")}, []step{gone.adopt("first", "second"), gone.abort()}},
		{"append to chunks", chunks(), []step{grown.begin(store.UploadOptions{Hidden: true}), grown.copyPart(1, content), grown.part(2, " and more"), grown.complete(nil, content, " and more")}},
		{"chunks copied", chunks(), []step{copyStep("o", "o/below", content), put("o", "one")}},
		{"chunks renamed", chunks(), []step{copyStep("o", "d/to", content), deleteStep("o", store.DeleteOptions{}), copyStep("d/to", "o", content)}},
	}
}

func TestCrashOfUploads(t *testing.T) {
	var cases atomic.Int64
	pool := testPool(t)
	t.Cleanup(func() { t.Logf("%d crashes", cases.Load()) })
	for _, s := range uploadStories() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for outcome := killed; outcome < numOutcome-5; outcome++ {
				runs(t, s, outcome, wire.DurabilityFsync, pool, &cases)
			}
			for _, outcome := range []int{killed, keepAll} {
				runs(t, s, outcome, wire.DurabilityRelaxed, pool, &cases)
			}
		})
	}
}

// judgeUploads checks that an upload that was begun and not ended goes on: all
// its parts are there, and it becomes an object.
func (c *crashCase) judgeUploads(r *rig, seen state) {
	c.Helper()
	c.judgeChunks(r, seen)
	u := &c.upload
	if did := u.inFlight; did != nil && did.adopts != nil && !c.adopted(r) {
		return
	}
	if u.id.IsZero() {
		return
	}
	upload := r.Upload(r.name(u.object), u.id)
	numbers := slices.Sorted(maps.Keys(u.parts))
	if len(numbers) == 0 {
		_, _, err := upload.Parts(c.Context(), 0, 1)
		c.must(err, "finding the upload")
		return
	}
	_, err := upload.Complete(c.Context(), pieces(numbers...), store.CompleteOptions{})
	if did := u.inFlight; did != nil && did.aborts && errors.Is(err, errs.NotFound) {
		return
	}
	c.must(err, "completing the upload")
	var want, other string
	for _, number := range numbers {
		text := u.parts[number]
		want += text
		if did := u.inFlight; did != nil && did.number == number {
			text = did.text
		}
		other += text
	}
	got, err := r.read(c.Context(), u.object)
	c.must(err, "reading the upload")
	if got != want && got != other {
		c.fail("the upload has become %q, want %q or %q", got, want, other)
	}
	o, err := r.Stat(c.Context(), r.name(u.object))
	c.must(err, "reading the upload")
	seen[u.object] = show(got, o.Custom)
	c.certain[u.object] = seen[u.object]
	c.judgeChunks(r, seen)
}

// adopted checks that an upload that was being taken over is not there, or whole, or
// as it was here before; and tells whether it is there.
func (c *crashCase) adopted(r *rig) bool {
	c.Helper()
	u := &c.upload
	upload := r.Upload(r.name("o"), u.inFlight.begins)
	parts, _, err := upload.Parts(c.Context(), 0, 10)
	if errors.Is(err, errs.NotFound) {
		return false
	}
	c.must(err, "finding the upload")
	seen := map[int]int64{}
	for _, p := range parts {
		seen[p.Number] = p.Size
	}
	for _, want := range []map[int]string{u.parts, u.inFlight.adopts} {
		if maps.EqualFunc(want, seen, func(text string, size int64) bool { return int64(len(text)) == size }) {
			u.id, u.object, u.parts, u.inFlight = upload.ID, "o", want, nil
			return true
		}
	}
	c.fail("the upload has parts of sizes %v, want %v or %v", seen, u.parts, u.inFlight.adopts)
	return false
}

// judgeChunks checks that what there is of chunks belongs to the object or to
// the open upload.
func (c *crashCase) judgeChunks(r *rig, seen state) {
	c.Helper()
	owners := map[string]bool{}
	for name, value := range seen {
		if value == "" {
			continue
		}
		o, err := r.Stat(c.Context(), r.name(name))
		c.must(err, "stat of "+name)
		if len(o.Chunks) == 0 {
			continue
		}
		owners[o.Upload.String()] = true
		entries, err := c.disk.ReadDir("/mp1/@ais/b/%ch/" + o.Upload.String())
		c.must(err, "reading chunks")
		if len(entries) != len(o.Chunks) {
			c.fail("%d files are beside the %d chunks of %q", len(entries), len(o.Chunks), name)
		}
	}
	for _, e := range c.entries(fs.Uploads) {
		if owners[e.Name] {
			c.fail("upload %s is completed, and open", e.Name)
		}
		owners[e.Name] = true
	}
	for _, e := range c.entries(fs.Chunks) {
		if !owners[e.Name] {
			c.fail("the chunks %s belong to nobody", e.Name)
		}
	}
	check.Equal(c, len(c.entries(fs.Chunks)), len(owners))
}
