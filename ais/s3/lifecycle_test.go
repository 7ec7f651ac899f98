package s3_test

import (
	"fmt"
	"strings"
	"testing"

	"aistore/ais/s3"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

// lifecycleOf is the document of rules.
func lifecycleOf(rules ...string) string {
	return "<LifecycleConfiguration><Rule>" + strings.Join(rules, "</Rule><Rule>") + "</Rule></LifecycleConfiguration>"
}

// wellSaid are rules that come back as they were put.
func wellSaid() []string {
	return []string{
		"<ID>1</ID><Filter></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration>",
		"<ID>2</ID><Filter><Prefix></Prefix></Filter><Status>Disabled</Status><Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>",
		"<ID>3</ID><Prefix>old</Prefix><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
		"<ID>4</ID><Filter><And><Prefix>a&amp;b</Prefix><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter><Status>Enabled</Status>" +
			"<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>",
		"<ID>5</ID><Filter><ObjectSizeGreaterThan>0</ObjectSizeGreaterThan></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>",
		"<ID>6</ID><Filter><ObjectSizeLessThan>5</ObjectSizeLessThan></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>",
		"<ID>7</ID><Filter><And><Prefix>x</Prefix></And></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>" +
			"<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration>" +
			"<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
	}
}

func TestALifecycleComesBackAsItWasPut(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.refused(404, "NoSuchLifecycleConfiguration", "GET", "/b?lifecycle=", "")
	document := lifecycleOf(wellSaid()...)
	put := r.want(200, "PUT", "/b?lifecycle=", document, "X-Amz-Transition-Default-Minimum-Object-Size", "varies_by_storage_class")
	got := r.want(200, "GET", "/b?lifecycle=", "")
	for _, answer := range []string{put.Header().Get("X-Amz-Transition-Default-Minimum-Object-Size"), got.Header().Get("X-Amz-Transition-Default-Minimum-Object-Size")} {
		check.Equal(t, answer, "varies_by_storage_class")
	}
	_, inner, _ := strings.Cut(document, "<LifecycleConfiguration>")
	check.Contains(t, got.Body.String(), ">"+inner)

	r.want(200, "PUT", "/b?lifecycle=", lifecycleOf("<Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>"))
	unnamed := r.want(200, "GET", "/b?lifecycle=", "")
	check.Equal(t, unnamed.Header().Get("X-Amz-Transition-Default-Minimum-Object-Size"), "all_storage_classes_128K")
	_, id, _ := strings.Cut(unnamed.Body.String(), "<ID>")
	id, _, _ = strings.Cut(id, "</ID>")
	check.Equal(t, len(id) > 10, true)

	r.want(204, "DELETE", "/b?lifecycle=", "")
	r.refused(404, "NoSuchLifecycleConfiguration", "GET", "/b?lifecycle=", "")
	r.want(204, "DELETE", "/b?lifecycle=", "")
}

// As many rules as there may be fit into the document, with ids and prefixes as long
// as they may be.
func TestTheLargestLifecycle(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	rules := make([]string, wire.MaxS3LifecycleRules)
	for i := range rules {
		rules[i] = fmt.Sprintf("<ID>%s%04d</ID><Filter><And><Prefix>%s%04d</Prefix><ObjectSizeGreaterThan>1000000000</ObjectSizeGreaterThan></And></Filter><Status>Disabled</Status>"+
			"<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>"+
			"<NoncurrentVersionExpiration><NoncurrentDays>1000</NoncurrentDays><NewerNoncurrentVersions>100</NewerNoncurrentVersions></NoncurrentVersionExpiration>",
			strings.Repeat("€", wire.MaxS3LifecycleID-4), i, strings.Repeat("p", wire.MaxObjectName-4), i)
	}
	r.want(200, "PUT", "/b?lifecycle=", lifecycleOf(rules...))
	check.Equal(t, strings.Count(r.want(200, "GET", "/b?lifecycle=", "").Body.String(), "<Rule>"), len(rules))
}

func TestLifecyclesThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	const (
		all  = "<Filter/><Status>Enabled</Status>"
		goes = "<Expiration><Days>1</Days></Expiration>"
	)
	many := make([]string, wire.MaxS3LifecycleRules+1)
	for i := range many {
		many[i] = all + goes
	}
	expires := func(what string) string { return lifecycleOf(all + "<Expiration>" + what + "</Expiration>") }
	for _, row := range []struct{ code, document string }{
		{"MalformedXML", "<LifecycleConfiguration>"},
		{"MalformedXML", "<LifecycleConfiguration/>"},
		{"MalformedXML", "<LifecycleConfiguration><Rules/></LifecycleConfiguration>"},
		{"MalformedXML", lifecycleOf(many...)},
		{"MalformedXML", lifecycleOf(goes)},
		{"MalformedXML", lifecycleOf("<Filter/><Status>enabled</Status>" + goes)},
		{"MalformedXML", lifecycleOf("<Status>Enabled</Status>" + goes)},
		{"MalformedXML", lifecycleOf("<Prefix/>" + all + goes)},
		{"MalformedXML", lifecycleOf(all + goes + goes)},
		{"MalformedXML", lifecycleOf(all + goes + "<Never/>")},
		{"MalformedXML", lifecycleOf("<Filter><Prefix>a</Prefix><ObjectSizeLessThan>1</ObjectSizeLessThan></Filter><Status>Enabled</Status>" + goes)},
		{"MalformedXML", lifecycleOf("<Filter><And/></Filter><Status>Enabled</Status>" + goes)},
		{"MalformedXML", lifecycleOf("<Filter><Suffix>a</Suffix></Filter><Status>Enabled</Status>" + goes)},
		{"MalformedXML", expires("")},
		{"MalformedXML", expires("<Days>x</Days>")},
		{"MalformedXML", expires("<Days>1</Days><Date>2030-01-01T00:00:00Z</Date>")},
		{"MalformedXML", expires("<Date>tomorrow</Date>")},
		{"MalformedXML", lifecycleOf(all + "<NoncurrentVersionExpiration/>")},
		{"InvalidArgument", expires("<Days>0</Days>")},
		{"InvalidArgument", expires("<Days>-1</Days>")},
		{"InvalidArgument", expires("<Date>2030-01-01T01:00:00Z</Date>")},
		{"InvalidArgument", lifecycleOf("<ID>" + strings.Repeat("i", 256) + "</ID>" + all + goes)},
		{"InvalidArgument", lifecycleOf("<ID>a</ID>"+all+goes, "<ID>a</ID>"+all+goes)},
		{"InvalidArgument", lifecycleOf(all + "<NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>")},
		{"InvalidArgument", lifecycleOf(all + "<AbortIncompleteMultipartUpload><DaysAfterInitiation>0</DaysAfterInitiation></AbortIncompleteMultipartUpload>")},
		{"InvalidRequest", lifecycleOf(all)},
		{"InvalidRequest", lifecycleOf("<Filter><Prefix>" + strings.Repeat("p", wire.MaxObjectName+1) + "</Prefix></Filter><Status>Enabled</Status>" + goes)},
		{"InvalidRequest", lifecycleOf(all + "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>")},
		{"NotImplemented", lifecycleOf(all + goes + "<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>")},
		{"NotImplemented", lifecycleOf(all + goes + "<NoncurrentVersionTransition/>")},
		{"NotImplemented", lifecycleOf("<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter><Status>Enabled</Status>" + goes)},
		{"NotImplemented", lifecycleOf("<Filter><And><Prefix>a</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter><Status>Enabled</Status>" + goes)},
	} {
		w := r.do("PUT", "/b?lifecycle=", row.document)
		if w.Code < 400 || !strings.Contains(w.Body.String(), "<Code>"+row.code+"</Code>") {
			t.Errorf("%.300s: got %d %s, want %s", row.document, w.Code, w.Body.String(), row.code)
		}
	}
	check.Contains(t, r.do("PUT", "/b?lifecycle=", lifecycleOf(all+"<Transition/>")).Body.String(), "Transition is not supported")
	w := r.do("PUT", "/b?lifecycle=", lifecycleOf(all+goes), "X-Amz-Transition-Default-Minimum-Object-Size", "none")
	check.Contains(t, w.Body.String(), "<Code>InvalidArgument</Code>")
	r.refused(404, "NoSuchLifecycleConfiguration", "GET", "/b?lifecycle=", "")
}

func TestAnswersSayWhenAnObjectGoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/b?lifecycle=", lifecycleOf("<ID>by date</ID><Filter><Prefix>old/</Prefix></Filter><Status>Enabled</Status><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>"))
	const want = `expiry-date="Tue, 01 Jan 2030 00:00:00 GMT", rule-id="by+date"`
	check.Equal(t, r.want(200, "PUT", "/b/old/o", "content").Header().Get("X-Amz-Expiration"), want)
	check.Equal(t, r.want(200, "PUT", "/b/new/o", "content").Header().Get("X-Amz-Expiration"), "")
	for _, method := range []string{"GET", "HEAD"} {
		check.Equal(t, r.want(200, method, "/b/old/o", "").Header().Get("X-Amz-Expiration"), want)
		check.Equal(t, r.want(200, method, "/b/new/o", "").Header().Get("X-Amz-Expiration"), "")
	}
	for name, says := range map[string]string{"old/": want, "new/": ""} {
		copied := r.want(200, "PUT", "/b/"+name+"copy", "", "X-Amz-Copy-Source", "/b/new/o")
		check.Equal(t, copied.Header().Get("X-Amz-Expiration"), says)
		itself := r.want(200, "PUT", "/b/"+name+"copy", "", "X-Amz-Copy-Source", "/b/"+name+"copy", "X-Amz-Metadata-Directive", "REPLACE")
		check.Equal(t, itself.Header().Get("X-Amz-Expiration"), says)
		upload := "/b/" + name + "parts?uploadId=" + between(r.want(200, "POST", "/b/"+name+"parts?uploads", "").Body.String(), "<UploadId>", "</UploadId>")
		tag := r.want(200, "PUT", upload+"&partNumber=1", "a part").Header().Get("Etag")
		completed := r.want(200, "POST", upload, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+tag+"</ETag></Part></CompleteMultipartUpload>")
		check.Equal(t, completed.Header().Get("X-Amz-Expiration"), says)
	}
}

// refusedOrLacking checks that an error is one for the client, or says what there is
// not.
func refusedOrLacking(t *testing.T, err error) {
	t.Helper()
	if errs.CodeOf(err) != "NotImplemented" {
		refusedWell(t, err)
	}
}

func FuzzLifecycle(f *testing.F) {
	f.Add(lifecycleOf(wellSaid()...))
	for _, rule := range wellSaid() {
		f.Add(lifecycleOf(rule))
	}
	for _, rest := range []string{"", "<Transition/>", "<Filter><Tag/></Filter>", "<Expiration><Days>99999999999999999999</Days></Expiration>", "<ID/><Prefix/><Status>Enabled</Status>"} {
		f.Add(lifecycleOf(rest))
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		rules, err := s3.ParseLifecycle([]byte(text), func() string { n++; return fmt.Sprint("new-", n) })
		if err != nil {
			refusedOrLacking(t, err)
			return
		}
		check.NoError(t, (&wire.S3Lifecycle{Rules: rules}).Validate())
		again, err := s3.ParseLifecycle(s3.LifecycleDocument(rules), func() string { return "none" })
		check.NoError(t, err)
		check.Equal(t, again, rules)
	})
}
