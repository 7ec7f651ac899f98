package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/internal/check"
	"aistore/internal/jsonx"
)

// What parses is valid, safe as a path, and comes back from its own text.
func checkBucket(t *testing.T, b wire.Bucket, object string) {
	t.Helper()
	check.NoError(t, b.Validate())
	if strings.ContainsAny(b.Name, "/\\\x00") || b.Name == "." || strings.Contains(b.Name, "..") {
		t.Fatalf("bucket %q leaves its directory", b.Name)
	}
	again, sameObject, err := wire.ParseURI(b.ObjectString(object))
	check.NoError(t, err)
	check.Equal(t, again, b)
	check.Equal(t, sameObject, object)
	again, sameObject, err = wire.ParseUname(b.Uname(object))
	check.NoError(t, err)
	check.Equal(t, again, b)
	check.Equal(t, sameObject, object)
	check.Equal(t, b.UnameLen(object), len(b.Uname(object)))
}

func FuzzParseURI(f *testing.F) {
	f.Add("ais://@u#n/b/o")
	f.Fuzz(func(t *testing.T, uri string) {
		if b, object, err := wire.ParseURI(uri); err == nil {
			checkBucket(t, b, object)
		}
		_, _ = wire.ParseBucketQuery(uri)
	})
}

func FuzzParseUname(f *testing.F) {
	f.Add("ais/@u#n/b/o")
	f.Fuzz(func(t *testing.T, uname string) {
		if b, object, err := wire.ParseUname(uname); err == nil {
			checkBucket(t, b, object)
		}
	})
}

func FuzzParseNamespace(f *testing.F) {
	f.Add("@u#n")
	f.Fuzz(func(t *testing.T, text string) {
		ns, err := wire.ParseNamespace(text)
		if err != nil {
			return
		}
		again, err := wire.ParseNamespace(ns.String())
		check.NoError(t, err)
		check.Equal(t, again, ns)
		if !ns.IsAnyRemote() {
			check.NoError(t, ns.Validate())
			again, err = wire.ParseNamespace(ns.Uname())
			check.NoError(t, err)
			check.Equal(t, again, ns)
		}
	})
}

func FuzzBucketName(f *testing.F) {
	f.Add("b", "ais")
	f.Fuzz(func(t *testing.T, name, provider string) {
		if b, err := (wire.Bucket{Name: name, Provider: provider}).Normal(); err == nil {
			checkBucket(t, b, "o")
		}
	})
}

func FuzzObjectName(f *testing.F) {
	f.Add("a/b")
	f.Fuzz(func(t *testing.T, name string) {
		some, fresh := wire.ValidateObjectName(name) == nil, wire.ValidateNewObjectName(name) == nil
		if fresh && !some {
			t.Fatalf("%q may be created and not read", name)
		}
		if some && (name == "" || len(name) > 1024 || strings.Contains("/"+name+"/", "/../") || strings.Contains(name, "\x00")) {
			t.Fatalf("%q is not a name", name)
		}
	})
}

func FuzzAction(f *testing.F) {
	f.Add([]byte(`{"action":"list","name":"","value":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var action wire.Action
		if jsonx.Unmarshal(body, &action) != nil {
			return
		}
		values := []any{
			&wire.BucketPropsToSet{}, &wire.ListRequest{}, &wire.JobStart{}, &wire.JobQuery{}, new(int), new(string),
		}
		for _, value := range values {
			_ = action.Decode(value)
		}
		var change wire.BucketPropsToSet
		if action.Decode(&change) == nil {
			if props, err := change.Apply(wire.DefaultProps(wire.ProviderAIS)); err == nil {
				check.NoError(t, props.Validate())
			}
		}
	})
}

func FuzzListRequest(f *testing.F) {
	f.Add([]byte(`{"prefix":"a/","pagesize":7,"props":"name,size","flags":"17"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var request wire.ListRequest
		if jsonx.Unmarshal(body, &request) != nil || request.Validate() != nil {
			return
		}
		selection, err := request.Selection()
		check.NoError(t, err)
		if !selection.Has(wire.PropName) {
			t.Fatalf("%s: without name", selection)
		}
	})
}

func FuzzListPage(f *testing.F) {
	page := listPage()
	f.Add(page.AppendMsg(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		var page wire.ListPage
		rest, err := page.DecodeMsg(text)
		if err != nil {
			return
		}
		if !bytes.HasSuffix(text, rest) {
			t.Fatal("the rest is not the end of the text")
		}
		var again wire.ListPage
		_, err = again.DecodeMsg(page.AppendMsg(nil))
		check.NoError(t, err)
		check.Equal(t, again, page)
	})
}
