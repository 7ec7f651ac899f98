package cluster

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/errs"
)

// Key is an access key of S3 clients, as the cluster keeps it. It is immutable.
type Key struct {
	wire.S3Key        // without its secret
	Sealed     []byte `json:"sealed"` // the secret, under the cluster key
}

// Bounds of access keys.
const (
	maxKeys      = 10_000
	maxKeyGrants = 1_000
	maxKeyName   = 256 // bytes
)

// Keys are the access keys of a cluster. Immutable; the zero value and nil are none.
type Keys struct {
	byID map[string]*Key
}

// Get returns the key with that access key, nil if there is none.
func (k *Keys) Get(accessKey string) *Key {
	if k == nil {
		return nil
	}
	return k.byID[accessKey]
}

// All returns the keys, ascending by access key.
func (k *Keys) All() []*Key {
	if k == nil {
		return nil
	}
	all := slices.Collect(maps.Values(k.byID))
	slices.SortFunc(all, func(a, b *Key) int { return strings.Compare(a.AccessKey, b.AccessKey) })
	return all
}

// keysOf returns the keys of a list. Errors: Invalid.
func keysOf(list []*Key) (*Keys, error) {
	if len(list) == 0 {
		return nil, nil
	}
	k := &Keys{byID: make(map[string]*Key, len(list))}
	for _, key := range list {
		if key == nil || key.AccessKey == "" {
			return nil, errs.E("cluster.Keys", "", errs.Invalid, errors.New("an access key is empty"))
		}
		k.byID[key.AccessKey] = key
	}
	return k, nil
}

// with returns k and one more key.
func (k *Keys) with(key *Key) *Keys {
	next := &Keys{byID: map[string]*Key{}}
	if k != nil {
		maps.Copy(next.byID, k.byID)
	}
	next.byID[key.AccessKey] = key
	return next
}

// without returns k less the key with that access key.
func (k *Keys) without(accessKey string) *Keys {
	next := &Keys{byID: maps.Clone(k.byID)}
	delete(next.byID, accessKey)
	return next
}

// PutKey adds an access key.
func PutKey(k *Key) Change { return Change{Kind: ChangePutKey, Key: k} }

// RemoveKey removes the access key of that name.
func RemoveKey(accessKey string) Change { return Change{Kind: ChangeRemoveKey, AccessKey: accessKey} }

// CheckPutKey decides whether an access key may be added to s. Errors: Invalid,
// Exists, TooLarge (there are too many).
func CheckPutKey(s *State, k *Key) error {
	const op = "cluster.CheckPutKey"
	if err := checkKey(k); err != nil {
		e := errs.E(op, k.AccessKey, errs.Invalid, nil)
		e.Public = err.Error()
		return e
	}
	if s.Keys.Get(k.AccessKey) != nil {
		e := errs.E(op, k.AccessKey, errs.Exists, nil)
		e.Public = fmt.Sprintf("access key %s exists already", k.AccessKey)
		return e
	}
	if len(s.Keys.All()) >= maxKeys {
		e := errs.E(op, k.AccessKey, errs.TooLarge, nil)
		e.Public = fmt.Sprintf("there are %d access keys, more are not possible: remove some", maxKeys)
		return e
	}
	return nil
}

// CheckRemoveKey decides whether an access key can be removed. Errors: NotFound.
func CheckRemoveKey(s *State, accessKey string) error {
	if s.Keys.Get(accessKey) != nil {
		return nil
	}
	e := errs.E("cluster.CheckRemoveKey", accessKey, errs.NotFound, nil)
	e.Public = fmt.Sprintf("access key %.100q does not exist", accessKey)
	return e
}

func checkKey(k *Key) error {
	switch {
	case len(k.AccessKey) < 16 || len(k.AccessKey) > 128 || strings.Trim(k.AccessKey, keyAlphabet) != "":
		return fmt.Errorf("access key %.200q: it takes 16 to 128 letters, digits, and \"_\"", k.AccessKey)
	case len(k.Name) > maxKeyName || strings.ContainsFunc(k.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("name of an access key: it takes up to %d bytes without control characters", maxKeyName)
	case len(k.Buckets) > maxKeyGrants:
		return fmt.Errorf("an access key can name %d buckets, not %d", maxKeyGrants, len(k.Buckets))
	case len(k.Sealed) == 0:
		return errors.New("the access key has no secret")
	}
	for i := range k.Buckets {
		if err := k.Buckets[i].Bucket.Validate(); err != nil {
			return err
		}
	}
	return nil
}

const keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
