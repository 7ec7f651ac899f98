package s3

import (
	"maps"
	"net/http"
	"slices"

	"aistore/access"
	"aistore/api/wire"
	"aistore/store"
)

// setting is something that is said of a bucket, with what it takes to say it.
type setting struct {
	parameter        string
	need             access.Bits
	get, put, remove func(*call) error // nil: there is no such operation
}

// settings are what can be said of a bucket.
func settings() []setting {
	return []setting{
		{"acl", access.SetBucketACL, (*call).getACL, (*call).putACL, nil},
		{"policy", access.SetBucketACL, (*call).getPolicy, (*call).putPolicy, (*call).deletePolicy},
		{"policyStatus", 0, (*call).getPolicyStatus, nil, nil},
		{"publicAccessBlock", access.SetBucketACL, (*call).getPublicBlock, (*call).putPublicBlock, (*call).deletePublicBlock},
		{"cors", access.PatchBucket, (*call).getCORS, (*call).putCORS, (*call).deleteCORS},
		{"lifecycle", access.PatchBucket, (*call).getLifecycle, (*call).putLifecycle, (*call).deleteLifecycle},
		{"tagging", access.PatchBucket, (*call).getBucketTagging, (*call).putBucketTagging, (*call).deleteBucketTagging},
		{"versioning", access.PatchBucket, (*call).getVersioning, (*call).putVersioning, (*call).notImplemented},
		{"object-lock", access.PatchBucket, (*call).getLockConfiguration, (*call).putLockConfiguration, (*call).notImplemented},
	}
}

// settable are the operations of a method on what can be said of a bucket. What is
// said is not told to those who have signed nothing.
func settable(method string) []choice {
	var all []choice
	for _, s := range settings() {
		op := operation{need: access.HeadBucket, signed: true, do: s.get}
		switch method {
		case http.MethodPut:
			op = operation{need: s.need, signed: true, place: atPrimary, do: s.put}
		case http.MethodDelete:
			op = operation{need: s.need, signed: true, place: atPrimary, do: s.remove}
		}
		if op.do != nil {
			all = append(all, choice{s.parameter, op})
		}
	}
	return all
}

// maxBucketTags is how many tags a bucket may have.
const maxBucketTags = 50

func (c *call) getBucketTagging() error {
	if len(c.bucket.Props.S3.Tags) == 0 {
		return refuse("NoSuchTagSet")
	}
	var tags []store.Pair
	for _, key := range slices.Sorted(maps.Keys(c.bucket.Props.S3.Tags)) {
		tags = append(tags, store.Pair{Key: key, Value: c.bucket.Props.S3.Tags[key]})
	}
	return c.writeTags(tags)
}

func (c *call) putBucketTagging() error {
	text, err := c.text(maxConfiguration)
	if err != nil {
		return err
	}
	list, err := parseTags(text, maxBucketTags)
	if err != nil {
		return err
	}
	tags := make(map[string]string, len(list))
	for _, t := range list {
		tags[t.Key] = t.Value
	}
	if err := c.setProps(&wire.S3PropsToSet{Tags: &tags}); err != nil {
		return err
	}
	return c.done()
}

func (c *call) deleteBucketTagging() error {
	if err := c.setProps(&wire.S3PropsToSet{Tags: new(map[string]string)}); err != nil {
		return err
	}
	return c.done()
}
