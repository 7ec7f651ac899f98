package s3_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aistore/ais/s3"
	"aistore/errs"
	"aistore/internal/check"
)

// formOf is a form with these fields, given as pairs, and a file behind them.
func formOf(file string, pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, "--XX\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", pairs[i], pairs[i+1])
	}
	return b.String() + "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" + file + "\r\n--XX--\r\n"
}

// signedFields are the fields by which a policy is signed.
func signedFields(policy string) []string {
	now := time.Now().UTC()
	text := base64.StdEncoding.EncodeToString([]byte(policy))
	scope := now.Format("20060102") + "/us-east-1/s3/aws4_request"
	key := []byte("AWS4secret")
	for _, part := range append(strings.Split(scope, "/"), text) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return []string{
		"policy", text, "x-amz-algorithm", "AWS4-HMAC-SHA256", "x-amz-credential", "AKID/" + scope,
		"x-amz-date", now.Format("20060102T150405Z"), "x-amz-signature", hex.EncodeToString(key),
	}
}

// signedFields2 are the fields by which Version 2 signs a policy.
func signedFields2(policy string) []string {
	text := base64.StdEncoding.EncodeToString([]byte(policy))
	mac := hmac.New(sha1.New, []byte("secret"))
	mac.Write([]byte(text))
	return []string{"AWSAccessKeyId", "AKID", "policy", text, "signature", base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

// policyFor2 is a policy that names no field of Version 4.
func policyFor2() string {
	return `{"expiration":"` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `","conditions":[{"bucket":"b"},["starts-with","$key","user/"]]}`
}

// policyFor is a policy with more conditions than those that every form needs.
func policyFor(conditions ...string) string {
	all := append([]string{
		`{"bucket":"b"}`, `["starts-with","$key","user/"]`, `["starts-with","$x-amz-algorithm",""]`,
		`["starts-with","$x-amz-credential","AKID/"]`, `["starts-with","$x-amz-date",""]`,
	}, conditions...)
	return `{"expiration":"` + time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z") + `","conditions":[` + strings.Join(all, ",") + `]}`
}

func (r *rig) post(node, body string) *httptest.ResponseRecorder {
	return r.doAt(node, "POST", "/b", body, "Content-Type", "multipart/form-data; boundary=XX")
}

// TestPostForm uploads by forms through each node.
func TestPostForm(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	r.signedOnly(true)
	file := strings.Repeat("file\r\n--X", 20<<10)
	more := []string{`["content-length-range",1,1000000]`, `{"Content-Type":"text/x"}`, `["starts-with","$x-amz-meta-a",""]`, `["eq","$success_action_status","201"]`}
	for _, node := range []string{gateway, "target01", "target02", "target03"} {
		fields := append(signedFields(policyFor(more...)), "key", "user/"+node+"/${filename}", "Content-Type", "text/x", "x-amz-meta-a", "b", "success_action_status", "201", "x-ignore-x", "y")
		w := r.post(node, formOf(file, fields...))
		check.Equal(t, w.Code, 201)
		check.Contains(t, w.Body.String(), "<Key>user/"+node+"/cat.jpg</Key>")
		check.Contains(t, w.Header().Get("Location"), "/s3/b/user/"+node+"/cat.jpg")
		r.signedOnly(false)
		got := r.want(200, "GET", "/b/user/"+node+"/cat.jpg", "")
		r.signedOnly(true)
		check.Equal(t, got.Body.String() == file, true)
		check.Equal(t, got.Header().Get("Content-Type"), "text/x")
		check.Equal(t, got.Header().Get("Etag"), w.Header().Get("Etag"))
	}
	w := r.post(gateway, formOf("x", append(signedFields(policyFor(`["starts-with","$success_action_redirect",""]`)), "key", "user/x", "success_action_redirect", "https://example.com/done?a=b")...))
	check.Equal(t, w.Code, 303)
	check.Contains(t, w.Header().Get("Location"), "https://example.com/done?a=b&bucket=b&etag=%229dd4e461268c8034f5c8564e155c67a6%22&key=user%2Fx")
	check.Equal(t, r.post(gateway, formOf("x", append(signedFields(policyFor()), "key", "user/x")...)).Code, 204)

	check.Equal(t, r.post("target02", formOf("x", append(signedFields2(policyFor2()), "key", "user/2")...)).Code, 204)

	r.signedOnly(false)
	r.want(200, "PUT", "/b?acl", "", "X-Amz-Acl", "public-read-write")
	r.signedOnly(true)
	check.Equal(t, r.post(gateway, formOf("x", "key", "any")).Code, 204)

	r.signedOnly(false)
	r.want(200, "PUT", "/b?lifecycle=", lifecycleOf("<ID>a</ID><Filter/><Status>Enabled</Status><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>"))
	r.want(200, "PUT", "/b?versioning=", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	made := r.post(gateway, formOf("x", "key", "any")).Header()
	check.Equal(t, made.Get("X-Amz-Expiration"), `expiry-date="Tue, 01 Jan 2030 00:00:00 GMT", rule-id="a"`)
	r.want(200, "GET", "/b/any?versionId="+made.Get("X-Amz-Version-Id"), "")
	check.Equal(t, made.Get("X-Amz-Version-Id") != "", true)
}

func TestPostFormIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.signedOnly(true)
	good := signedFields(policyFor(`["content-length-range",2,4]`))
	key := []string{"key", "user/x"}
	with := func(more ...string) []string { return append(good[:len(good):len(good)], more...) }
	for _, row := range []struct {
		want string
		body string
	}{
		{"403 AccessDenied", formOf("xxx", key...)},
		{"403 AccessDenied", formOf("xxx", with("key", "other/x")...)},
		{"403 AccessDenied", formOf("xxx", with("key", "user/x", "x-amz-meta-a", "b")...)},
		{"403 SignatureDoesNotMatch", formOf("xxx", append(append([]string{}, good[:9]...), strings.Repeat("0", 64), "key", "user/x")...)},
		{"403 InvalidAccessKeyId", formOf("xxx", append(append([]string{}, good[:4]...), "x-amz-credential", "NONE"+strings.TrimPrefix(good[5], "AKID"), "x-amz-date", good[7], "x-amz-signature", good[9], "key", "user/x")...)},
		{"403 SignatureDoesNotMatch", formOf("xxx", append(signedFields2(policyFor2())[:5:5], "x", "key", "user/x")...)},
		{"400 InvalidArgument", formOf("xxx", append(signedFields2(policyFor2())[:4:4], key...)...)},
		{"400 InvalidArgument", formOf("xxx", append(good[:8:8], key...)...)},
		{"403 AccessDenied", formOf("xxx", append(signedFields2(strings.Replace(policyFor2(), `{"bucket":"b"},`, "", 1)), key...)...)},
		{"400 InvalidPolicyDocument", formOf("xxx", append(signedFields(strings.Replace(policyFor(), "expiration", "EXPIRATION", 1)), key...)...)},
		{"400 InvalidPolicyDocument", formOf("xxx", append(signedFields(strings.Replace(policyFor(), "conditions", "CONDITIONS", 1)), key...)...)},
		{"403 InvalidAccessKeyId", formOf("xxx", append([]string{"AWSAccessKeyId", "NONE"}, append(signedFields2(policyFor2())[2:], key...)...)...)},
		{"403 AccessDenied", formOf("xxx", append(signedFields2(policyFor2()), "key", "other/x")...)},
		{"400 InvalidPolicyDocument", formOf("xxx", append(signedFields("{}"), key...)...)},
		{"403 AccessDenied", formOf("xxx", append(signedFields(strings.Replace(policyFor(), time.Now().UTC().Format("2006"), "2001", 1)), key...)...)},
		{"400 EntityTooLarge", formOf("xxxxx", with(key...)...)},
		{"400 EntityTooSmall", formOf("x", with(key...)...)},
		{"400 UserKeyMustBeSpecified", formOf("xxx", good...)},
		{"400 InvalidArgument", formOf("xxx", with("key", "user/../x")...)},
		{"400 KeyTooLongError", formOf("xxx", with("key", strings.Repeat("x", 1100))...)},
		{"400 InvalidArgument", strings.Replace(formOf("xxx", with(key...)...), `name="file"`, `name="fiel"`, 1)},
		{"400 MalformedPOSTRequest", formOf("xxx", with("key", "user/x", "key", "user/y")...)},
		{"400 MalformedPOSTRequest", formOf("xxx", with("key", "user/x", "x-amz-meta-a b", "y")...)},
		{"400 MalformedPOSTRequest", formOf("xxx", with("key", "user/x", "Content-Type", "a\nb")...)},
		{"400 InvalidArgument", "nothing of a form, and no end"},
		{"400 MaxPostPreDataLengthExceededError", formOf("xxx", with("key", "user/x", "x-ignore-x", strings.Repeat("x", 70<<10))...)},
		{"400 MaxPostPreDataLengthExceededError", formOf("xxx", with(manyFields()...)...)},
	} {
		w := r.post(gateway, row.body)
		check.Equal(t, fmt.Sprint(w.Code, " ", between(w.Body.String(), "<Code>", "</Code>")), row.want)
	}
	whole := formOf("xxx", with(key...)...)
	if w := r.post(gateway, whole[:len(whole)-9]); w.Code < 400 {
		t.Errorf("a form that is cut off: %d", w.Code)
	}
	r.signedOnly(false)
	r.refused(404, "NoSuchKey", "GET", "/b/user/x", "")
	r.refused(400, "InvalidRequest", "POST", "/b", whole, "Content-Type", "text/plain")
}

// TestAFormLocksItsVersion uploads by a form that says how its version is locked.
func TestAFormLocksItsVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/b?acl", "", "X-Amz-Acl", "public-read-write")
	until := time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
	lock := []string{"x-amz-object-lock-mode", "COMPLIANCE", "x-amz-object-lock-retain-until-date", until, "x-amz-object-lock-legal-hold", "ON", "key", "user/a"}
	any := `["starts-with","$x-amz-object-lock-`
	policy := policyFor(any+`mode",""]`, any+`retain-until-date",""]`, any+`legal-hold",""]`)
	signed := formOf("x", append(signedFields(policy), lock...)...)
	r.signedOnly(true)
	check.Equal(t, r.post(gateway, signed).Code, 400) // the bucket has no locks
	r.signedOnly(false)
	r.want(200, "PUT", "/b?versioning", enabled)
	r.want(200, "PUT", "/b?object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>")
	r.signedOnly(true)
	check.Equal(t, r.post(gateway, formOf("x", lock...)).Code, 403) // anybody may write, and not what nobody deletes
	check.Equal(t, r.post(gateway, formOf("x", "key", "user/b")).Code, 204)
	made := r.post(gateway, signed)
	check.Equal(t, made.Code, 204)
	r.signedOnly(false)
	head := r.want(200, "HEAD", "/b/user/a", "").Header()
	check.Equal(t, head.Get("X-Amz-Object-Lock-Mode"), "COMPLIANCE")
	check.Equal(t, head.Get("X-Amz-Object-Lock-Retain-Until-Date"), until)
	check.Equal(t, head.Get("X-Amz-Object-Lock-Legal-Hold"), "ON")
	check.Equal(t, made.Header().Get("X-Amz-Version-Id"), head.Get("X-Amz-Version-Id"))
	r.refused(403, "AccessDenied", "DELETE", "/b/user/a?versionId="+head.Get("X-Amz-Version-Id"), "")
}

func manyFields() (pairs []string) {
	for i := range 300 {
		pairs = append(pairs, fmt.Sprint("x-ignore-", i), "")
	}
	return pairs
}

func FuzzFormPolicy(f *testing.F) {
	for _, text := range []string{
		policyFor(), policyFor(`["content-length-range",1,"10"]`), policyFor(`["content-length-range",-1,1e30]`), policyFor(`{"a":"b","c":"d"}`),
		policyFor(`["eq","key","x"]`), policyFor(`[1,2,3]`), policyFor(`null`), `{"expiration":"x","conditions":[]}`, `{"expiration":"2030-01-01T00:00:00Z"}`, "", "[[[[",
	} {
		f.Add([]byte(text), "user/x")
	}
	f.Fuzz(func(t *testing.T, text []byte, key string) {
		fields := map[string]string{"key": key}
		least, most, err := s3.CheckForm(base64.StdEncoding.EncodeToString(text), "b", fields, time.Time{})
		if err != nil {
			if code := errs.CodeOf(err); code != "InvalidPolicyDocument" && code != "AccessDenied" || errs.PublicOf(err) == "" {
				t.Fatalf("got %v", err)
			}
			return
		}
		if least < 0 || most < 0 {
			t.Fatalf("from %d to %d bytes", least, most)
		}
		if _, _, err := s3.CheckForm(base64.StdEncoding.EncodeToString(text), "b", map[string]string{"key": key, "extra-field-of-nobody": ""}, time.Time{}); err == nil && !strings.Contains(strings.ToLower(string(text)), "extra") && !strings.Contains(string(text), `\u`) {
			t.Fatal("a field that no condition is for is taken")
		}
	})
}
