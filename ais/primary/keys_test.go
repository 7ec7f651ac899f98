package primary_test

import (
	"bytes"
	"testing"

	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/seal"
)

func TestAccessKeysAreSealed(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		want := &wire.S3Key{Name: "trainer", Access: 1, Buckets: []wire.S3KeyGrant{{Bucket: wire.Bucket{Name: "b"}, Access: 3}}}
		made, err := r.CreateKey(t.Context(), want)
		check.NoError(t, err)
		check.Equal(t, want.AccessKey, "")
		check.Equal(t, len(made.AccessKey), 20)
		check.Equal(t, len(made.Secret), 40)
		kept := r.log.State().Keys.Get(made.AccessKey)
		check.Equal(t, kept.Secret, "")
		check.Equal(t, kept.Buckets[0].Bucket.Provider, wire.ProviderAIS)
		text, err := r.log.State().Encode()
		check.NoError(t, err)
		check.Equal(t, bytes.Contains(text, []byte(made.Secret)), false)
		secret, err := seal.Open([]byte("the key"), primary.PurposeS3(made.AccessKey), kept.Sealed)
		check.NoError(t, err)
		check.Equal(t, string(secret), made.Secret)

		another, err := r.CreateKey(t.Context(), want)
		check.NoError(t, err)
		check.Equal(t, another.AccessKey == made.AccessKey, false)
		check.NoError(t, r.RemoveKey(t.Context(), made.AccessKey))
		check.ErrorIs(t, r.RemoveKey(t.Context(), made.AccessKey), errs.NotFound)
		check.Equal(t, len(r.log.State().Keys.All()), 1)
	})
}

func TestAccessKeysBroughtAlong(t *testing.T) {
	t.Parallel()
	inRig(t, func(t *testing.T, r *rig) {
		own := &wire.S3Key{AccessKey: "MYOWNACCESSKEY01", Secret: "my/own+secret/key/0123456789"}
		made, err := r.CreateKey(t.Context(), own)
		check.NoError(t, err)
		check.Equal(t, made.Secret, own.Secret)
		_, err = r.CreateKey(t.Context(), own)
		check.ErrorIs(t, err, errs.Exists)
		for want, k := range map[string]wire.S3Key{
			"come together":      {AccessKey: "MYOWNACCESSKEY02"},
			"16 to 1024":         {AccessKey: "MYOWNACCESSKEY02", Secret: "short"},
			"printable":          {AccessKey: "MYOWNACCESSKEY02", Secret: "with a space in the middle"},
			"letters, digits":    {AccessKey: "MY-OWN-ACCESSKEY", Secret: own.Secret},
			"letters, digits, d": {Buckets: []wire.S3KeyGrant{{Bucket: wire.Bucket{Name: "a/b"}}}},
		} {
			_, err := r.CreateKey(t.Context(), &k)
			check.ErrorIs(t, err, errs.Invalid)
			check.Contains(t, errs.PublicOf(err), want)
		}
	})
}
