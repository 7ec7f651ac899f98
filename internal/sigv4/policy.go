package sigv4

import (
	"encoding/hex"
	"time"
)

// Form is what a POST form says of the signature of its policy.
type Form struct {
	Policy     string // base64, as sent
	Algorithm  string // x-amz-algorithm
	Credential string // x-amz-credential
	Date       string // x-amz-date
	Signature  string // x-amz-signature
}

// VerifyForm checks the signature of a form's policy at the time now, and
// returns the access key. What the policy allows, and until when, is for the
// caller to read.
// Errors: as Verify.
func (v *Verifier) VerifyForm(f Form, now time.Time) (accessKey string, err error) {
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
