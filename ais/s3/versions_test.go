package s3_test

import (
	"encoding/xml"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aistore/access"
	"aistore/internal/check"
)

const (
	enabled   = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
	suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
)

func versionOf(w *httptest.ResponseRecorder) string { return w.Header().Get("X-Amz-Version-Id") }

// listedVersion is one version of a listing.
type listedVersion struct {
	Key       string `xml:"Key"`
	VersionID string `xml:"VersionId"`
	IsLatest  bool   `xml:"IsLatest"`
	Size      int64  `xml:"Size"`
}

type versionsAnswer struct {
	Truncated   bool            `xml:"IsTruncated"`
	NextKey     string          `xml:"NextKeyMarker"`
	NextVersion string          `xml:"NextVersionIdMarker"`
	Versions    []listedVersion `xml:"Version"`
	Markers     []listedVersion `xml:"DeleteMarker"`
	Prefixes    []struct {
		Prefix string `xml:"Prefix"`
	} `xml:"CommonPrefixes"`
}

// listVersions reads all pages of a listing: versions as "key id latest", markers with
// a "!", prefixes as they are.
func listVersions(t *testing.T, r *rig, query string) (all []string, pages int) {
	t.Helper()
	next := ""
	for {
		var answer versionsAnswer
		check.NoError(t, xml.Unmarshal(r.want(200, "GET", "/b?versions&"+query+next, "").Body.Bytes(), &answer))
		pages++
		for _, v := range answer.Versions {
			all = append(all, fmt.Sprintf("%s %s %v", v.Key, v.VersionID, v.IsLatest))
		}
		for _, v := range answer.Markers {
			all = append(all, fmt.Sprintf("%s %s %v !", v.Key, v.VersionID, v.IsLatest))
		}
		for _, p := range answer.Prefixes {
			all = append(all, p.Prefix)
		}
		if !answer.Truncated {
			slices.Sort(all)
			return all, pages
		}
		next = "&key-marker=" + url.QueryEscape(answer.NextKey) + "&version-id-marker=" + url.QueryEscape(answer.NextVersion)
		if answer.NextVersion == "" {
			next = "&key-marker=" + url.QueryEscape(answer.NextKey)
		}
	}
}

func TestVersionsOfAnObject(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	check.Equal(t, strings.Contains(r.want(200, "GET", "/b?versioning", "").Body.String(), "Status"), false)
	zero := r.want(200, "PUT", "/b/d/o", "zero")
	check.Equal(t, versionOf(zero), "")
	r.want(200, "PUT", "/b?versioning", enabled)
	check.Contains(t, r.want(200, "GET", "/b?versioning", "").Body.String(), "<Status>Enabled</Status>")
	check.Equal(t, versionOf(r.want(200, "GET", "/b/d/o", "")), "null")

	one := versionOf(r.want(200, "PUT", "/b/d/o", "one"))
	two := versionOf(r.want(200, "PUT", "/b/d/o", "two"))
	for id, text := range map[string]string{"null": "zero", one: "one", two: "two"} {
		w := r.want(200, "GET", "/b/d/o?versionId="+id, "")
		check.Equal(t, w.Body.String(), text)
		check.Equal(t, versionOf(w), id)
		check.Equal(t, versionOf(r.want(200, "HEAD", "/b/d/o?versionId="+id, "")), id)
		check.Equal(t, r.want(206, "GET", "/b/d/o?versionId="+id, "", "Range", "bytes=1-2").Body.String(), text[1:3])
	}
	check.Equal(t, versionOf(r.want(200, "GET", "/b/d/o", "")), two)

	gone := r.want(204, "DELETE", "/b/d/o", "")
	marker := versionOf(gone)
	check.Equal(t, gone.Header().Get("X-Amz-Delete-Marker"), "true")
	absent := r.want(404, "GET", "/b/d/o", "")
	check.Contains(t, absent.Body.String(), "<Code>NoSuchKey</Code>")
	check.Equal(t, absent.Header().Get("X-Amz-Delete-Marker"), "true")
	check.Equal(t, versionOf(absent), marker)
	named := r.want(405, "GET", "/b/d/o?versionId="+marker, "")
	check.Contains(t, named.Body.String(), "<Code>MethodNotAllowed</Code>")
	check.Equal(t, named.Header().Get("X-Amz-Delete-Marker"), "true")
	check.Equal(t, named.Header().Get("Last-Modified") != "", true)
	r.want(405, "HEAD", "/b/d/o?versionId="+marker, "")

	all, _ := listVersions(t, r, "")
	want := []string{"d/o " + marker + " true !", "d/o " + two + " false", "d/o " + one + " false", "d/o null false"}
	slices.Sort(want)
	check.Equal(t, all, want)
	check.Contains(t, r.want(409, "DELETE", "/b", "").Body.String(), "BucketNotEmpty")

	undone := r.want(204, "DELETE", "/b/d/o?versionId="+marker, "")
	check.Equal(t, undone.Header().Get("X-Amz-Delete-Marker"), "true")
	check.Equal(t, r.want(200, "GET", "/b/d/o", "").Body.String(), "two")
	r.want(204, "DELETE", "/b/d/o?versionId="+two, "")
	check.Equal(t, r.want(200, "GET", "/b/d/o", "").Body.String(), "one")
	check.Contains(t, r.want(404, "GET", "/b/d/o?versionId="+two, "").Body.String(), "NoSuchVersion")
	r.want(204, "DELETE", "/b/d/o?versionId="+two, "")
	check.Contains(t, r.want(400, "GET", "/b/d/o?versionId=x", "").Body.String(), "InvalidArgument")

	r.want(200, "PUT", "/b/d/o?tagging&versionId=null", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>")
	check.Contains(t, r.want(200, "GET", "/b/d/o?tagging&versionId=null", "").Body.String(), "<Value>v</Value>")
	check.Equal(t, strings.Contains(r.want(200, "GET", "/b/d/o?tagging", "").Body.String(), "<Value>"), false)
	check.Equal(t, versionOf(r.want(200, "GET", "/b/d/o?attributes&versionId=null", "", "X-Amz-Object-Attributes", "ObjectSize")), "null")
}

func TestSuspendedVersioning(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/b?versioning", enabled)
	one := versionOf(r.want(200, "PUT", "/b/o", "one"))
	r.want(200, "PUT", "/b?versioning", suspended)
	check.Equal(t, versionOf(r.want(200, "PUT", "/b/o", "two")), "null")
	check.Equal(t, versionOf(r.want(200, "PUT", "/b/o", "three")), "null")
	all, _ := listVersions(t, r, "")
	check.Equal(t, all, []string{"o " + one + " false", "o null true"})
	gone := r.want(204, "DELETE", "/b/o", "")
	check.Equal(t, versionOf(gone), "null")
	all, _ = listVersions(t, r, "")
	check.Equal(t, all, []string{"o " + one + " false", "o null true !"})
	r.want(204, "DELETE", "/b/o?versionId=null", "")
	check.Equal(t, r.want(200, "GET", "/b/o", "").Body.String(), "one")
	for _, bad := range []string{"<VersioningConfiguration><Status>Off</Status></VersioningConfiguration>", "", "<x/>"} {
		r.want(400, "PUT", "/b?versioning", bad)
	}
	r.want(501, "PUT", "/b?versioning", "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>")
}

func TestPagesOfVersionsAreExact(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	r.want(200, "PUT", "/b/a", "zero")
	r.want(200, "PUT", "/b?versioning", enabled)
	var want []string
	want = append(want, "a null false")
	for _, name := range []string{"a", "a/", "a/b", "a//b", "b", "c/d/e", "c/d/f", "c-d", "ä"} {
		for i := range 3 {
			id := versionOf(r.want(200, "PUT", "/b/"+url.PathEscape(name), name))
			want = append(want, fmt.Sprintf("%s %s %v", name, id, i == 2 && name != "b"))
		}
	}
	want = append(want, "b "+versionOf(r.want(204, "DELETE", "/b/b", ""))+" true !")
	slices.Sort(want)
	for max := 1; max <= 31; max += 3 {
		all, _ := listVersions(t, r, fmt.Sprintf("max-keys=%d", max))
		check.Equal(t, all, want)
	}
	for _, row := range []struct {
		query string
		want  []string
	}{
		{"delimiter=%2F", []string{"a/", "c/"}},
		{"delimiter=d", []string{"c-d", "c/d"}},
		{"prefix=c%2F&delimiter=%2F", []string{"c/d/"}},
		{"prefix=a%2F&delimiter=%2F", []string{"a//"}},
	} {
		for max := 1; max < 12; max += 2 {
			all, _ := listVersions(t, r, row.query+fmt.Sprintf("&max-keys=%d", max))
			folded := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.Contains(s, " ") })
			check.Equal(t, folded, row.want)
			for _, one := range want {
				name, _, _ := strings.Cut(one, " ")
				query, _ := url.ParseQuery(row.query)
				rest, below := strings.CutPrefix(name, query.Get("prefix"))
				shown := below && !strings.Contains(rest, query.Get("delimiter"))
				check.Equal(t, slices.Contains(all, one), shown)
			}
		}
	}
	check.Contains(t, r.want(400, "GET", "/b?versions&version-id-marker=x", "").Body.String(), "InvalidArgument")
}

func TestManyVersionsAreDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.want(200, "PUT", "/b?versioning", enabled)
	one := versionOf(r.want(200, "PUT", "/b/a", "one"))
	r.want(200, "PUT", "/b/a", "two")
	body := "<Delete><Object><Key>a</Key><VersionId>" + one + "</VersionId></Object><Object><Key>b</Key></Object></Delete>"
	answer := r.want(200, "POST", "/b?delete", body).Body.String()
	check.Contains(t, answer, "<Deleted><Key>a</Key><VersionId>"+one+"</VersionId></Deleted>")
	check.Contains(t, answer, "<Deleted><Key>b</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>")
	r.want(404, "GET", "/b/a?versionId="+one, "")
	check.Equal(t, r.want(200, "GET", "/b/a", "").Body.String(), "two")
}

func TestCopiesOfVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	r.want(200, "PUT", "/b?versioning", enabled)
	one := versionOf(r.want(200, "PUT", "/b/a", "one"))
	r.want(200, "PUT", "/b/a", "two")
	for i := range 8 {
		to := fmt.Sprintf("/b/copy%d", i)
		w := r.want(200, "PUT", to, "", "X-Amz-Copy-Source", "b/a?versionId="+one)
		check.Equal(t, w.Header().Get("X-Amz-Copy-Source-Version-Id"), one)
		check.Equal(t, r.want(200, "GET", to, "").Body.String(), "one")
	}
	back := r.want(200, "PUT", "/b/a", "", "X-Amz-Copy-Source", "b/a?versionId="+one)
	check.Equal(t, versionOf(back) != one, true)
	check.Equal(t, r.want(200, "GET", "/b/a", "").Body.String(), "one")
	r.want(400, "PUT", "/b/a", "", "X-Amz-Copy-Source", "b/a")
	r.want(200, "PUT", "/b/a", "", "X-Amz-Copy-Source", "b/a", "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-K", "v")
	all, _ := listVersions(t, r, "prefix=a")
	check.Equal(t, len(all), 4)
	marker := versionOf(r.want(204, "DELETE", "/b/a", ""))
	r.want(404, "PUT", "/b/c", "", "X-Amz-Copy-Source", "b/a")
	check.Contains(t, r.want(400, "PUT", "/b/c", "", "X-Amz-Copy-Source", "b/a?versionId="+marker).Body.String(), "InvalidRequest")
}

func TestLocksOfVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	lock := func(mode string) []string {
		return []string{"X-Amz-Object-Lock-Mode", mode, "X-Amz-Object-Lock-Retain-Until-Date", later}
	}
	check.Contains(t, r.want(400, "PUT", "/b/o", "x", lock("GOVERNANCE")...).Body.String(), "InvalidRequest")
	check.Contains(t, r.want(404, "GET", "/b?object-lock", "").Body.String(), "ObjectLockConfigurationNotFoundError")
	rule := "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
	check.Contains(t, r.want(409, "PUT", "/b?object-lock", rule).Body.String(), "InvalidBucketState")
	r.want(200, "PUT", "/b?versioning", enabled)
	r.want(200, "PUT", "/b?object-lock", rule)
	check.Contains(t, r.want(409, "PUT", "/b?versioning", suspended).Body.String(), "InvalidBucketState")

	id := versionOf(r.want(200, "PUT", "/b/o", "one", lock("GOVERNANCE")...))
	head := r.want(200, "HEAD", "/b/o", "")
	check.Equal(t, head.Header().Get("X-Amz-Object-Lock-Mode"), "GOVERNANCE")
	check.Contains(t, r.want(200, "GET", "/b/o?retention", "").Body.String(), "<Mode>GOVERNANCE</Mode>")
	check.Contains(t, r.want(403, "DELETE", "/b/o?versionId="+id, "").Body.String(), "AccessDenied")
	r.want(204, "DELETE", "/b/o", "") // which is a marker
	many := "<Delete><Object><Key>o</Key><VersionId>" + id + "</VersionId></Object></Delete>"
	check.Contains(t, r.want(200, "POST", "/b?delete", many).Body.String(), "<Code>AccessDenied</Code>")
	r.want(204, "DELETE", "/b/o?versionId="+id, "", "X-Amz-Bypass-Governance-Retention", "true")

	id = versionOf(r.want(200, "PUT", "/b/p", "one", lock("COMPLIANCE")...))
	r.want(403, "DELETE", "/b/p?versionId="+id, "", "X-Amz-Bypass-Governance-Retention", "true")
	shorter := "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>" + later + "</RetainUntilDate></Retention>"
	r.want(403, "PUT", "/b/p?retention", shorter, "X-Amz-Bypass-Governance-Retention", "true")
	for _, bad := range []string{"<Mode>governance</Mode><RetainUntilDate>" + later + "</RetainUntilDate>", "<Mode>GOVERNANCE</Mode>", "<RetainUntilDate>" + later + "</RetainUntilDate>"} {
		r.refused(400, "MalformedXML", "PUT", "/b/p?retention", "<Retention>"+bad+"</Retention>")
	}
	r.want(200, "PUT", "/b/g", "one", lock("GOVERNANCE")...)
	stricter := strings.Replace(shorter, "GOVERNANCE", "COMPLIANCE", 1)
	r.refused(403, "AccessDenied", "PUT", "/b/g?retention", stricter)
	r.want(200, "PUT", "/b/g?retention", stricter, "X-Amz-Bypass-Governance-Retention", "true")

	id = versionOf(r.want(200, "PUT", "/b/q", "one", "X-Amz-Object-Lock-Legal-Hold", "ON"))
	check.Contains(t, r.want(200, "GET", "/b/q?legal-hold", "").Body.String(), "<Status>ON</Status>")
	r.want(403, "DELETE", "/b/q?versionId="+id, "")
	r.want(200, "PUT", "/b/q?legal-hold&versionId="+id, "<LegalHold><Status>OFF</Status></LegalHold>")
	r.want(204, "DELETE", "/b/q?versionId="+id, "")

	r.want(200, "PUT", "/b?object-lock", strings.Replace(rule, "</ObjectLockEnabled>", "</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>3</Days></DefaultRetention></Rule>", 1))
	check.Contains(t, r.want(200, "GET", "/b?object-lock", "").Body.String(), "<Days>3</Days>")
	r.want(200, "PUT", "/b/z", "one")
	check.Contains(t, r.want(200, "GET", "/b/z?retention", "").Body.String(), "<Mode>COMPLIANCE</Mode>")
	for _, bad := range []string{"<Mode>X</Mode><Days>1</Days>", "<Mode>COMPLIANCE</Mode>", "<Mode>COMPLIANCE</Mode><Days>1</Days><Years>1</Years>"} {
		r.want(400, "PUT", "/b?object-lock", strings.Replace(rule, "</ObjectLockEnabled>", "</ObjectLockEnabled><Rule><DefaultRetention>"+bad+"</DefaultRetention></Rule>", 1))
	}
	r.mu.Lock()
	r.denied["b"] = access.UpdateObject
	r.mu.Unlock()
	r.want(200, "PUT", "/b/y", "one") // which its bucket locks
	r.refused(403, "AccessDenied", "PUT", "/b/y", "one", lock("COMPLIANCE")...)
	r.refused(403, "AccessDenied", "PUT", "/b/y", "one", "X-Amz-Object-Lock-Legal-Hold", "ON")
	r.refused(403, "AccessDenied", "POST", "/b/y?uploads", "", lock("COMPLIANCE")...)
	r.refused(403, "AccessDenied", "PUT", "/b/x", "", append(lock("COMPLIANCE"), "X-Amz-Copy-Source", "b/y")...)
	r.want(200, "PUT", "/locked", "", "X-Amz-Bucket-Object-Lock-Enabled", "true")
	check.Contains(t, r.want(200, "GET", "/locked?versioning", "").Body.String(), "Enabled")
	check.Contains(t, r.want(200, "GET", "/locked?object-lock", "").Body.String(), "Enabled")
}
