package wire_test

import (
	"strings"
	"testing"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/check"
)

func TestBucketNamesAsTheClientsWriteThem(t *testing.T) {
	tests := []struct {
		bucket     wire.Bucket
		uri, uname string
	}{
		{wire.Bucket{Name: "b", Provider: "ais"}, "ais://b", "ais/@#/b/"},
		{wire.Bucket{Name: "b", Provider: "aws"}, "s3://b", "aws/@#/b/"},
		{wire.Bucket{Name: "b", Provider: "gcp"}, "gs://b", "gcp/@#/b/"},
		{wire.Bucket{Name: "b", Provider: "azure"}, "az://b", "azure/@#/b/"},
		{wire.Bucket{Name: "b", Provider: "oci"}, "oc://b", "oci/@#/b/"},
		{wire.Bucket{Name: "b", Provider: "ais", Namespace: wire.Namespace{UUID: "u", Name: "n"}}, "ais://@u#n/b", "ais/@u#n/b/"},
		{wire.Bucket{Name: "b", Provider: "ais", Namespace: wire.Namespace{UUID: "u"}}, "ais://@u/b", "ais/@u#/b/"},
		{wire.Bucket{Name: "b", Provider: "ais", Namespace: wire.Namespace{Name: "n"}}, "ais://#n/b", "ais/@#n/b/"},
	}
	for _, test := range tests {
		t.Run(test.uri, func(t *testing.T) {
			check.NoError(t, test.bucket.Validate())
			check.Equal(t, test.bucket.String(), test.uri)
			check.Equal(t, test.bucket.ObjectString("o/p"), test.uri+"/o/p")
			check.Equal(t, test.bucket.Uname(""), test.uname)
			check.Equal(t, test.bucket.Uname("o/p"), test.uname+"o/p")
			check.Equal(t, test.bucket.UnameLen("o/p"), len(test.uname)+3)
			for _, object := range []string{"", "o/p", "a//b", "?#%", "/lead"} {
				b, o, err := wire.ParseURI(test.bucket.ObjectString(object))
				check.NoError(t, err)
				check.Equal(t, b, test.bucket)
				check.Equal(t, o, object)
				b, o, err = wire.ParseUname(test.bucket.Uname(object))
				check.NoError(t, err)
				check.Equal(t, b, test.bucket)
				check.Equal(t, o, object)
			}
		})
	}
}

func TestProviderAliases(t *testing.T) {
	aliases := map[string]string{
		"": "ais", "ais": "ais", "aws": "aws", "s3": "aws", "gcp": "gcp", "gs": "gcp",
		"azure": "azure", "az": "azure", "oci": "oci", "oc": "oci",
	}
	for alias, want := range aliases {
		got, err := wire.ParseProvider(alias)
		check.NoError(t, err)
		check.Equal(t, got, want)
		b, err := wire.Bucket{Name: "b", Provider: alias}.Normal()
		check.NoError(t, err)
		check.Equal(t, b, wire.Bucket{Name: "b", Provider: want})
	}
	for _, alias := range []string{"ht", "AIS", "ais ", "s3a"} {
		_, err := wire.ParseProvider(alias)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestBucketNamesThatAreRefused(t *testing.T) {
	names := []string{
		"", "*", ".", " ", "..", "a..b", "bucket/badname", "bucket and name", "#badname", "$badname", "~badname",
		"ü", "a\x00b", strings.Repeat("a", 65),
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			check.ErrorIs(t, wire.Bucket{Name: name, Provider: "ais"}.Validate(), errs.Invalid)
		})
	}
	for _, name := range []string{"b", ".sys-x", "A-z_0.9", strings.Repeat("a", 64)} {
		check.NoError(t, wire.Bucket{Name: name}.Validate())
	}
	check.Equal(t, wire.Bucket{Name: ".sys-x"}.IsSystem(), true)
	check.ErrorIs(t, wire.Bucket{Name: "b", Provider: "aws", Namespace: wire.Namespace{Name: "n"}}.Validate(), errs.Invalid)
	check.ErrorIs(t, wire.Bucket{Name: "b", Provider: "aws", Namespace: wire.Namespace{Name: "a/b"}}.Validate(), errs.Invalid)
	check.ErrorIs(t, wire.Bucket{Name: "b", Provider: "s3"}.Validate(), errs.Invalid)
}

func TestNamespaces(t *testing.T) {
	tests := []struct {
		text string
		want wire.Namespace
	}{
		{"", wire.Namespace{}},
		{"@#", wire.Namespace{}},
		{"#", wire.Namespace{}},
		{"@", wire.AnyRemote()},
		{"@u", wire.Namespace{UUID: "u"}},
		{"@u#", wire.Namespace{UUID: "u"}},
		{"@u#n", wire.Namespace{UUID: "u", Name: "n"}},
		{"#n", wire.Namespace{Name: "n"}},
		{"@#n", wire.Namespace{Name: "n"}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			got, err := wire.ParseNamespace(test.text)
			check.NoError(t, err)
			check.Equal(t, got, test.want)
			again, err := wire.ParseNamespace(got.String())
			check.NoError(t, err)
			check.Equal(t, again, got)
		})
	}
	for _, text := range []string{"u", "u#n", "@@", "@u#n#m", "@a/b", "#../x", "@" + strings.Repeat("u", 65)} {
		_, err := wire.ParseNamespace(text)
		check.ErrorIs(t, err, errs.Invalid)
	}
	check.ErrorIs(t, wire.AnyRemote().Validate(), errs.Invalid)
}

func TestURIsThatAreRefused(t *testing.T) {
	uris := []string{"", "b", "://b", "ais://", "ais:///b", "ht://b", "ais://@u", "ais://@u#n#m/b", "s3://#n/b", "ais://a b", "ais://.."}
	for _, uri := range uris {
		t.Run(uri, func(t *testing.T) {
			_, _, err := wire.ParseURI(uri)
			check.ErrorIs(t, err, errs.Invalid)
		})
	}
	unames := []string{"", "ais", "ais/b/o", "ais/@#/b", "ais/@#//o", "/@#/b/", "ais/@/b/", "ais/#n/b/", "ht/@#/b/", "aws/@u#/b/"}
	for _, uname := range unames {
		t.Run(uname, func(t *testing.T) {
			_, _, err := wire.ParseUname(uname)
			check.ErrorIs(t, err, errs.Invalid)
		})
	}
}

func TestBucketQueries(t *testing.T) {
	tests := map[string]wire.Bucket{
		"ais://":     {Provider: "ais"},
		"s3://":      {Provider: "aws"},
		"ais://@":    {Provider: "ais", Namespace: wire.AnyRemote()},
		"ais://@u#n": {Provider: "ais", Namespace: wire.Namespace{UUID: "u", Name: "n"}},
		"ais://b":    {Provider: "ais", Name: "b"},
		"ais://b/":   {Provider: "ais", Name: "b"},
	}
	for text, want := range tests {
		got, err := wire.ParseBucketQuery(text)
		check.NoError(t, err)
		check.Equal(t, got, want)
	}
	for _, text := range []string{"ais://b/o", "s3://@u", "ais:// ", "ais"} {
		_, err := wire.ParseBucketQuery(text)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestObjectNames(t *testing.T) {
	tests := []struct {
		name     string
		any, new bool
	}{
		{"o", true, true},
		{"a/b/c", true, true},
		{"a//b", true, true},
		{"/a", true, true},
		{"a?#%+& ü", true, true},
		{"..a", true, true},
		{"a..", true, true},
		{"...", true, true},
		{"~a", true, true},
		{"a~/b", true, true},
		{strings.Repeat("a", 1024), true, true},
		{"a/", true, false},
		{"/", true, false},
		{"./a", true, false},
		{"a/./b", true, false},
		{"a/.", true, false},
		{".", true, false},
		{"~/a", true, false},
		{"a\xff", true, false},
		{"", false, false},
		{"..", false, false},
		{"../a", false, false},
		{"a/../b", false, false},
		{"a/..", false, false},
		{"a/../", false, false},
		{"a\x00", false, false},
		{strings.Repeat("a", 1025), false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			check.Equal(t, wire.ValidateObjectName(test.name) == nil, test.any)
			check.Equal(t, wire.ValidateNewObjectName(test.name) == nil, test.new)
		})
	}
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	bucket := wire.Bucket{Name: "bucket", Provider: "ais", Namespace: wire.Namespace{UUID: "u", Name: "n"}}
	object := "some/object/name.jpg"
	buf := make([]byte, 0, bucket.UnameLen(object))
	tests := map[string]func(){
		"AppendUname": func() { buf = bucket.AppendUname(buf[:0], object) },
		"Validate": func() {
			if bucket.Validate() != nil {
				t.Error("the bucket is valid")
			}
		},
		"ValidateNewObjectName": func() {
			if wire.ValidateNewObjectName(object) != nil {
				t.Error("the name is valid")
			}
		},
		"Normal": func() {
			if _, err := bucket.Normal(); err != nil {
				t.Error("the bucket is valid")
			}
		},
		"Bool": func() {
			if !wire.Bool("True") {
				t.Error("True is true")
			}
		},
		"ParseNamespace": func() {
			if ns, _ := wire.ParseNamespace("@u#n"); ns != bucket.Namespace {
				t.Error("the namespace is good")
			}
		},
	}
	for name, call := range tests {
		if got := testing.AllocsPerRun(100, call); got != 0 {
			t.Errorf("%s allocates %v times", name, got)
		}
	}
}
