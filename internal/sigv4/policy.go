package sigv4

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// Form is what a POST form says of the signature of its policy.
type Form struct {
	Policy     string // base64, as sent
	Algorithm  string // x-amz-algorithm
	Credential string // x-amz-credential
	Date       string // x-amz-date
	Signature  string // x-amz-signature, or signature in Version 2

	// AccessKey is AWSAccessKeyId, which makes the signature one of Version 2; "" is
	// Version 4.
	AccessKey string
}

// VerifyForm checks the signature of a form's policy at the time now, and
// returns the access key. What the policy allows, and until when, is for the
// caller to read.
// Errors: as Verify.
func (v *Verifier) VerifyForm(f Form, now time.Time) (accessKey string, err error) {
	if f.AccessKey != "" {
		return f.AccessKey, v.verifyForm2(f)
	}
	if f.Algorithm != algorithm {
		return "", refuse(CodeInvalidArgument, `x-amz-algorithm only supports "AWS4-HMAC-SHA256"`)
	}
	accessKey, s, problem := parseCredential(f.Credential)
	if problem != "" {
		return "", refuse(CodeInvalidArgument, "x-amz-credential: "+problem)
	}
	t, err := time.Parse(timeFormat, f.Date)
	if err != nil || t.Format(dateFormat) != s.date {
		return "", refuse(CodeInvalidArgument, "x-amz-date must be yyyyMMdd'T'HHmmss'Z', on the day of the credential")
	}
	if t.Sub(now) > v.skew {
		return "", refuse(CodeAccessDenied, "Request is not yet valid")
	}
	secret, found := v.secrets(accessKey)
	if !found {
		return "", unknownKey()
	}
	if !equal(f.Signature, hex.EncodeToString(sum256(v.keys.key(secret, s), f.Policy))) {
		return "", mismatch()
	}
	return accessKey, nil
}

// verifyForm2 checks a signature of Version 2, which is of the policy alone.
func (v *Verifier) verifyForm2(f Form) error {
	secret, found := v.secrets(f.AccessKey)
	if !found {
		return unknownKey()
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(f.Policy))
	if !equal(f.Signature, base64.StdEncoding.EncodeToString(mac.Sum(nil))) {
		return mismatch()
	}
	return nil
}
