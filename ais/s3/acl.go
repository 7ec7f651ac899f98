package s3

import (
	"encoding/xml"
	"net/http"

	"aistore/access"
	"aistore/api/wire"
)

// Who can be granted something.
const (
	groupAll  = "http://acs.amazonaws.com/groups/global/AllUsers"
	ownerName = owner
)

// accessList is the document of an ACL.
type accessList struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Grants  []grant  `xml:"AccessControlList>Grant"`
}

type grant struct {
	Permission string `xml:"Permission"`
	Grantee    struct {
		ID  string `xml:"ID"`
		URI string `xml:"URI"`
	} `xml:"Grantee"`
}

// cannedPublic returns what a canned ACL lets anybody do. Errors: Unsupported,
// Invalid.
func cannedPublic(name string) (access.Bits, error) {
	switch name {
	case "", "private", "bucket-owner-full-control", "bucket-owner-read":
		return access.None, nil
	case "public-read":
		return publicRead, nil
	case "public-read-write":
		return publicReadWrite, nil
	case "authenticated-read", "aws-exec-read", "log-delivery-write":
		return 0, refuseWith(codeNotImplemented, "The canned ACLs private, public-read and public-read-write are supported: what the owner of an access key may do is said when the key is made.")
	}
	return 0, refuseWith(codeInvalidArgument, "There is no such canned ACL.")
}

// parseACL reads the document of an ACL and returns what it lets anybody do. It may
// say nothing else but that the owner may do everything. Errors: Invalid,
// Unsupported.
func parseACL(text []byte) (access.Bits, error) {
	var list accessList
	if err := parse(text, &list); err != nil {
		return 0, err
	}
	var bits access.Bits
	for _, g := range list.Grants {
		switch {
		case g.Grantee.URI == groupAll && g.Permission == "READ":
			bits |= publicRead
		case g.Grantee.URI == groupAll && g.Permission == "WRITE":
			bits |= publicReadWrite &^ publicRead
		case g.Grantee.URI == "" && g.Grantee.ID == ownerName:
		default:
			return 0, refuseWith(codeNotImplemented, "Grants are supported to the owner, and of READ and WRITE to everybody: what the owner of an access key may do is said when the key is made.")
		}
	}
	return bits, nil
}

// wantedACL returns what the ACL that a request brings lets anybody do, and whether
// it brings one in its headers. Errors: Invalid, Unsupported.
func (c *call) wantedACL() (bits access.Bits, given bool, err error) {
	for _, name := range []string{"Read", "Write", "Read-Acp", "Write-Acp", "Full-Control"} {
		if c.header("X-Amz-Grant-"+name) != "" {
			return 0, false, refuseWith(codeNotImplemented, "Grants in headers are not supported: use x-amz-acl.")
		}
	}
	name := c.header("X-Amz-Acl")
	bits, err = cannedPublic(name)
	return bits, name != "", err
}

// checkACL refuses an ACL of an object that says otherwise than that the object is
// as public as its bucket, or less.
func (c *call) checkACL() error {
	bits, _, err := c.wantedACL()
	if err != nil {
		return err
	}
	return c.checkPublicObject(bits)
}

func (c *call) checkPublicObject(bits access.Bits) error {
	const ofObjects = access.GetObject | access.HeadObject | access.PutObject | access.DeleteObject
	if bits != 0 && c.blocked().BlockACLs {
		return refuseWith(codeAccessDenied, "The bucket's public access block refuses ACLs that make objects public.")
	}
	if bits &= ofObjects; bits == 0 || access.Bits(c.bucket.Props.S3.Anybody()).Has(bits) {
		return nil
	}
	return refuseWith(codeNotImplemented, "Objects are as public as their bucket: set the ACL or the policy of the bucket.")
}

// putACL says what anybody may do with the bucket.
func (c *call) putACL() error {
	bits, given, err := c.wantedACL()
	if err != nil {
		return err
	}
	if !given {
		if bits, err = c.bodyACL(); err != nil {
			return err
		}
	}
	if bits != 0 && c.blocked().BlockACLs {
		return refuseWith(codeAccessDenied, "The bucket's public access block refuses ACLs that make it public.")
	}
	return c.setProps(&wire.S3PropsToSet{Public: new(uint64(bits))})
}

// putObjectACL takes an ACL that changes nothing.
func (c *call) putObjectACL() error {
	bits, given, err := c.wantedACL()
	if err == nil && !given {
		bits, err = c.bodyACL()
	}
	if err != nil {
		return err
	}
	if err := c.checkThere(); err != nil {
		return err
	}
	return c.checkPublicObject(bits)
}

func (c *call) bodyACL() (access.Bits, error) {
	text, err := c.text(maxConfiguration)
	if err != nil {
		return 0, err
	}
	return parseACL(text)
}

// checkThere refuses what is asked of an object, or of one of its versions, that is
// not there.
func (c *call) checkThere() error {
	id, err := c.version()
	if err != nil {
		return err
	}
	o, err := c.headVersion(id)
	if err == nil {
		c.setVersion(o)
	}
	return err
}

// getACL answers that the owner may do everything, and what anybody may.
func (c *call) getACL() error {
	if c.q.Object != "" {
		if err := c.checkThere(); err != nil {
			return err
		}
	}
	public := access.Bits(c.bucket.Props.S3.Public)
	m := newMarkup(1 << 10)
	m.root("AccessControlPolicy")
	m.owner("Owner")
	m.open("AccessControlList")
	m.grant("CanonicalUser", "FULL_CONTROL", func() {
		m.text("ID", ownerName)
		m.text("DisplayName", ownerName)
	})
	if public.Has(publicRead) {
		m.grant("Group", "READ", func() { m.text("URI", groupAll) })
	}
	if c.q.Object == "" && public.Has(publicReadWrite&^publicRead) {
		m.grant("Group", "WRITE", func() { m.text("URI", groupAll) })
	}
	m.close("AccessControlList")
	m.close("AccessControlPolicy")
	return m.answer(c.w, http.StatusOK)
}

// grant writes that somebody has a permission.
func (m *markup) grant(kind, permission string, who func()) {
	m.open("Grant")
	m.out.WriteString(`<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + kind + `">`)
	who()
	m.close("Grantee")
	m.text("Permission", permission)
	m.close("Grant")
}
