package s3

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"aistore/access"
	"aistore/api/wire"
)

// maxPolicy bounds the policy of a bucket, in bytes.
const maxPolicy = 20 << 10

// policy is the document of a policy. What is not listed is not known to the API.
type policy struct {
	Version    string               `json:"Version"`
	ID         string               `json:"Id"`
	Statements oneOrMany[statement] `json:"Statement"`
}

type statement struct {
	Sid          string            `json:"Sid"`
	Effect       string            `json:"Effect"`
	Principal    *principal        `json:"Principal"`
	Actions      oneOrMany[string] `json:"Action"`
	Resources    oneOrMany[string] `json:"Resource"`
	Condition    json.RawMessage   `json:"Condition"`
	NotPrincipal json.RawMessage   `json:"NotPrincipal"`
	NotAction    json.RawMessage   `json:"NotAction"`
	NotResource  json.RawMessage   `json:"NotResource"`
}

// oneOrMany is a value, or a list of them.
type oneOrMany[T any] []T

// UnmarshalJSON decodes o.
func (o *oneOrMany[T]) UnmarshalJSON(text []byte) error {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '[' {
		return decodeStrictly(text, (*[]T)(o))
	}
	var one T
	if err := decodeStrictly(text, &one); err != nil {
		return err
	}
	*o = []T{one}
	return nil
}

// principal is who a statement is about.
type principal struct{ everybody bool }

// UnmarshalJSON decodes p.
func (p *principal) UnmarshalJSON(text []byte) error {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '"' {
		p.everybody = string(text) == `"*"`
		return nil
	}
	var kinds map[string]oneOrMany[string]
	if err := json.Unmarshal(text, &kinds); err != nil {
		return err
	}
	p.everybody = len(kinds) == 1 && slices.Equal(kinds["AWS"], []string{"*"})
	return nil
}

// decodeStrictly decodes one value in which everything is known.
func decodeStrictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

// parsePolicy reads the policy of a bucket and returns what it lets anybody do.
// Errors: Invalid (it is none, or not about this bucket), Unsupported (it says more
// than what everybody may do).
func parsePolicy(bucket string, text []byte) (access.Bits, error) {
	var p policy
	if err := decodeStrictly(text, &p); err != nil {
		return 0, refuseWith(codeMalformedPolicy, "Policies must be valid JSON and have no elements but those of the policy language.")
	}
	if p.Version != "" && p.Version != "2012-10-17" && p.Version != "2008-10-17" {
		return 0, refuseWith(codeMalformedPolicy, "The policy must contain a valid version string")
	}
	if len(p.Statements) == 0 {
		return 0, refuseWith(codeMalformedPolicy, "Missing required field Statement")
	}
	var bits access.Bits
	for i := range p.Statements {
		more, err := p.Statements[i].public(bucket)
		if err != nil {
			return 0, err
		}
		bits |= more
	}
	return bits, nil
}

// public returns what a statement lets anybody do.
func (s *statement) public(bucket string) (access.Bits, error) {
	const supported = " Supported are statements that allow everybody (\"Principal\": \"*\") to read, list or write the whole bucket: what the owner of an access key may do is said when the key is made."
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return 0, refuseWith(codeMalformedPolicy, "Invalid effect: "+clipped(s.Effect))
	case s.Effect == "Deny":
		return 0, refuseWith(codeNotImplemented, "A policy that denies is not supported."+supported)
	case s.NotPrincipal != nil || s.NotAction != nil || s.NotResource != nil:
		return 0, refuseWith(codeNotImplemented, "NotPrincipal, NotAction and NotResource are not supported."+supported)
	case s.Condition != nil && string(bytes.TrimSpace(s.Condition)) != "{}":
		return 0, refuseWith(codeNotImplemented, "Conditions are not supported."+supported)
	case s.Principal == nil:
		return 0, refuseWith(codeMalformedPolicy, "Missing required field Principal")
	case !s.Principal.everybody:
		return 0, refuseWith(codeNotImplemented, "The only principal that is supported is everybody."+supported)
	case len(s.Actions) == 0 || len(s.Resources) == 0:
		return 0, refuseWith(codeMalformedPolicy, "Missing required field Action or Resource")
	}
	ofBucket, ofObjects, err := s.resources(bucket)
	if err != nil {
		return 0, err
	}
	var bits access.Bits
	for _, action := range s.Actions {
		onBucket, onObjects, known := meaning(action)
		switch {
		case !known:
			return 0, refuseWith(codeNotImplemented, "The action "+clipped(action)+" is not supported for everybody."+supported)
		case onBucket != 0 && !ofBucket || onObjects != 0 && !ofObjects:
			return 0, refuseWith(codeMalformedPolicy, "Action does not apply to any resource(s) in statement")
		}
		bits |= onBucket | onObjects
	}
	return bits, nil
}

// resources returns whether a statement is about the bucket, and about its objects.
func (s *statement) resources(bucket string) (ofBucket, ofObjects bool, err error) {
	for _, resource := range s.Resources {
		name, ok := strings.CutPrefix(resource, "arn:aws:s3:::")
		named, objects, below := strings.Cut(name, "/")
		switch {
		case !ok || named != bucket && named != bucket+"*":
			return false, false, refuseWith(codeMalformedPolicy, "Policy has invalid resource")
		case named == bucket+"*" && !below:
			ofBucket, ofObjects = true, true
		case named == bucket && !below:
			ofBucket = true
		case named == bucket && objects == "*":
			ofObjects = true
		default:
			return false, false, refuseWith(codeNotImplemented, "A policy is about the whole bucket: arn:aws:s3:::"+bucket+" and arn:aws:s3:::"+bucket+"/* are supported.")
		}
	}
	return ofBucket, ofObjects, nil
}

// meaning returns what an action is here, on the bucket and on objects.
func meaning(action string) (onBucket, onObjects access.Bits, known bool) {
	switch strings.ToLower(action) {
	case "s3:getobject", "s3:getobjectversion":
		return 0, access.GetObject | access.HeadObject, true
	case "s3:getobjectattributes", "s3:getobjecttagging", "s3:getobjectacl":
		return 0, access.HeadObject, true
	case "s3:putobject", "s3:abortmultipartupload", "s3:listmultipartuploadparts":
		return 0, access.PutObject, true
	case "s3:deleteobject":
		return 0, access.DeleteObject, true
	case "s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads":
		return access.ListObjects | access.HeadBucket, 0, true
	case "s3:getbucketlocation":
		return access.HeadBucket, 0, true
	}
	return 0, 0, false
}

// clipped is the beginning of what a client has sent, for its answer.
func clipped(text string) string { return text[:min(len(text), 64)] }

func (c *call) getPolicy() error {
	p := c.bucket.Props.S3.Policy
	if p == nil {
		return refuse("NoSuchBucketPolicy")
	}
	c.w.Header()["Content-Type"] = []string{"application/json"}
	_, err := io.WriteString(c.w, p.Document)
	return err
}

// putPolicy says in the words of a policy what anybody may do with the bucket.
func (c *call) putPolicy() error {
	text, err := c.text(maxPolicy)
	if err != nil {
		return err
	}
	bits, err := parsePolicy(c.q.Bucket.Name, text)
	switch {
	case err != nil:
		return err
	case bits != 0 && c.blocked().BlockPolicy:
		return refuseWith(codeAccessDenied, "The bucket's public access block refuses policies that make it public.")
	}
	if err := c.setProps(&wire.S3PropsToSet{Policy: &wire.S3Policy{Document: string(text), Public: uint64(bits)}}); err != nil {
		return err
	}
	return c.done()
}

func (c *call) deletePolicy() error {
	if err := c.setProps(&wire.S3PropsToSet{Policy: &wire.S3Policy{}}); err != nil {
		return err
	}
	return c.done()
}

// getPolicyStatus answers whether the policy makes the bucket public.
func (c *call) getPolicyStatus() error {
	p := c.bucket.Props.S3.Policy
	if p == nil {
		return refuse("NoSuchBucketPolicy")
	}
	m := newMarkup(256)
	m.root("PolicyStatus")
	m.claim("IsPublic", p.Public != 0)
	m.close("PolicyStatus")
	return m.answer(c.w, http.StatusOK)
}
