package s3_test

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"aistore/internal/check"
	"aistore/internal/jsonx"
	"aistore/module"
	"aistore/store"
)

// uploadsPage is a page of the open uploads of a bucket.
type uploadsPage struct {
	Keys      []string `xml:"Upload>Key"`
	IDs       []string `xml:"Upload>UploadId"`
	Prefixes  []string `xml:"CommonPrefixes>Prefix"`
	Truncated bool     `xml:"IsTruncated"`
	Key       string   `xml:"NextKeyMarker"`
	ID        string   `xml:"NextUploadIdMarker"`
	Marker    string   `xml:"UploadIdMarker"`
}

// entries are the uploads, and directories, of a page in order.
func (p uploadsPage) entries() []string {
	all := slices.Clone(p.Prefixes)
	for i := range p.Keys {
		all = append(all, p.Keys[i]+" "+p.IDs[i])
	}
	slices.Sort(all)
	return all
}

func (r *rig) uploads(query url.Values) (p uploadsPage) {
	r.t.Helper()
	check.NoError(r.t, xml.Unmarshal(r.want(200, "GET", "/b?uploads&"+query.Encode(), "").Body.Bytes(), &p))
	return p
}

// opened begins an upload, and returns it as pages have it.
func (r *rig) opened(name string) string {
	r.t.Helper()
	u, err := r.verbs[r.owner(name)].CreateUpload(r.t.Context(), store.Name{Bucket: r.bucket("b"), Object: name}, store.UploadOptions{})
	check.NoError(r.t, err)
	return name + " " + u.ID.String()
}

// grouped are uploads in order, those below a directory as one.
func grouped(uploads []string, prefix, delimiter string) (all []string) {
	for _, one := range slices.Sorted(slices.Values(uploads)) {
		rest, found := strings.CutPrefix(one, prefix)
		if !found {
			continue
		}
		if at := strings.Index(rest, delimiter); delimiter != "" && at >= 0 {
			one = prefix + rest[:at+len(delimiter)]
		}
		all = append(all, one)
	}
	return slices.Compact(all)
}

// Pages are as full as was asked for, and together all there is.
func TestUploadsAreListedInPages(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	var begun []string
	for _, name := range strings.Fields("b a/1 a/2 a/2 a/b/1 a/b/2 a:1 c b d:1 d:2 e") {
		begun = append(begun, r.opened(name))
	}
	for _, prefix := range []string{"", "a", "a/", "d", "x"} {
		for _, delimiter := range []string{"", "/", ":"} {
			want := grouped(begun, prefix, delimiter)
			for size := 1; size < 14; size++ {
				query := url.Values{"max-uploads": {fmt.Sprint(size)}, "prefix": {prefix}, "delimiter": {delimiter}}
				var all []string
				for {
					page := r.uploads(query)
					got := page.entries()
					check.Equal(t, got, want[len(all):min(len(want), len(all)+size)])
					all = append(all, got...)
					check.Equal(t, page.Truncated, len(all) < len(want))
					if !page.Truncated {
						break
					}
					query.Set("key-marker", page.Key)
					query.Set("upload-id-marker", page.ID)
				}
			}
		}
	}
	none := r.uploads(url.Values{"max-uploads": {"0"}})
	check.Equal(t, none, uploadsPage{})
}

// A directory is one entry, whatever is below it, and targets tell no more than a page
// can have.
func TestUploadsInLargeDirectories(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	var begun []string
	for _, directory := range []string{"a/", "c/", "c/d/"} {
		for i := range 700 {
			begun = append(begun, r.opened(fmt.Sprintf("%s%04d", directory, i)))
		}
	}
	begun = append(begun, r.opened("b"), r.opened("d"))
	page := r.uploads(url.Values{"delimiter": {"/"}})
	check.Equal(t, page.entries(), grouped(begun, "", "/"))
	check.Equal(t, page.Truncated, false)
	page = r.uploads(url.Values{"delimiter": {"/"}, "max-uploads": {"1"}})
	check.Equal(t, fmt.Sprintf("%v %v %q %q", page.entries(), page.Truncated, page.Key, page.ID), `[a/] true "a/" ""`)
	page = r.uploads(url.Values{"delimiter": {"/"}, "max-uploads": {"1"}, "key-marker": {"b"}})
	check.Equal(t, fmt.Sprintf("%v %v %q %q", page.entries(), page.Truncated, page.Key, page.ID), `[c/] true "c/" ""`)
	page = r.uploads(url.Values{"max-uploads": {"100000"}})
	want := grouped(begun, "", "")
	check.Equal(t, page.entries(), want[:1000])
	check.Equal(t, page.Truncated, true)
	page = r.uploads(url.Values{"key-marker": {page.Key}, "upload-id-marker": {page.ID}})
	check.Equal(t, page.entries(), want[1000:2000])

	to := module.PeerAddress{Module: "s3", Call: "uploads", Bucket: r.bucket("b").Bucket}
	node := r.State().Map.Targets()[0]
	answer, err := r.Call(t.Context(), node, to, []byte(`{"max":5}`))
	check.NoError(t, err)
	var told []any
	check.NoError(t, jsonx.Unmarshal(answer, &told))
	check.Equal(t, len(told), 5)
	for _, message := range []string{`{}`, `{"max":-1}`, `{"max":1002}`} {
		_, err := r.Call(t.Context(), node, to, []byte(message))
		check.Equal(t, err != nil, true)
	}
}

func TestMarkersOfUploads(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	begun := []string{r.opened("a"), r.opened("b"), r.opened("b"), r.opened("b"), r.opened("c")}
	slices.Sort(begun)
	second := strings.TrimPrefix(begun[2], "b ")
	for query, want := range map[string][]string{
		"key-marker=b":                                 begun[4:],
		"key-marker=b&upload-id-marker=":               begun[4:],
		"key-marker=b&upload-id-marker=" + second:      begun[3:],
		"key-marker=aa&upload-id-marker=" + second:     begun[1:],
		"upload-id-marker=" + second:                   begun,
		"upload-id-marker=none":                        begun,
		"key-marker=d":                                 nil,
		"key-marker=" + strings.Repeat("b", 3000):      begun[4:],
		"key-marker=a&delimiter=/&upload-id-marker=":   begun[1:],
		"key-marker=b&max-uploads=1&upload-id-marker=": begun[4:],
	} {
		values, err := url.ParseQuery(query)
		check.NoError(t, err)
		page := r.uploads(values)
		if got := page.entries(); !slices.Equal(got, want) {
			t.Errorf("%.80s: got %q, want %q", query, got, want)
		}
		if values.Get("key-marker") == "" {
			check.Equal(t, page.Marker, "")
		}
	}
	// What has ended is a marker still.
	r.want(204, "DELETE", "/b/b?uploadId="+second, "")
	check.Equal(t, len(r.uploads(url.Values{"key-marker": {"b"}, "upload-id-marker": {second}}).Keys), 2)
	for _, marker := range []string{"none", second[1:], second + "0", strings.ToUpper("a" + second[1:]), "../" + second} {
		r.refused(400, "InvalidArgument", "GET", "/b?uploads&key-marker=b&upload-id-marker="+url.QueryEscape(marker), "")
	}
	for _, count := range []string{"-1", "x", "99999999999"} {
		r.refused(400, "InvalidArgument", "GET", "/b?uploads&max-uploads="+count, "")
	}
}

// An upload that two targets have, as it moves from one to the other, is one.
func TestAnUploadAtTwoTargetsIsOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	var begun []string
	for i := range 20 {
		if name := fmt.Sprint("o", i); r.owner(name) == "target01" {
			begun = append(begun, r.opened(name))
		}
	}
	r.nodes["target02"] = r.nodes["target01"] // which has the same
	check.Equal(t, r.uploads(nil).entries(), grouped(begun, "", ""))
	page := r.uploads(url.Values{"max-uploads": {fmt.Sprint(len(begun))}})
	check.Equal(t, len(page.Keys), len(begun))
	check.Equal(t, page.Truncated, false)
}
