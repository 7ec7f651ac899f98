package store_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"aistore/errs"
	"aistore/fs/memfs"
	"aistore/internal/check"
	"aistore/internal/units"
	"aistore/store"
)

// toldOf is what a store tells of an upload, and the contents of its parts.
func toldOf(t *testing.T, u store.Upload) (*store.UploadState, string) {
	t.Helper()
	state, err := u.State(t.Context())
	check.NoError(t, err)
	content, size, err := u.Content(t.Context(), 0)
	check.NoError(t, err)
	defer content.Close()
	text, err := io.ReadAll(content)
	check.NoError(t, err)
	check.Equal(t, int64(len(text)), size)
	return state, string(text)
}

// TestAdoptWhileTheCollectorRuns collects while parts come, and after a try that has
// failed.
func TestAdoptWhileTheCollectorRuns(t *testing.T) {
	t.Parallel()
	from, to := uploadRig(t, 1), uploadRig(t, 1)
	u := from.begin(t, "o")
	mustWritePart(t, u, 1, "first")
	mustWritePart(t, u, 2, "second")
	state, text := toldOf(t, u)
	check.Equal(t, text, "firstsecond")
	moved, tries, cut := to.Upload(to.name("o"), u.ID), []int{}, true
	adopt := func() error {
		return moved.Adopt(t.Context(), state, store.AdoptOptions{Content: func(_ context.Context, after int) (io.ReadCloser, error) {
			tries = append(tries, after)
			rest := text[after*len("first"):]
			early := readerFunc(func([]byte) (int, error) {
				check.NoError(t, to.Collect(t.Context()))
				if cut {
					return 0, errs.Unavailable
				}
				return 0, io.EOF
			})
			half := len(rest)/2 + 1
			return io.NopCloser(io.MultiReader(strings.NewReader(rest[:half]), early, strings.NewReader(rest[half:]))), nil
		}})
	}
	check.ErrorIs(t, adopt(), errs.Unavailable)
	_, err := moved.Info(t.Context())
	check.ErrorIs(t, err, errs.NotFound)
	check.ErrorIs(t, adopt(), errs.Unavailable) // the first part is here, and stays
	check.NoError(t, to.Collect(t.Context()))   // now it goes
	cut = false
	check.NoError(t, adopt())
	check.Equal(t, tries, []int{0, 1, 0})
	check.NoError(t, to.Collect(t.Context()))
	to.ForgetUploads()
	_, err = moved.Complete(t.Context(), pieces(1, 2), store.CompleteOptions{})
	check.NoError(t, err)
	check.Equal(t, to.mustRead(t, "o"), text)
	check.ErrorIs(t, adopt(), errs.NotFound) // it is complete
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestAdoptThatIsRefused(t *testing.T) {
	t.Parallel()
	from := uploadRig(t, 1)
	u := from.begin(t, "o")
	mustWritePart(t, u, 1, "first")
	state, text := toldOf(t, u)
	to := open(t, memfs.New(memfs.Options{}), 1, store.Options{Uploads: func() store.UploadLimits {
		return store.UploadLimits{Open: 1, Parts: 10, Time: units.Duration(time.Hour)}
	}})
	to.bucket = from.bucket
	check.NoError(t, to.CreateBucket(t.Context(), to.bucket))
	content := func(text string) store.AdoptOptions {
		return store.AdoptOptions{Content: func(context.Context, int) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}}
	}
	moved := to.Upload(to.name("o"), u.ID)
	check.ErrorIs(t, to.Upload(to.name("other"), u.ID).Adopt(t.Context(), state, content(text)), errs.NotFound)
	elsewhere := *state
	elsewhere.Bucket++
	check.ErrorIs(t, moved.Adopt(t.Context(), &elsewhere, content(text)), errs.NotFound)
	for _, damaged := range []string{"fIrst", "firs", ""} {
		check.ErrorIs(t, moved.Adopt(t.Context(), state, content(damaged)), errs.Corrupt)
	}
	closed := content(text)
	closed.Fence = func() error { return errs.Forbidden }
	check.ErrorIs(t, moved.Adopt(t.Context(), state, closed), errs.Forbidden)
	one := to.begin(t, "one")
	check.ErrorIs(t, moved.Adopt(t.Context(), state, content(text)), errs.Throttled)
	check.NoError(t, one.Abort(t.Context()))
	check.NoError(t, moved.Adopt(t.Context(), state, content(text)))
	_, err := to.CreateUpload(t.Context(), to.name("one"), store.UploadOptions{})
	check.ErrorIs(t, err, errs.Throttled)
	check.NoError(t, moved.Renew(t.Context(), 9, func() error { return nil }))
	to.ForgetUploads()
	info, err := moved.Info(t.Context())
	check.NoError(t, err)
	check.Equal(t, info.MapVersion, int64(9))
}

// FuzzUploadState reads what another target tells of an upload.
func FuzzUploadState(f *testing.F) {
	r := uploadRig(f, 1)
	u, err := r.CreateUpload(f.Context(), r.name("d/o"), store.UploadOptions{Header: small("y"), MapVersion: 7})
	check.NoError(f, err)
	told := func() {
		state, err := u.State(f.Context())
		check.NoError(f, err)
		f.Add(state.Append(nil))
	}
	told()
	mustWritePart(f, u, 1, "one")
	mustWritePart(f, u, 3, "")
	told()
	_, err = u.Complete(f.Context(), pieces(1), store.CompleteOptions{})
	check.NoError(f, err)
	told()
	f.Fuzz(func(t *testing.T, content []byte) {
		state, err := store.ParseUploadState(content)
		if err != nil {
			check.ErrorIs(t, err, errs.Invalid)
			return
		}
		again, err := store.ParseUploadState(state.Append(nil))
		check.NoError(t, err)
		check.Equal(t, again.Append(nil), state.Append(nil))
	})
}
