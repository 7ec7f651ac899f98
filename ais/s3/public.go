package s3

import (
	"encoding/xml"
	"net/http"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
)

// What a canned ACL lets anybody do with a bucket and the objects in it.
const (
	publicRead      = access.ReadOnly
	publicReadWrite = access.ReadOnly | access.PutObject | access.DeleteObject
)

// anybody is whom a request without a signature is of, where its bucket lets
// anybody do something; false where it does not.
func (d *Dialect) anybody(o *rest.ObjectRequest) (access.Identity, bool) {
	if o.Bucket.Name == "" {
		return access.Identity{}, false
	}
	b, found := d.options.State().Buckets.Get(o.Bucket)
	if !found {
		return access.Identity{}, false
	}
	bits := access.Bits(b.Props.S3.Anybody()) & publicReadWrite
	if bits == 0 {
		return access.Identity{}, false
	}
	return access.User("anonymous", &access.Grants{Buckets: map[wire.Bucket]access.Bits{b.Bucket: bits}}), true
}

// setProps changes what clients of S3 have said of the bucket.
func (c *call) setProps(set *wire.S3PropsToSet) error {
	return c.options.Buckets.SetBucketProps(c.r.Context(), c.q.Bucket, &wire.BucketPropsToSet{S3: set})
}

// done answers that something was taken away.
func (c *call) done() error {
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// blocked is what the bucket says of how it may become public.
func (c *call) blocked() wire.S3PublicBlock {
	if block := c.bucket.Props.S3.PublicBlock; block != nil {
		return *block
	}
	return wire.S3PublicBlock{}
}

// publicBlock is the document of what may make a bucket public.
type publicBlock struct {
	XMLName         xml.Name `xml:"PublicAccessBlockConfiguration"`
	BlockACLs       bool     `xml:"BlockPublicAcls"`
	IgnoreACLs      bool     `xml:"IgnorePublicAcls"`
	BlockPolicy     bool     `xml:"BlockPublicPolicy"`
	RestrictBuckets bool     `xml:"RestrictPublicBuckets"`
}

func (c *call) getPublicBlock() error {
	if c.bucket.Props.S3.PublicBlock == nil {
		return refuse("NoSuchPublicAccessBlockConfiguration")
	}
	block := c.blocked()
	m := newMarkup(512)
	m.root("PublicAccessBlockConfiguration")
	m.claim("BlockPublicAcls", block.BlockACLs)
	m.claim("IgnorePublicAcls", block.IgnoreACLs)
	m.claim("BlockPublicPolicy", block.BlockPolicy)
	m.claim("RestrictPublicBuckets", block.RestrictBuckets)
	m.close("PublicAccessBlockConfiguration")
	return m.answer(c.w, http.StatusOK)
}

func (c *call) putPublicBlock() error {
	var said publicBlock
	if err := c.document(&said, maxConfiguration, required); err != nil {
		return err
	}
	return c.setProps(&wire.S3PropsToSet{PublicBlock: &wire.S3PublicBlock{
		BlockACLs: said.BlockACLs, IgnoreACLs: said.IgnoreACLs, BlockPolicy: said.BlockPolicy, RestrictBuckets: said.RestrictBuckets,
	}})
}

func (c *call) deletePublicBlock() error {
	if err := c.setProps(&wire.S3PropsToSet{PublicBlock: &wire.S3PublicBlock{}}); err != nil {
		return err
	}
	return c.done()
}
