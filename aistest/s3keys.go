package aistest

import (
	"aistore/access"
	"aistore/ais/s3"
)

// The access key that nodes in this process know.
const (
	S3AccessKey = "AKIDAISTESTAISTEST00"
	S3Secret    = "wJalrXUtnFEMIK7MDENGbPxRfiCYaistestaiste"
)

// s3Keys knows the access key of tests, whose holder may do what buckets allow.
func s3Keys(accessKey string) (s3.Key, bool) {
	if accessKey != S3AccessKey {
		return s3.Key{}, false
	}
	return s3.Key{Secret: S3Secret, Identity: access.Nobody()}, true
}
