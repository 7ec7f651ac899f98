package tests

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/config"
	"aistore/internal/check"
)

// daysRules are rules by which objects, versions, delete markers and uploads go.
const daysRules = `<LifecycleConfiguration>
<Rule><ID>1</ID><Filter><Prefix>log/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>2</Days></Expiration></Rule>
<Rule><ID>2</ID><Filter><And><Prefix>size/</Prefix><ObjectSizeGreaterThan>100</ObjectSizeGreaterThan></And></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>
<Rule><ID>3</ID><Filter><Prefix>date</Prefix></Filter><Status>Enabled</Status><Expiration><Date>2000-01-05T00:00:00Z</Date></Expiration></Rule>
<Rule><ID>4</ID><Filter><Prefix>up/</Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
<Rule><ID>5</ID><Filter><Prefix>old/</Prefix></Filter><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration></Rule>
<Rule><ID>6</ID><Filter><Prefix>few</Prefix></Filter><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays><NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration></Rule>
<Rule><ID>7</ID><Filter><Prefix>old/gone</Prefix></Filter><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
<Rule><ID>8</ID><Filter><Prefix>off</Prefix></Filter><Status>Disabled</Status><Expiration><Days>1</Days></Expiration></Rule>
</LifecycleConfiguration>`

// days is a cluster of which days pass.
type days struct {
	t  *testing.T
	c  *aistest.Cluster
	s3 *s3Client
}

// put writes an object of so many bytes, and returns the id of the version.
func (d *days) put(path string, size int, headers ...string) string {
	d.t.Helper()
	return d.s3.want(200, "PUT", path, strings.Repeat("x", size), headers...).header.Get("X-Amz-Version-Id")
}

// pass lets the days pass until that one of January 2000. The cluster is off
// meanwhile, but for some minutes before and behind the hour at which what has expired
// goes by itself.
func (d *days) pass(day int) {
	d.t.Helper()
	hour := time.Date(2000, 1, day, 0, 0, 0, 0, time.UTC).Add(config.Default().Periodic.Lifecycle.Std())
	d.c.Stop(d.c.Nodes()...)
	time.Sleep(time.Until(hour.Add(-2 * time.Minute)))
	d.c.Restart(d.c.Nodes()...)
	time.Sleep(time.Until(hour.Add(3 * time.Minute)))
}

// left is what a bucket has: each name with the sizes of its versions, the latest
// first, x for a delete marker, and the names of uploads.
func (d *days) left(bucket string) string {
	d.t.Helper()
	var listing struct {
		Entries []struct {
			XMLName xml.Name
			Key     string
			Size    string
		} `xml:",any"`
	}
	check.NoError(d.t, xml.Unmarshal([]byte(d.s3.want(200, "GET", bucket+"?versions=", "").body), &listing))
	var words []string
	last := ""
	for _, e := range listing.Entries {
		if e.Key == "" {
			continue
		}
		if e.Key != last {
			words, last = append(words, e.Key), e.Key
		}
		if e.XMLName.Local == "DeleteMarker" {
			e.Size = "x"
		}
		words[len(words)-1] += ":" + e.Size
	}
	var uploads struct {
		Keys []string `xml:"Upload>Key"`
	}
	check.NoError(d.t, xml.Unmarshal([]byte(d.s3.want(200, "GET", bucket+"?uploads=", "").body), &uploads))
	return strings.Join(append(words, uploads.Keys...), " ")
}

// TestS3LifecycleDayByDay has days pass: each morning exactly that is gone, by itself,
// which the rules say, and nothing that is locked.
func TestS3LifecycleDayByDay(t *testing.T) {
	if underRace {
		t.Skip("days of virtual time: run it without -race, as make test does")
	}
	t.Parallel()
	aistest.Virtual(t, aistest.Options{Targets: 2, Mountpaths: 1}, func(t *testing.T, c *aistest.Cluster) {
		d := &days{t, c, s3Clients(t, c)[0]}
		d.s3.want(200, "PUT", "/plain", "")
		d.s3.want(200, "PUT", "/kept", "", "X-Amz-Bucket-Object-Lock-Enabled", "true")
		var held string
		for _, bucket := range []string{"/plain", "/kept"} {
			d.s3.want(200, "PUT", bucket+"?lifecycle=", daysRules)
			for name, size := range map[string]int{"log/a": 1, "any": 1, "off": 1, "date": 1, "size/100": 100, "size/101": 101} {
				d.put(bucket+"/"+name, size)
			}
			d.s3.want(200, "POST", bucket+"/any?uploads=", "")
			d.s3.want(200, "POST", bucket+"/up/a?uploads=", "")
		}
		for version := 1; version < 5; version++ {
			d.put("/kept/few", version)
			d.put("/kept/old/o", version)
		}
		d.put("/kept/old/gone", 1)
		d.s3.want(204, "DELETE", "/kept/old/gone", "")
		d.put("/kept/old/locked", 1, "X-Amz-Object-Lock-Mode", "COMPLIANCE", "X-Amz-Object-Lock-Retain-Until-Date", "2000-01-05T12:00:00Z")
		held = d.put("/kept/old/held", 1, "X-Amz-Object-Lock-Legal-Hold", "ON")
		d.put("/kept/old/held", 2)
		d.put("/kept/old/locked", 2)
		d.put("/kept/old/locked", 3)

		for _, row := range []struct {
			day         int
			plain, kept string
		}{
			{2, "any:1 date:1 log/a:1 off:1 size/100:100 size/101:101 any up/a",
				"any:1 date:1 few:4:3:2:1 log/a:1 off:1 old/gone:x:1 old/held:2:1 old/locked:3:2:1 old/o:4:3:2:1 size/100:100 size/101:101 any up/a"},
			{3, "any:1 date:1 log/a:1 log/b:1 off:1 size/100:100 any up/b",
				"any:1 date:1 few:5:4:3:2:1 log/a:1 off:1 old/gone:x old/held:2:1 old/locked:3:1 old/o:4 size/100:100 size/101:x:101 any"},
			{4, "any:1 date:1 log/b:1 off:1 size/100:100 any",
				"any:1 date:1 few:5:4 log/a:x:1 off:1 old/held:2:1 old/locked:3:1 old/o:4 size/100:100 size/101:x:101 any"},
			{5, "any:1 off:1 size/100:100 any",
				"any:1 date:x:1 few:5:4 log/a:x:1 off:1 old/held:2:1 old/locked:3:1 old/o:4 size/100:100 size/101:x:101 any"},
			{6, "any:1 off:1 size/100:100 any",
				"any:1 date:x:1 few:5:4 log/a:x:1 off:1 old/held:2:1 old/locked:3 old/o:4 size/100:100 size/101:x:101 any"},
			{7, "any:1 off:1 size/100:100 any",
				"any:1 date:x:1 few:5:4 log/a:x:1 off:1 old/held:2 old/locked:3 old/o:4 size/100:100 size/101:x:101 any"},
		} {
			d.pass(row.day)
			check.Equal(t, fmt.Sprint(row.day, " ", d.left("/plain")), fmt.Sprint(row.day, " ", row.plain))
			check.Equal(t, fmt.Sprint(row.day, " ", d.left("/kept")), fmt.Sprint(row.day, " ", row.kept))
			switch row.day {
			case 2:
				d.put("/kept/few", 5)
				d.put("/plain/log/b", 1)
				d.s3.want(200, "POST", "/plain/up/b?uploads=", "")
			case 6:
				d.s3.want(200, "PUT", "/kept/old/held?legal-hold=&versionId="+held, "<LegalHold><Status>OFF</Status></LegalHold>")
			}
		}
	})
}
