package fs

import (
	"errors"
	"strings"

	"aistore/errs"
)

// Content is a content type: what the files below one directory of a bucket
// are. Two characters, named on disk with a leading `%`.
type Content string

// The content types of every bucket; modules may declare more.
const (
	Objects    Content = "ob" // current objects
	Work       Content = "wk" // files being written
	Versions   Content = "ov" // older versions, delete markers, what a snapshot pins
	Tombstones Content = "td" // empty files that hold the write order of a deletion
	Spill      Content = "sp" // metadata that does not fit into the attribute
	Chunks     Content = "ch" // parts of large objects and of uploads, in a directory of each upload
	Uploads    Content = "up" // what is known of each open upload
	Slices     Content = "ec" // erasure-coded slices
	SliceMeta  Content = "mt" // metadata of erasure-coded objects
	Sidecars   Content = "sc" // what is derived from objects and can be made again
)

// Names at the root of a mountpath that are no buckets.
const (
	trashName = "$trash"
	idName    = ".ais.mountpath"
	lockName  = ".ais.lock"
)

const maxBucketPart = 200 // longest directory name of a bucket, in bytes

// Bucket says where a bucket is on a mountpath. It is comparable.
type Bucket struct {
	Provider  string // "ais", "aws", …
	UUID      string // of the remote cluster; "" is this one
	Namespace string // "" is the global one
	Name      string
}

// Dir returns the directory of the bucket, relative to a mountpath:
// `@ais/name`, `@ais/#namespace/name` or `@ais/@uuid#namespace/name`. A bucket
// that Validate refuses has no safe directory.
func (b Bucket) Dir() string {
	if b.UUID == "" && b.Namespace == "" {
		return "@" + b.Provider + "/" + b.Name
	}
	return "@" + b.Provider + "/" + b.namespaceDir() + "/" + b.Name
}

// Validate returns Invalid for a bucket whose parts cannot be directory names
// of the layout: it would leave its place or be taken for something else.
func (b Bucket) Validate() error {
	ok := bucketPart(b.Provider) && bucketPart(b.Name) &&
		(b.UUID == "" || bucketPart(b.UUID)) && (b.Namespace == "" || bucketPart(b.Namespace)) &&
		len(b.UUID)+len(b.Namespace) <= maxBucketPart
	if !ok {
		return errs.E("fs.Bucket", quoted(b.Dir()), errs.Invalid, errors.New("not a bucket that can be stored"))
	}
	return nil
}

// ParseBucketDir is the inverse of Bucket.Dir. False for what is not the
// directory of a bucket.
func ParseBucketDir(rel string) (Bucket, bool) {
	var b Bucket
	provider, rest, ok := strings.Cut(rel, "/")
	if !ok || !strings.HasPrefix(provider, "@") {
		return Bucket{}, false
	}
	b.Provider, b.Name = provider[1:], rest
	if namespace, name, ok := strings.Cut(rest, "/"); ok {
		uuid, inner, ok := strings.Cut(namespace, "#")
		if !ok || (uuid != "" && !strings.HasPrefix(uuid, "@")) {
			return Bucket{}, false
		}
		b.UUID, b.Namespace, b.Name = strings.TrimPrefix(uuid, "@"), inner, name
	}
	return b, b.Validate() == nil && b.Dir() == rel
}

func (b Bucket) namespaceDir() string {
	if b.UUID == "" {
		return "#" + b.Namespace
	}
	return "@" + b.UUID + "#" + b.Namespace
}

// bucketPart reports whether part can be one directory name that cannot be
// confused with the others of the layout.
func bucketPart(part string) bool {
	if part == "" || part == "." || part == ".." || len(part) > maxBucketPart {
		return false
	}
	return !strings.ContainsAny(part, "/\x00@#%")
}

// join returns root/dir/%content/rel without intermediate strings.
func join(root string, b Bucket, content Content, rel string) string {
	if b.UUID == "" && b.Namespace == "" {
		return root + "/@" + b.Provider + "/" + b.Name + "/%" + string(content) + "/" + rel
	}
	return root + "/@" + b.Provider + "/" + b.namespaceDir() + "/" + b.Name + "/%" + string(content) + "/" + rel
}
