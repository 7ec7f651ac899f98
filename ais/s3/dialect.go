package s3

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/sigv4"
)

// Prefix is where the dialect is on every public listener.
const Prefix = "/s3"

// Dialect is the S3 API of a node. It is safe for concurrent use.
type Dialect struct {
	options  Options
	log      *slog.Logger
	verifier *sigv4.Verifier

	authorize func(c rest.Caller, b wire.Bucket, need access.Bits) error // of the router; set by Routes
}

// New makes the dialect of a node.
func New(o Options) *Dialect {
	if o.Config == nil {
		defaults := config.Default()
		o.Config = config.NewLive(&defaults)
	}
	d := &Dialect{options: o, log: o.Log}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.verifier = sigv4.New(d.secret, 0)
	return d
}

// Routes declares what clients ask, and what other nodes do. It comes before all
// requests.
func (d *Dialect) Routes(r *rest.Router) {
	d.authorize = r.Authorize
	r.Dialect("s3", Prefix, d)
	if d.options.Objects == nil {
		return
	}
	for name, answer := range d.peerCalls() {
		r.Data("POST /v1/"+moduleName+"/"+name+"/{bucket}", d.peerCall(answer))
	}
}

func (d *Dialect) key(accessKey string) (Key, bool) {
	if d.options.Keys == nil {
		return Key{}, false
	}
	return d.options.Keys(accessKey)
}

func (d *Dialect) secret(accessKey string) (string, bool) {
	key, found := d.key(accessKey)
	return key.Secret, found
}

// proof is what is known of who sent a request.
type proof struct {
	signed sigv4.Signed // zero of a request that was not signed
	public bool         // it was not signed, and the bucket lets anybody in
	form   *form        // that the request is; nil of others
	policy *formPolicy  // of the form, nil: there is none
}

// Identify is rest.Dialect.Identify: who signed the request. Without a signature,
// or with that of an unknown key, it is nobody where auth.s3.anonymous says so.
// Errors: Forbidden, Invalid.
func (d *Dialect) Identify(r *http.Request, o *rest.ObjectRequest) (access.Identity, error) {
	if err := d.checkDoor(r, o); err != nil {
		return access.Identity{}, err
	}
	if isForm(r, o) && !sigv4.IsSigned(r) {
		return d.identifyForm(r, o)
	}
	anonymous := d.options.Config.Get().Auth.S3.Anonymous
	if anonymous && !sigv4.IsSigned(r) {
		o.Proof = &proof{signed: sigv4.Signed{Unverified: true}}
		return access.Nobody(), nil
	}
	if !sigv4.IsSigned(r) {
		return d.unsigned(r, o)
	}
	signed, err := d.verifier.Verify(r, resource(r, o), time.Now())
	if anonymous && errs.CodeOf(err) == sigv4.CodeUnknownKey {
		o.Proof = &proof{signed: sigv4.Signed{Unverified: true, Presigned: r.Header.Get("Authorization") == ""}}
		return access.Nobody(), nil
	}
	if err != nil {
		return access.Identity{}, err
	}
	key, found := d.key(signed.AccessKey)
	if !found {
		return access.Identity{}, refuse(codeUnknownKey) // removed this moment
	}
	o.Proof = &proof{signed: *signed}
	return key.Identity, nil
}

// unsigned is Identify for a request without a signature: a browser that asks what it
// may ask for, or what anybody may do with the bucket.
func (d *Dialect) unsigned(r *http.Request, o *rest.ObjectRequest) (access.Identity, error) {
	o.Proof = &proof{signed: sigv4.Signed{Unverified: true}, public: true}
	if r.Method == http.MethodOptions {
		return access.Nobody(), nil
	}
	id, public := d.anybody(o)
	if !public {
		return access.Identity{}, refuse(codeAccessDenied)
	}
	return id, nil
}

// resource is the path as Version 2 signs it: behind that of the endpoint, and with
// the bucket in front that the host names.
func resource(r *http.Request, o *rest.ObjectRequest) string {
	path := r.URL.EscapedPath()
	switch {
	case !o.Root:
		return strings.TrimPrefix(path, Prefix)
	case o.HostBucket != "":
		return "/" + o.HostBucket + path
	}
	return path
}

// Verb is rest.Dialect.Verb.
func (d *Dialect) Verb(r *http.Request, o *rest.ObjectRequest) (rest.ObjectVerb, error) {
	op, err := find(r, o)
	if err != nil {
		return rest.ObjectVerb{}, err
	}
	if o.Bucket.IsSystem() { // there is none to clients
		return rest.ObjectVerb{}, errs.BucketNotFound("s3", o.Bucket.String())
	}
	if p, ok := o.Proof.(*proof); ok && p.public && op.signed {
		return rest.ObjectVerb{}, refuse(codeAccessDenied)
	}
	return rest.Verb(op.need, func(w http.ResponseWriter, r *http.Request, o *rest.ObjectRequest) error {
		return d.serve(op, w, r, o)
	}), nil
}
