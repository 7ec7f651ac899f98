package primary

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"errors"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/seal"
)

// PurposeS3 is what secrets of access keys are sealed for, see [seal.Open].
func PurposeS3(accessKey string) string { return "s3 key " + accessKey }

// Lengths of what CreateKey makes.
const (
	accessKeyRandom = 10 // bytes, written as 16 letters and digits
	secretRandom    = 30 // bytes, written as 40 characters
	minSecret       = 16 // characters of one that somebody brings along
	maxSecret       = 1 << 10
)

// CreateKey adds an access key for S3 clients, and returns it with its secret,
// which is told this once. Access key and secret are made here, unless want has
// both. Errors: Invalid, Exists, TooLarge (there are too many), Unavailable.
func (p *Primary) CreateKey(ctx context.Context, want *wire.S3Key) (*wire.S3Key, error) {
	made := *want
	if err := complete(&made); err != nil {
		return nil, err
	}
	made.Created = unixNow()
	for i := range made.Buckets {
		b, err := made.Buckets[i].Bucket.Normal()
		if err != nil {
			return nil, err
		}
		made.Buckets[i].Bucket = b
	}
	sealed, err := seal.Seal(p.o.Key(), PurposeS3(made.AccessKey), []byte(made.Secret))
	if err != nil {
		return nil, err
	}
	key := &cluster.Key{S3Key: made, Sealed: sealed}
	key.Secret = ""
	err = p.commit(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		if err := cluster.CheckPutKey(s, key); err != nil {
			return nil, err
		}
		return []cluster.Change{cluster.PutKey(key)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &made, nil
}

// complete makes what a new access key lacks. Errors: Invalid.
func complete(k *wire.S3Key) error {
	switch {
	case k.AccessKey == "" && k.Secret == "":
		var random [accessKeyRandom + secretRandom]byte
		rand.Read(random[:])
		k.AccessKey = "AKIA" + base32.StdEncoding.EncodeToString(random[:accessKeyRandom])
		k.Secret = base64.RawURLEncoding.EncodeToString(random[accessKeyRandom:])
		return nil
	case k.AccessKey == "" || k.Secret == "":
		return badKey("an access key and its secret come together, or neither")
	case len(k.Secret) < minSecret || len(k.Secret) > maxSecret:
		return badKey("the secret of an access key has 16 to 1024 characters")
	}
	for _, c := range []byte(k.Secret) {
		if c <= ' ' || c > '~' {
			return badKey("the secret of an access key has printable ASCII characters only, and no spaces")
		}
	}
	return nil
}

func badKey(text string) error {
	e := errs.E("primary.CreateKey", "", errs.Invalid, errors.New(text))
	e.Public = text
	return e
}

// RemoveKey removes an access key: once it returns no node that is not suspected
// takes what is signed with it. Errors: NotFound, Unavailable.
func (p *Primary) RemoveKey(ctx context.Context, accessKey string) error {
	return p.commit(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		if err := cluster.CheckRemoveKey(s, accessKey); err != nil {
			return nil, err
		}
		return []cluster.Change{cluster.RemoveKey(accessKey)}, nil
	})
}
