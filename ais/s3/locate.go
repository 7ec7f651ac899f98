package s3

import (
	"net"
	"net/http"
	"strings"

	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
)

// headerRoot says that the path of a request that is passed on begins at the root.
// Its value is the bucket that the host names, "" for none.
const headerRoot = "Ais-S3-Root"

// ownDomain is a domain at listeners for S3 alone, beside those of net.s3.domains:
// many systems resolve all names below it to themselves.
const ownDomain = "localhost"

// Locate is rest.Locator.Locate: the root is at listeners for S3 alone, and wherever
// the host is a domain of net.s3.domains or a name below one, but for those of nodes.
func (d *Dialect) Locate(r *http.Request, from rest.Origin) (bucket string, root bool) {
	domains := d.options.Config.Get().Net.S3.Domains
	switch from {
	case rest.FromNode:
		value, passed := r.Header[headerRoot]
		if !passed {
			return "", false
		}
		return value[0], true
	case rest.AtOwn:
		host := hostOf(r)
		bucket, found := bucketOf(host, domains)
		if !found {
			bucket, _ = bucketOf(host, []string{ownDomain})
		}
		if bucket != "" && d.isNode(host) {
			return "", true // by its own name, below a domain
		}
		return bucket, true
	}
	if len(domains) == 0 {
		return "", false
	}
	host := hostOf(r)
	bucket, root = bucketOf(host, domains)
	if root && d.isNode(host) {
		return "", false // whatever its domain is
	}
	return bucket, root
}

// s3Bucket is a name that no bucket has at the root, where its path would be the one
// of all others under Prefix.
const s3Bucket = "s3"

// checkDoor refuses a request that would mean another object where it did not come
// in. Host and path are signed, but not the port: what one has signed for one door
// must not be good for something else at another. Errors: NotFound, Invalid.
func (d *Dialect) checkDoor(r *http.Request, o *rest.ObjectRequest) error {
	switch {
	case o.Root && o.HostBucket == "" && o.Bucket.Name == s3Bucket:
		return errs.BucketNotFound("s3", o.Bucket.String())
	case o.Root || o.Passed:
		return nil
	}
	host := hostOf(r)
	if bucket, below := bucketOf(host, []string{ownDomain}); below && bucket != "" && !d.isNode(host) {
		return refuseWith(codeInvalidRequest, "The host "+host+" names a bucket at the port for S3: ask there, or leave the bucket out of the host.")
	}
	return nil
}

// hostOf is the host that a request names, in lower case and without its port.
func hostOf(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// bucketOf returns the bucket that a host names below the longest domain that fits,
// "" for the domain itself, and whether one fits.
func bucketOf(host string, domains []string) (bucket string, found bool) {
	longest := -1
	for _, domain := range domains {
		rest, fits := strings.CutSuffix(host, strings.ToLower(domain))
		if !fits || len(domain) <= longest || rest != "" && (len(rest) == 1 || rest[len(rest)-1] != '.') {
			continue
		}
		longest, found, bucket = len(domain), true, strings.TrimSuffix(rest, ".")
	}
	return bucket, found
}

// isNode reports whether a host is that of a node, whose other doors are there.
func (d *Dialect) isNode(host string) bool {
	is := func(n *wire.Node) bool {
		return strings.EqualFold(n.Public.Host, host) || strings.EqualFold(n.Control.Host, host) || strings.EqualFold(n.Data.Host, host)
	}
	m := d.options.State().Map
	for _, list := range [][]*wire.Node{m.Proxies(), m.Targets()} {
		for _, n := range list {
			if is(n) {
				return true
			}
		}
	}
	return false
}
