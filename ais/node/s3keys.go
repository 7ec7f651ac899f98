package node

import (
	"cmp"

	"aistore/access"
	"aistore/ais/primary"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/seal"
)

// S3Key returns the secret of an access key, and on whose behalf who signs with it
// acts; found is false if the cluster has no such key.
func (c *Core) S3Key(accessKey string) (secret string, id access.Identity, found bool) {
	key := c.Meta.State().Keys.Get(accessKey)
	if key == nil {
		return "", access.Identity{}, false
	}
	opened, err := seal.Open(c.Key.Bytes(), primary.PurposeS3(accessKey), key.Sealed)
	if err != nil {
		c.Log.Error("an access key cannot be used: it was sealed by another cluster key", "access_key", accessKey, "err", err)
		return "", access.Identity{}, false
	}
	return string(opened), identityOf(key), true
}

func identityOf(key *cluster.Key) access.Identity {
	grants := &access.Grants{Everywhere: access.Bits(key.Access), Buckets: make(map[wire.Bucket]access.Bits, len(key.Buckets))}
	for _, g := range key.Buckets {
		grants.Buckets[g.Bucket] |= access.Bits(g.Access)
	}
	return access.User(cmp.Or(key.Name, key.AccessKey), grants)
}
