package node

import (
	"cmp"
	"sync"

	"aistore/access"
	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/seal"
)

// maxOpenedKeys bounds the access keys that are kept unsealed.
const maxOpenedKeys = 1024

// openedKey is an access key as it is used.
type openedKey struct {
	of     *cluster.Key // which never changes: another one takes its place
	secret string
	id     access.Identity
}

// openedKeys are access keys that were used lately. To unseal one takes longer than
// to check a signature with it.
type openedKeys struct {
	mu    sync.RWMutex
	known map[string]openedKey // guarded by mu; by access key
}

func (o *openedKeys) get(key *cluster.Key) (openedKey, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	opened, found := o.known[key.AccessKey]
	return opened, found && opened.of == key
}

// put keeps a key; when there are too many, the others go.
func (o *openedKeys) put(opened openedKey) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil || len(o.known) >= maxOpenedKeys {
		o.known = map[string]openedKey{}
	}
	o.known[opened.of.AccessKey] = opened
}

// S3Key returns the secret of an access key, and on whose behalf who signs with it
// acts; found is false if the cluster has no such key.
func (c *Core) S3Key(accessKey string) (secret string, id access.Identity, found bool) {
	key := c.Meta.State().Keys.Get(accessKey)
	if key == nil {
		return "", access.Identity{}, false
	}
	if known, is := c.s3Keys.get(key); is {
		return known.secret, known.id, true
	}
	opened, err := seal.Open(c.Key.Bytes(), primary.PurposeS3(accessKey), key.Sealed)
	if err != nil {
		c.Log.Error("an access key cannot be used: it was sealed by another cluster key", "access_key", accessKey, "err", err)
		return "", access.Identity{}, false
	}
	known := openedKey{of: key, secret: string(opened), id: identityOf(key)}
	c.s3Keys.put(known)
	return known.secret, known.id, true
}

func identityOf(key *cluster.Key) access.Identity {
	grants := &access.Grants{Everywhere: access.Bits(key.Access), Buckets: make(map[wire.Bucket]access.Bits, len(key.Buckets))}
	for _, g := range key.Buckets {
		grants.Buckets[g.Bucket] |= access.Bits(g.Access)
	}
	return access.User(cmp.Or(key.Name, key.AccessKey), grants)
}
