package s3_test

import (
	"strconv"
	"strings"
	"testing"

	"aistore/ais/s3"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// signedOnly makes the rig take unsigned requests only where a bucket is public.
func (r *rig) signedOnly(is bool) {
	cfg := *r.config.Get()
	cfg.Auth.S3.Anonymous = !is
	r.config.Set(&cfg)
}

const readPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::b/*"}]}`

// TestWhatAnybodyMayDo makes a bucket public, in each of the ways there are, and sends
// unsigned requests.
func TestWhatAnybodyMayDo(t *testing.T) {
	t.Parallel()
	const all = `<AccessControlPolicy><AccessControlList><Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`
	requests := []struct{ method, path, body string }{
		{"GET", "/b/o", ""}, {"GET", "/b?list-type=2", ""}, {"PUT", "/b/new", "x"}, {"DELETE", "/b/new", ""},
		// Of none of these anybody may ever do anything.
		{"GET", "/b?acl", ""}, {"PUT", "/b?acl", all}, {"GET", "/b?policy", ""}, {"PUT", "/b?tagging", "<Tagging></Tagging>"},
		{"DELETE", "/b", ""}, {"PUT", "/c", ""}, {"GET", "/", ""}, {"GET", "/c/o", ""}, {"PUT", "/b/x?acl", ""},
	}
	none := strings.Repeat("403 ", 9)
	for _, row := range []struct {
		name, method, path, body string
		headers                  []string
		want                     string
	}{
		{"nothing said", "HEAD", "/b", "", nil, "403 403 403 403 "},
		{"private", "PUT", "/b?acl", "", []string{"X-Amz-Acl", "private"}, "403 403 403 403 "},
		{"public-read", "PUT", "/b?acl", "", []string{"X-Amz-Acl", "public-read"}, "200 200 403 403 "},
		{"public-read-write", "PUT", "/b?acl", "", []string{"X-Amz-Acl", "public-read-write"}, "200 200 200 204 "},
		{"document", "PUT", "/b?acl", all, nil, "200 200 403 403 "},
		{"policy", "PUT", "/b?policy", readPolicy, nil, "200 403 403 403 "},
		{"a policy that puts", "PUT", "/b?policy", strings.Replace(readPolicy, "Get", "Put", 1), nil, "403 403 200 403 "},
		{"created so", "PUT", "/c", "", []string{"X-Amz-Acl", "public-read"}, "403 403 403 403 "},
	} {
		r := newRig(t, "target01", "target02")
		r.want(200, "PUT", "/b/o", "content")
		if w := r.do(row.method, row.path, row.body, row.headers...); w.Code >= 300 {
			t.Fatalf("%s: %d %s", row.name, w.Code, w.Body)
		}
		r.signedOnly(true)
		var got strings.Builder
		for _, request := range requests {
			code := r.do(request.method, request.path, request.body).Code
			if row.name == "created so" && request.path == "/c/o" {
				check.Equal(t, code, 404)
				code = 403
			}
			got.WriteString(strconv.Itoa(code) + " ")
		}
		check.Equal(t, row.name+": "+got.String(), row.name+": "+row.want+none)
	}
}

func TestPublicAccessIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	r.want(200, "PUT", "/b/o", "content")
	r.refused(404, "NoSuchBucketPolicy", "GET", "/b?policy", "")
	r.refused(404, "NoSuchBucketPolicy", "GET", "/b?policyStatus", "")
	r.want(204, "PUT", "/b?policy", readPolicy)
	check.Equal(t, r.want(200, "GET", "/b?policy", "").Body.String(), readPolicy)
	check.Contains(t, r.want(200, "GET", "/b?policyStatus", "").Body.String(), "<IsPublic>true</IsPublic>")

	r.want(200, "PUT", "/b?acl", "", "X-Amz-Acl", "public-read-write")
	acl := r.want(200, "GET", "/b?acl", "").Body.String()
	check.Contains(t, acl, "<Permission>READ</Permission>")
	check.Contains(t, acl, "<Permission>WRITE</Permission>")
	r.want(200, "PUT", "/b?acl", acl) // as clients do that change a part of it
	check.Equal(t, r.want(200, "GET", "/b?acl", "").Body.String(), acl)

	r.want(200, "PUT", "/b/o?acl", "", "X-Amz-Acl", "public-read") // it is, with its bucket
	r.want(200, "PUT", "/b/p", "", "X-Amz-Acl", "public-read")
	r.refused(404, "NoSuchPublicAccessBlockConfiguration", "GET", "/b?publicAccessBlock", "")
	const block = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>" +
		"<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
	r.want(200, "PUT", "/b?publicAccessBlock", block)
	check.Contains(t, r.want(200, "GET", "/b?publicAccessBlock", "").Body.String(), "<IgnorePublicAcls>true</IgnorePublicAcls>")
	r.refused(403, "AccessDenied", "PUT", "/b?acl", "", "X-Amz-Acl", "public-read")
	r.refused(403, "AccessDenied", "PUT", "/b?policy", readPolicy)
	r.refused(403, "AccessDenied", "PUT", "/b/p", "", "X-Amz-Acl", "public-read")
	r.refused(403, "AccessDenied", "PUT", "/b/o?acl", "", "X-Amz-Acl", "public-read")
	r.want(200, "PUT", "/b/p", "", "X-Amz-Acl", "private")
	r.want(200, "PUT", "/b?acl", "", "X-Amz-Acl", "private")
	r.signedOnly(true)
	r.refused(403, "AccessDenied", "GET", "/b/o", "")
	r.signedOnly(false)
	r.want(204, "DELETE", "/b?publicAccessBlock", "")
	r.signedOnly(true)
	r.want(200, "GET", "/b/o", "") // by the policy
	r.refused(400, "InvalidRequest", "GET", "/b/o?response-content-type=text/html", "")
	r.want(400, "HEAD", "/b/o?response-content-disposition=inline", "")
	r.signedOnly(false)
	r.want(200, "GET", "/b/o?response-content-type=text/html", "")
	r.want(200, "GET", "/b/o?acl", "")
	r.refused(404, "NoSuchKey", "GET", "/b/none?acl", "")
	r.refused(404, "NoSuchKey", "PUT", "/b/none?acl", "", "X-Amz-Acl", "private")
	r.want(204, "DELETE", "/b?policy", "")
	r.refused(404, "NoSuchBucketPolicy", "GET", "/b?policy", "")

	r.refused(501, "NotImplemented", "PUT", "/b?acl", "", "X-Amz-Acl", "authenticated-read")
	r.refused(501, "NotImplemented", "PUT", "/b?acl", "", "X-Amz-Grant-Read", `id="x"`)
	r.refused(400, "InvalidArgument", "PUT", "/b?acl", "", "X-Amz-Acl", "publik")
	r.refused(400, "MalformedXML", "PUT", "/b?acl", "<x>")
	r.refused(501, "NotImplemented", "PUT", "/b?acl", strings.Replace(acl, "global/AllUsers", "global/AuthenticatedUsers", 1))
	r.refused(501, "NotImplemented", "PUT", "/b/o?acl", "", "X-Amz-Acl", "public-read")
	r.refused(404, "NoSuchKey", "PUT", "/b/none?acl", "", "X-Amz-Acl", "private")
	r.want(200, "PUT", "/b/o?acl", "", "X-Amz-Acl", "bucket-owner-full-control")
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	// with is a policy of one statement with these changes.
	with := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(readPolicy) }
	for _, row := range []struct {
		text string
		want uint64
		code string
	}{
		{readPolicy, 3, ""},
		{with(`"*"`, `{"AWS":"*"}`), 3, ""},
		{with(`"*"`, `{"AWS":["*"]}`), 3, ""},
		{with(`["s3:GetObject"]`, `"s3:ListBucket"`, "b/*", "b"), 1<<8 | 1<<9, ""},
		{with(`["s3:GetObject"]`, `["s3:getobject","s3:ListBucket"]`, "b/*", "b*"), 3 | 1<<8 | 1<<9, ""},
		{with(`"Effect"`, `"Sid":"x","Condition":{},"Effect"`), 3, ""},
		{with(`["s3:GetObject"]`, `["s3:GetObject","s3:PutObject","s3:DeleteObject"]`), 3 | 1<<2 | 1<<4, ""},
		{"", 0, "MalformedPolicy"},
		{"{}", 0, "MalformedPolicy"},
		{readPolicy + "{}", 0, "MalformedPolicy"},
		{with("Version", "Verse"), 0, "MalformedPolicy"},
		{with("2012-10-17", "2012"), 0, "MalformedPolicy"},
		{with("Allow", "Perhaps"), 0, "MalformedPolicy"},
		{with("Allow", "Deny"), 0, "NotImplemented"},
		{with(`"*"`, `{"AWS":"arn:aws:iam::1:user/x"}`), 0, "NotImplemented"},
		{with(`"*"`, `{"AWS":"*","Federated":"x"}`), 0, "NotImplemented"},
		{with(`"Principal":"*",`, ``), 0, "MalformedPolicy"},
		{with(`Principal`, `NotPrincipal`), 0, "NotImplemented"},
		{with(`"Effect"`, `"Condition":{"Bool":{"aws:SecureTransport":"true"}},"Effect"`), 0, "NotImplemented"},
		{with("s3:GetObject", "s3:*"), 0, "NotImplemented"},
		{with("s3:GetObject", "s3:PutBucketPolicy"), 0, "NotImplemented"},
		{with("b/*", "b/public/*"), 0, "NotImplemented"},
		{with("b/*", "other/*"), 0, "MalformedPolicy"},
		{with("b/*", "b"), 0, "MalformedPolicy"},
		{with("s3:GetObject", "s3:ListBucket"), 0, "MalformedPolicy"},
	} {
		got, err := s3.ParsePolicy("b", []byte(row.text))
		check.Equal(t, errs.CodeOf(err), row.code)
		if err == nil {
			check.Equal(t, uint64(got), row.want)
		} else if errs.PublicOf(err) == "" {
			t.Errorf("%s: no sentence", row.text)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	for _, text := range []string{readPolicy, "{}", `{"Statement":{}}`, `{"Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:ListBucket","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}]}`, `{"Statement":[[[[`, `{"Statement":null}`, `{"Statement":[null]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		bits, err := s3.ParsePolicy("b", text)
		if err != nil {
			if kind := errs.KindOf(err); kind != errs.Invalid && kind != errs.Unsupported || errs.CodeOf(err) == "" || errs.PublicOf(err) == "" {
				t.Fatalf("got %v (%s)", err, kind)
			}
			return
		}
		if bits == 0 || uint64(bits)&^(1<<10-1) != 0 {
			t.Fatalf("anybody may %s", bits)
		}
	})
}

func TestCORS(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/b/o", "content")
	r.refused(404, "NoSuchCORSConfiguration", "GET", "/b?cors", "")
	ask := []string{"Origin", "https://app.example.com", "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "Content-Type, X-Amz-Meta-A"}
	r.refused(403, "AccessForbidden", "OPTIONS", "/b/o", "", ask...)
	r.refused(404, "NoSuchBucket", "OPTIONS", "/none/o", "", ask...)
	const rules = "<CORSConfiguration><CORSRule><ID>one</ID><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>" +
		"<AllowedHeader>x-amz-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>" +
		"<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod></CORSRule></CORSConfiguration>"
	r.want(200, "PUT", "/b?cors", rules)
	check.Contains(t, r.want(200, "GET", "/b?cors", "").Body.String(), strings.TrimPrefix(rules, "<CORSConfiguration>"))
	r.signedOnly(true) // a browser asks without a signature
	for _, node := range []string{gateway, "target01", "target02"} {
		h := r.doAt(node, "OPTIONS", "/b/o", "", ask...).Header()
		check.Equal(t, h.Get("Access-Control-Allow-Origin"), "https://app.example.com")
		check.Equal(t, h.Get("Access-Control-Allow-Methods"), "PUT, GET")
		check.Equal(t, h.Get("Access-Control-Allow-Headers"), "Content-Type, X-Amz-Meta-A")
		check.Equal(t, h.Get("Access-Control-Max-Age"), "60")
	}
	r.refused(403, "AccessForbidden", "OPTIONS", "/b/o", "", "Origin", "https://example.org", "Access-Control-Request-Method", "PUT")
	r.refused(403, "AccessForbidden", "OPTIONS", "/b/o", "", "Origin", "https://a.example.com", "Access-Control-Request-Method", "DELETE")
	r.refused(403, "AccessForbidden", "OPTIONS", "/b/o", "", append(ask[:4:4], "Access-Control-Request-Headers", "authorization")...)
	r.refused(400, "BadRequest", "OPTIONS", "/b/o", "", "Origin", "https://a.example.com")
	r.refused(400, "BadRequest", "OPTIONS", "/b/o", "")
	r.signedOnly(false)
	for _, node := range []string{gateway, "target01", "target02"} {
		w := r.doAt(node, "GET", "/b/o", "", "Origin", "https://app.example.com")
		check.Equal(t, w.Body.String(), "content")
		check.Equal(t, w.Header().Get("Access-Control-Expose-Headers"), "ETag")
		check.Equal(t, r.doAt(node, "GET", "/b/none", "", "Origin", "https://app.example.com").Header()["Access-Control-Allow-Origin"], []string{"https://app.example.com"})
		check.Equal(t, r.doAt(node, "HEAD", "/b/o", "", "Origin", "http://any").Header().Get("Access-Control-Allow-Origin"), "*")
		check.Equal(t, r.doAt(node, "GET", "/b/o", "", "Origin", "http://any").Header().Get("Access-Control-Allow-Origin"), "")
	}
	r.refused(400, "InvalidRequest", "PUT", "/b?cors", strings.Replace(rules, "HEAD", "PATCH", 1))
	r.refused(400, "InvalidRequest", "PUT", "/b?cors", strings.Replace(rules, "https://*.", "https://*.*.", 1))
	r.refused(400, "MalformedXML", "PUT", "/b?cors", "<CORSConfiguration></CORSConfiguration>")
	r.want(204, "DELETE", "/b?cors", "")
	r.refused(404, "NoSuchCORSConfiguration", "GET", "/b?cors", "")
}

func TestBucketTags(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	r.want(204, "PUT", "/b?tagging", "<Tagging><TagSet><Tag><Key>team</Key><Value>a&amp;b</Value></Tag><Tag><Key>cost</Key><Value/></Tag></TagSet></Tagging>")
	check.Contains(t, r.want(200, "GET", "/b?tagging", "").Body.String(),
		"<TagSet><Tag><Key>cost</Key><Value></Value></Tag><Tag><Key>team</Key><Value>a&amp;b</Value></Tag></TagSet>")
	check.Equal(t, r.bucket("b").Props.S3.Tags, map[string]string{"team": "a&b", "cost": ""})
	r.want(204, "DELETE", "/b?tagging", "")
	r.refused(404, "NoSuchTagSet", "GET", "/b?tagging", "")
}

func FuzzCORS(f *testing.F) {
	f.Add([]byte("<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"))
	f.Add([]byte("<CORSConfiguration><CORSRule/></CORSConfiguration>"))
	f.Add([]byte("<CORSConfiguration><CORSRule><AllowedOrigin>a\nb</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule></CORSConfiguration>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := s3.ParseCORS(text)
		if err != nil {
			refusedWell(t, err)
			return
		}
		check.NoError(t, (&wire.S3Props{CORS: rules}).Validate())
	})
}
