package s3_test

import (
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/internal/check"
)

// listed is a page of a listing.
type listed struct {
	Keys      []string `xml:"Contents>Key"`
	Tags      []string `xml:"Contents>ETag"`
	Prefixes  []string `xml:"CommonPrefixes>Prefix"`
	Truncated bool     `xml:"IsTruncated"`
	Token     string   `xml:"NextContinuationToken"`
	Marker    string   `xml:"NextMarker"`
	Count     int      `xml:"KeyCount"`
}

func (r *rig) list(query url.Values) listed {
	r.t.Helper()
	var page listed
	check.NoError(r.t, xml.Unmarshal(r.want(200, "GET", "/b?"+query.Encode(), "").Body.Bytes(), &page))
	if query.Get("encoding-type") == "url" {
		for _, list := range [][]string{page.Keys, page.Prefixes} {
			for i := range list {
				list[i] = r.decode(list[i])
			}
		}
		page.Marker = r.decode(page.Marker)
	}
	return page
}

func (r *rig) decode(name string) string {
	r.t.Helper()
	text, err := url.PathUnescape(name)
	check.NoError(r.t, err)
	return text
}

// listAll reads all pages of a listing.
func (r *rig) listAll(version, prefix, delimiter, after string, size int) (keys, prefixes []string) {
	r.t.Helper()
	query := url.Values{"prefix": {prefix}, "delimiter": {delimiter}, "max-keys": {fmt.Sprint(size)}, "encoding-type": {"url"}}
	if version == "2" {
		query.Set("list-type", "2")
		query.Set("start-after", after)
	} else {
		query.Set("marker", after)
	}
	for {
		page := r.list(query)
		keys, prefixes = append(keys, page.Keys...), append(prefixes, page.Prefixes...)
		count := len(page.Keys) + len(page.Prefixes)
		if page.Truncated && count != size || count > size {
			r.t.Fatalf("%v: a page of %d", query, count)
		}
		switch {
		case !page.Truncated:
			return keys, prefixes
		case version == "2":
			query.Set("continuation-token", page.Token)
		case delimiter != "":
			query.Set("marker", page.Marker)
		default:
			query.Set("marker", page.Keys[len(page.Keys)-1])
		}
	}
}

// expected is what a listing should have, by its definition.
func expected(names []string, prefix, delimiter, after string) (keys, prefixes []string) {
	for _, name := range names {
		if !strings.HasPrefix(name, prefix) || name <= after {
			continue
		}
		group := ""
		if at := strings.Index(name[len(prefix):], delimiter); delimiter != "" && at >= 0 {
			group = name[:len(prefix)+at+len(delimiter)]
		}
		switch {
		case group == "":
			keys = append(keys, name)
		case group != after && !slices.Contains(prefixes, group):
			prefixes = append(prefixes, group)
		}
	}
	return keys, prefixes
}

// fill puts names into the bucket, each at its owner.
func (r *rig) fill(names ...string) {
	r.t.Helper()
	for _, name := range names {
		r.want(200, "PUT", "/b/"+strings.ReplaceAll(url.QueryEscape(name), "+", "%20"), name)
	}
}

func TestListingsAreWhatTheirDefinitionSays(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02", "target03")
	names := []string{
		"a", "a/", "a//", "a//b", "a/b", "a/b/c", "a/b/c/", "a-b", "ab", "b/", "b/1", "b/2", "b/2/3", "..b", ".a", "/x", "//y", "é/ü", "x:y/z", "x:z", "%", "a%2Fb", "~", "\x01", "c d",
	}
	r.fill(names...)
	slices.Sort(names)
	random := rand.New(rand.NewPCG(7, 7))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range 400 {
		version, size := pick("1", "2"), 1+random.IntN(8)
		prefix, delimiter := pick("", "", "a", "a/", "a//", "b/", "x", ".", "..", "/", "none", "é"), pick("", "/", "/", ":", "//", "b", "/b")
		after := pick("", "", "a/", "a/b", "b", "zzz", strings.Repeat("a", 2000), names[random.IntN(len(names))])
		keys, prefixes := r.listAll(version, prefix, delimiter, after, size)
		wantKeys, wantPrefixes := expected(names, prefix, delimiter, after)
		if !slices.Equal(keys, wantKeys) || !slices.Equal(prefixes, wantPrefixes) {
			t.Fatalf("version %s, prefix %q, delimiter %q, after %.20q, size %d:\n got %q %q\nwant %q %q",
				version, prefix, delimiter, after, size, keys, prefixes, wantKeys, wantPrefixes)
		}
	}
}

func TestListingsWhileObjectsMove(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	names := []string{"a/1", "a/2", "b", "c/1", "c/2", "d"}
	r.fill(names...)
	r.apply(cluster.PutNode(wireNode("target03", wire.NodeTarget)))
	r.openTarget("target03")
	b := r.bucket("b")
	check.NoError(t, r.stores["target03"].CreateBucket(t.Context(), b))
	r.follow()
	r.want(204, "DELETE", "/b/c/1", "")
	r.want(204, "DELETE", "/b/c/2", "")
	for _, version := range []string{"1", "2"} {
		for size := 1; size < 4; size++ {
			keys, prefixes := r.listAll(version, "", "/", "", size)
			check.Equal(t, fmt.Sprint(keys, prefixes), "[b d] [a/]")
		}
	}
	for _, name := range []string{"a/1", "a/2", "b", "d"} {
		check.Equal(t, r.want(200, "GET", "/b/"+name, "").Body.String(), name)
	}
}

func TestAListingTellsOfObjects(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01")
	r.fill("a b", "c")
	page := r.list(url.Values{"list-type": {"2"}, "encoding-type": {"url"}})
	check.Equal(t, page.Keys, []string{"a b", "c"})
	check.Equal(t, page.Tags, []string{tagOf("a b"), tagOf("c")})
	check.Equal(t, page.Count, 2)
	none := r.list(url.Values{"list-type": {"2"}, "max-keys": {"0"}})
	check.Equal(t, fmt.Sprint(none.Truncated, none.Count), "false 0")
	// A new listing sees what has changed since the first page of another one.
	r.list(url.Values{"list-type": {"2"}, "max-keys": {"1"}})
	r.want(204, "DELETE", "/b/a%20b", "")
	check.Equal(t, r.list(url.Values{"list-type": {"2"}}).Keys, []string{"c"})
}

func TestEachObjectHasOneVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t, "target01", "target02")
	r.fill("a", "b/1", "b/2", "c", "d")
	var keys, prefixes []string
	query := url.Values{"delimiter": {"/"}, "max-keys": {"2"}}
	for {
		var page struct {
			Keys      []string `xml:"Version>Key"`
			IDs       []string `xml:"Version>VersionId"`
			Prefixes  []string `xml:"CommonPrefixes>Prefix"`
			Truncated bool     `xml:"IsTruncated"`
			Key       string   `xml:"NextKeyMarker"`
			ID        string   `xml:"NextVersionIdMarker"`
		}
		check.NoError(t, xml.Unmarshal(r.want(200, "GET", "/b?versions&"+query.Encode(), "").Body.Bytes(), &page))
		keys, prefixes = append(keys, page.Keys...), append(prefixes, page.Prefixes...)
		for _, id := range page.IDs {
			check.Equal(t, id, "null")
		}
		if !page.Truncated {
			break
		}
		query.Set("key-marker", page.Key)
		query.Set("version-id-marker", page.ID)
	}
	check.Equal(t, fmt.Sprint(keys, prefixes), "[a c d] [b/]")
	check.Equal(t, r.want(200, "GET", "/b/a?versionId=null", "").Body.String(), "a")
	r.want(204, "DELETE", "/b/a?versionId=null", "")
}
