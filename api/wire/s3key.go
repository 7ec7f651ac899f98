package wire

// PathS3Keys is where the access keys of S3 clients are.
const PathS3Keys = "/v1/s3-keys"

// S3Key is an access key with which S3 clients sign, and what it allows.
type S3Key struct {
	AccessKey string       `json:"access_key"`
	Secret    string       `json:"secret_key,omitempty"` // only from and to who creates the key
	Name      string       `json:"name,omitempty"`       // whose it is, or what for
	Access    uint64       `json:"access,string"`        // permissions on the cluster and on every bucket
	Buckets   []S3KeyGrant `json:"buckets,omitempty"`    // permissions beyond that
	Created   int64        `json:"created,string"`       // unix nanoseconds
}

// S3KeyGrant is what an access key allows on one bucket.
type S3KeyGrant struct {
	Bucket Bucket `json:"bck"`
	Access uint64 `json:"access,string"`
}
