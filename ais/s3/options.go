package s3

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"aistore/access"
	"aistore/ais/objects"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
	"aistore/memsys"
	"aistore/module"
	"aistore/store"
)

// Key is what an access key stands for.
type Key struct {
	Secret   string
	Identity access.Identity
}

// Keys returns what an access key stands for, and whether there is such a key. It
// is asked for each request, by any goroutine.
type Keys func(accessKey string) (Key, bool)

// Forward passes a request on to a node whole, with the headers of add beside its
// own, and the answer back, after edit has seen its header.
type Forward func(w http.ResponseWriter, r *http.Request, to *wire.Node, add http.Header, edit func(http.Header)) error

// Options connect a Dialect with its node. State, Peers and Forward are required,
// and beside Objects Pool.
type Options struct {
	Node    string                       // shown as the host id of answers
	Self    string                       // id of the target of this process, "" for none
	State   func() *cluster.State        // in force here
	Objects Objects                      // verbs of that target; nil for none
	Buckets Buckets                      // of the gateway of this process, if it may lead; nil for none
	Peers   module.Peers                 // asks other targets
	Forward Forward                      // passes requests on
	Keys    Keys                         // nil knows none
	Config  *config.Live[config.Cluster] // nil is the default configuration
	Pool    *memsys.Pool                 // lends buffers
	Log     *slog.Logger                 // nil discards

	// Await waits, not for long, until this target knows a map by which the name of
	// that digest can be served: of that version at least, and if the request writes,
	// one by which the name is not about to move. Nil does not.
	Await func(ctx context.Context, version int64, digest uint64, writes bool)

	// Stale says of a read at this target that it may be out of date: it marks the
	// answer, or refuses. Conditional is a read that depends on what is there. Nil is
	// for a node whose reads never are.
	Stale func(h http.Header, conditional bool) error
}

// Objects are the verbs of a target on objects; objects.Verbs has them.
type Objects interface {
	Bucket(b wire.Bucket) (*cluster.Bucket, error)
	Small(ctx context.Context, n store.Name, buf []byte) (*store.Object, bool, error)
	Open(ctx context.Context, n store.Name) (*objects.Content, error)
	Head(ctx context.Context, n store.Name) (*store.Object, error)
	Put(ctx context.Context, n store.Name, body io.Reader, o store.WriteOptions) (*store.Object, error)
	Version(ctx context.Context, n store.Name, id string) (*store.Object, error)
	OpenVersion(ctx context.Context, n store.Name, id string) (*objects.Content, error)
	VersionsHere(ctx context.Context, b *cluster.Bucket, q objects.VersionsQuery) ([]objects.VersionEntry, bool, error)
	UpdateVersion(ctx context.Context, n store.Name, o store.UpdateOptions, change func(*store.Record) error) (*store.Object, error)
	Remove(ctx context.Context, n store.Name, o store.DeleteOptions) (store.Deletion, error)
	CreateUpload(ctx context.Context, n store.Name, o store.UploadOptions) (store.Upload, error)
	Upload(n store.Name, id string) (store.Upload, error)
	Uploads(ctx context.Context, b *cluster.Bucket, o store.UploadsOptions) ([]store.UploadInfo, error)
	UploadInfo(ctx context.Context, u store.Upload) (store.UploadInfo, error)
	UploadParts(ctx context.Context, u store.Upload, after, limit int) (parts []store.Part, more bool, err error)
	WritePart(ctx context.Context, u store.Upload, number int, body io.Reader, o store.PartOptions) (store.Part, error)
	AbortUpload(ctx context.Context, u store.Upload) error
	CompleteUpload(ctx context.Context, u store.Upload, pieces []store.Piece, o store.CompleteOptions) (*store.Object, error)
}

// Buckets are the verbs of the primary on buckets; primary.Primary has them.
type Buckets interface {
	Leads() bool
	CreateBucket(ctx context.Context, b wire.Bucket, set *wire.BucketPropsToSet) error
	SetBucketProps(ctx context.Context, b wire.Bucket, set *wire.BucketPropsToSet) error
	DestroyEmptyBucket(ctx context.Context, b wire.Bucket) error
}
