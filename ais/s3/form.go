package s3

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/sigv4"
)

// Bounds of what comes before the file in a form.
const (
	maxFormHead   = 64 << 10 // bytes
	maxFormFields = 256
)

// form is a POST of a form that uploads a file, read up to the file.
type form struct {
	fields map[string]string // by names in lower case, but for the file
	file   *multipart.Part
	body   *formBody
}

// formBody is the body of a request, of which the beginning is remembered, so that
// the request can be passed on whole.
type formBody struct {
	inner  io.ReadCloser
	head   []byte // what has been read; at most maxFormHead and a buffer
	opened bool   // the file has been found: nothing more is remembered
}

// Read reads on. Errors: Invalid (the file does not begin soon enough).
func (b *formBody) Read(p []byte) (int, error) {
	if b.opened {
		return b.inner.Read(p)
	}
	if len(b.head) >= maxFormHead {
		return 0, refuse(codeFormHead)
	}
	n, err := b.inner.Read(p)
	b.head = append(b.head, p[:n]...)
	return n, err
}

// Close closes the body.
func (b *formBody) Close() error { return b.inner.Close() }

// Cut makes reading end.
func (b *formBody) Cut() {
	if body, ok := b.inner.(interface{ Cut() }); ok {
		body.Cut()
	}
}

// whole is the body from its beginning, for who has not read the file.
func (b *formBody) whole() io.ReadCloser {
	return &wholeForm{io.MultiReader(strings.NewReader(string(b.head)), b.inner), b}
}

// wholeForm is a form whose beginning has been read.
type wholeForm struct {
	io.Reader
	body *formBody
}

// Close closes the body.
func (f *wholeForm) Close() error { return f.body.Close() }

// Cut makes reading end.
func (f *wholeForm) Cut() { f.body.Cut() }

// isForm reports whether a request is a form for a bucket.
func isForm(r *http.Request, o *rest.ObjectRequest) bool {
	if r.Method != http.MethodPost || o.Bucket.Name == "" || o.Object != "" || o.Query.Has("delete") {
		return false
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// openForm reads a form up to its file. Errors: Invalid.
func openForm(r *http.Request) (*form, error) {
	if r.ContentLength < 0 {
		return nil, refuse(codeMissingLength)
	}
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		return nil, refuse(codeMalformedForm)
	}
	f := &form{fields: map[string]string{}, body: &formBody{inner: r.Body}}
	r.Body = f.body
	parts := multipart.NewReader(f.body, parameters["boundary"])
	for range maxFormFields {
		part, err := parts.NextRawPart()
		if err != nil {
			return nil, malformedForm(err)
		}
		name := strings.ToLower(part.FormName())
		if name == "file" {
			f.file, f.body.opened = part, true
			return f, f.nameFile()
		}
		text, err := io.ReadAll(part) // the body bounds it
		if err != nil {
			return nil, malformedForm(err)
		}
		if _, twice := f.fields[name]; twice || !isField(name, string(text)) {
			return nil, refuse(codeMalformedForm)
		}
		f.fields[name] = string(text)
	}
	return nil, refuse(codeFormHead)
}

// isField reports whether a field can be what a header is in other requests.
func isField(name, value string) bool {
	odd := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, c) }
	if name == "" || strings.ContainsFunc(name, odd) {
		return false
	}
	return name == "tagging" || name == "policy" || !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// malformedForm is the error of a form that cannot be read.
func malformedForm(err error) error {
	switch {
	case errs.CodeOf(err) == codeFormHead:
		return err
	case errors.Is(err, io.EOF):
		return refuseWith(codeInvalidArgument, "POST requires exactly one file upload per request.")
	}
	return refuse(codeMalformedForm)
}

// nameFile puts the name of the file in place of ${filename} in the key.
func (f *form) nameFile() error {
	key, found := f.fields["key"]
	if !found || key == "" {
		return refuse(codeNoFormKey)
	}
	key = strings.ReplaceAll(key, "${filename}", f.file.FileName())
	f.fields["key"] = key
	if len(key) > wire.MaxObjectName {
		return refuse(codeKeyTooLong)
	}
	return wire.ValidateObjectName(key)
}

// identifyForm is Identify for a form: who has signed its policy, if the form is as
// the policy wants, or what anybody may do with the bucket.
func (d *Dialect) identifyForm(r *http.Request, o *rest.ObjectRequest) (access.Identity, error) {
	f, err := openForm(r)
	if err != nil {
		return access.Identity{}, err
	}
	p := &proof{signed: sigv4.Signed{Unverified: true}, form: f}
	o.Proof, o.Object = p, f.fields["key"]
	text, signed := f.fields["policy"]
	if !signed {
		return d.unsignedForm(f, o)
	}
	said := f.signature(text)
	if said.Signature == "" {
		return access.Identity{}, noFormField("signature")
	}
	accessKey, err := d.verifier.VerifyForm(said, time.Now())
	if err != nil {
		return access.Identity{}, err
	}
	key, found := d.key(accessKey)
	if !found {
		return access.Identity{}, refuse(codeUnknownKey) // removed this moment
	}
	policy, err := parseFormPolicy(text)
	if err != nil {
		return access.Identity{}, err
	}
	p.policy = policy
	return key.Identity, policy.check(o.Bucket.Name, f.fields, time.Now())
}

// signature is what the form says of the signature of its policy.
func (f *form) signature(policy string) sigv4.Form {
	signed := sigv4.Form{
		Policy: policy, Algorithm: f.fields["x-amz-algorithm"], Credential: f.fields["x-amz-credential"],
		Date: f.fields["x-amz-date"], Signature: f.fields["x-amz-signature"],
	}
	if key := f.fields["awsaccesskeyid"]; key != "" && signed.Algorithm == "" && signed.Signature == "" {
		signed.AccessKey, signed.Signature = key, f.fields["signature"]
	}
	return signed
}

// noFormField is the error of a form that lacks what signed ones have.
func noFormField(name string) error {
	return refuseWith(codeInvalidArgument, "Bucket POST must contain a field named '"+name+"'.  If it is specified, please check the order of the fields.")
}

// unsignedForm is identifyForm without a policy.
func (d *Dialect) unsignedForm(f *form, o *rest.ObjectRequest) (access.Identity, error) {
	for _, name := range []string{"x-amz-signature", "x-amz-credential", "awsaccesskeyid", "signature"} {
		if f.fields[name] != "" {
			return access.Identity{}, noFormField("policy")
		}
	}
	if d.options.Config.Get().Auth.S3.Anonymous {
		return access.Nobody(), nil
	}
	id, public := d.anybody(o)
	if !public {
		return access.Identity{}, refuse(codeAccessDenied)
	}
	return id, nil
}
