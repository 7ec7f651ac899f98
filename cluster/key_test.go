package cluster_test

import (
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
)

func accessKey(id string) *cluster.Key {
	return &cluster.Key{
		S3Key: wire.S3Key{
			AccessKey: id, Name: "trainer", Access: 1,
			Buckets: []wire.S3KeyGrant{{Bucket: jobBucket("a"), Access: 3}}, Created: 17,
		},
		Sealed: []byte("sealed"),
	}
}

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	first, second := accessKey("AKIA0000000000000001"), accessKey("AKIA0000000000000002")
	s := jobState(t)
	check.Equal(t, len(s.Keys.All()), 0)
	check.NoError(t, cluster.CheckPutKey(s, second))
	s = jobState(t, cluster.PutKey(second), cluster.PutKey(first))
	check.Equal(t, s.Keys.All(), []*cluster.Key{first, second})
	check.Equal(t, s.Keys.Get(first.AccessKey), first)
	check.Equal(t, s.Keys.Get("other") == nil, true)
	check.ErrorIs(t, cluster.CheckPutKey(s, first), errs.Exists)
	check.ErrorIs(t, cluster.CheckRemoveKey(s, "other"), errs.NotFound)

	text, err := s.Encode()
	check.NoError(t, err)
	back, err := cluster.DecodeState(text)
	check.NoError(t, err)
	check.Equal(t, back.Keys.All(), s.Keys.All())

	next, err := s.Apply(cluster.RemoveKey(first.AccessKey))
	check.NoError(t, err)
	check.Equal(t, next.Keys.All(), []*cluster.Key{second})
	check.Equal(t, len(s.Keys.All()), 2)
	_, err = next.Apply(cluster.RemoveKey(first.AccessKey))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestBadAccessKeys(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*cluster.Key){
		"16 to 128":          func(k *cluster.Key) { k.AccessKey = "short" },
		"letters, digits":    func(k *cluster.Key) { k.AccessKey = "AKIA/000000000000001" },
		"control characters": func(k *cluster.Key) { k.Name = "a\nb" },
		"up to 256 bytes":    func(k *cluster.Key) { k.Name = strings.Repeat("x", 257) },
		"no secret":          func(k *cluster.Key) { k.Sealed = nil },
		"bucket":             func(k *cluster.Key) { k.Buckets[0].Bucket.Name = "a/b" },
		"can name 1000":      func(k *cluster.Key) { k.Buckets = make([]wire.S3KeyGrant, 1001) },
	} {
		k := accessKey("AKIA0000000000000001")
		spoil(k)
		err := cluster.CheckPutKey(jobState(t), k)
		check.ErrorIs(t, err, errs.Invalid)
		check.Contains(t, errs.PublicOf(err), want)
	}
}
