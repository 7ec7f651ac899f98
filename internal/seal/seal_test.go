package seal_test

import (
	"bytes"
	"testing"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/seal"
)

func TestWhatIsSealedOpens(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, 32)
	one, err := seal.Seal(key, "this", []byte("secret"))
	check.NoError(t, err)
	two, err := seal.Seal(key, "this", []byte("secret"))
	check.NoError(t, err)
	check.Equal(t, bytes.Equal(one, two), false)
	check.Equal(t, bytes.Contains(one, []byte("secret")), false)
	secret, err := seal.Open(key, "this", one)
	check.NoError(t, err)
	check.Equal(t, string(secret), "secret")
}

func TestWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, 32)
	sealed, err := seal.Seal(key, "this", []byte("secret"))
	check.NoError(t, err)
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		_, err := seal.Open(key, "this", altered)
		check.Equal(t, err != nil, true)
	}
	for length := range len(sealed) {
		_, err := seal.Open(key, "this", sealed[:length])
		check.ErrorIs(t, err, errs.Corrupt)
	}
	_, err = seal.Open(key, "that", sealed)
	check.ErrorIs(t, err, errs.Corrupt)
	_, err = seal.Open(bytes.Repeat([]byte{8}, 32), "this", sealed)
	check.ErrorIs(t, err, errs.Corrupt)
	_, err = seal.Open(nil, "this", sealed)
	check.ErrorIs(t, err, errs.Unavailable)
	_, err = seal.Seal(nil, "this", nil)
	check.ErrorIs(t, err, errs.Unavailable)
	_, err = seal.Open(key, "this", append([]byte{2}, sealed[1:]...))
	check.ErrorIs(t, err, errs.Unsupported)
}

func FuzzOpen(f *testing.F) {
	key := bytes.Repeat([]byte{7}, 32)
	sealed, err := seal.Seal(key, "this", []byte("secret"))
	check.NoError(f, err)
	f.Add(sealed)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, text []byte) {
		secret, err := seal.Open(key, "this", text)
		if err == nil && !bytes.Equal(text, sealed) && len(secret) > len(text) {
			t.Errorf("%q opened", text)
		}
	})
}
