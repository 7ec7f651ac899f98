package fs_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, r := range []struct{ name, want string }{
		{"a", "a"},
		{"dir/shard-0001.tar", "dir/shard-0001.tar"},
		{"~/a", "~/a"},
		{"...", "..."},
		{".a/b.", ".a/b."},
		{"@ais/#ns", "@ais/#ns"},
		{"ä\n\xff", "ä\n\xff"},
		{x(200), x(200)},
		{"100%", "100%25"},
		{"%25", "%2525"},
		{"%+", "%25+"},
		{"a%_b", "a%25_b"},
		{"/", "%_/%_"},
		{"/a", "%_/a"},
		{"a/", "a/%_"},
		{"a//b", "a/%_/b"},
		{".", "%2E"},
		{"a/./b", "a/%2E/b"},
		{x(201), x(200) + "%+/x"},
		{x(400), x(200) + "%+/" + x(200)},
		{x(401) + "/y", x(200) + "%+/" + x(200) + "%+/x/y"},
		{x(198) + "%y", x(198) + "%+/%25y"},
		{x(199) + "%", x(199) + "%+/%25"},
		{x(197) + "%", x(197) + "%25"},
		{x(199) + "äy", x(199) + "%+/äy"},
		{x(198) + "äy", x(198) + "ä%+/y"},
		{x(197) + "\U0001f600", x(197) + "%+/\U0001f600"},
		{x(200) + ".", x(200) + "%+/%2E"},
		{x(200) + "..", x(200) + "%+/%2E."},
		{x(200) + "../y", x(200) + "%+/%2E./y"},
		{x(200) + "...", x(200) + "%+/..."},
		{x(199) + "\xa4\xa4", x(199) + "\xa4%+/\xa4"},
	} {
		got, err := fs.Encode(r.name)
		check.NoError(t, err)
		check.Equal(t, got, r.want)
		name, kind, err := fs.Decode(got)
		check.NoError(t, err)
		check.Equal(t, name, r.name)
		check.Equal(t, kind, fs.Plain)
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]string{
		"":                        "empty",
		"..":                      `".."`,
		"../a":                    `".."`,
		"a/..":                    `".."`,
		"a/../b":                  `".."`,
		"a\x00b":                  "NUL",
		strings.Repeat("a", 1025): "longer",
	} {
		_, err := fs.Encode(name)
		check.ErrorIs(t, err, errs.Invalid)
		check.Contains(t, err.Error(), reason)
	}
}

func TestDecodeRefusesWhatEncodeWouldNotMake(t *testing.T) {
	t.Parallel()
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, rel := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../b", "../a", "a\x00",
		"%", "%%", "a%%", "%2", "%26", "%2e", "a%2E", "%2Ea", "%2E%2E", "a%_", "%_a", "%25%2", "a%b",
		"%+", "%+/a", "a%+", "a%+/b", "a%+%", "a%/b", "%_%+/a", "%2E%+/a",
		x(201), x(199) + "%+/y", x(201) + "%+/y", x(200) + "%+", x(200) + "%+/", x(200) + "%+/%_", x(200) + "%+/.", x(200) + "%+/..", "%2E.", "a/%2E./b", "%2E..", "%2E%+/a", x(200) + "%+/%2E.%+/a",
		x(198) + "%2%+/5y", x(199) + "\xc3%+/\xa4",
		strings.Repeat("a/", 512) + "b", strings.Repeat("%25", 1025), strings.Repeat("y", 5000),
	} {
		_, _, err := fs.Decode(rel)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestDecodeKnowsTheFileBesideADirectory(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "a/b", "a/", ".", "100%", strings.Repeat("x", 500)} {
		rel, err := fs.Encode(name)
		check.NoError(t, err)
		got, kind, err := fs.Decode(fs.Beside(rel))
		check.NoError(t, err)
		check.Equal(t, got, name)
		check.Equal(t, kind, fs.Aside)
	}
}

func TestEncodeDir(t *testing.T) {
	t.Parallel()
	x := strings.Repeat("x", 200)
	for prefix, want := range map[string]string{
		"": "", "a/": "a", "a/b/": "a/b", "/": "%_", "a//": "a/%_", "./": "%2E", "5%/": "5%25", x + "x/": x + "%+/x",
	} {
		got, err := fs.EncodeDir(prefix)
		check.NoError(t, err)
		check.Equal(t, got, want)
		inside, err := fs.Encode(prefix + "name")
		check.NoError(t, err)
		check.Equal(t, inside, strings.TrimPrefix(got+"/name", "/"))
	}
	for _, prefix := range []string{"a", "../", "a/../", strings.Repeat("a", 1025) + "/"} {
		_, err := fs.EncodeDir(prefix)
		check.ErrorIs(t, err, errs.Invalid)
	}
}

func TestOrdinaryNamesCostNothing(t *testing.T) {
	const name = "train/imagenet/shard-000123.tar"
	check.Equal(t, testing.AllocsPerRun(100, func() {
		rel, err := fs.Encode(name)
		if err != nil || rel != name {
			t.Error(rel, err)
		}
		back, _, err := fs.Decode(rel)
		if err != nil || back != name {
			t.Error(back, err)
		}
	}), 0)
}

// names draws names that are short of ordinary: every special byte and
// boundary is likely.
func names() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"/", "/", "/", ".", "..", "%", "%25", "%2E", "%_", "%+", "%2", "a", "b", "ä", "\xc3", "€", "\U0001f600", "\xff", "\n", " ", "~", "@", "#", "$", "+", "_", "-",
			strings.Repeat("x", 66), strings.Repeat("x", 197), strings.Repeat("x", 199), strings.Repeat("x", 200), strings.Repeat("x", 200) + "..", strings.Repeat("%", 66), strings.Repeat("ä", 99),
		}),
		rapid.StringN(0, 6, 40),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 14).Draw(t, "pieces"), "")
	})
}

func TestNamesAndPathsAreOneToOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := names().Draw(t, "name")
		if rel, ok := encodes(t, name); ok {
			checkPath(t, name, rel)
		}
		// The name may also be a path that somebody has put there.
		checkForeign(t, name)
	})
}

func TestDifferentNamesHaveDifferentPaths(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		owners := map[string]string{}
		for _, name := range rapid.SliceOfN(names(), 2, 12).Draw(t, "names") {
			rel, ok := encodes(t, name)
			if !ok {
				continue
			}
			for _, path := range []string{rel, fs.Beside(rel)} {
				if owner, taken := owners[path]; taken && owner != name {
					t.Fatalf("%q and %q share path %q", owner, name, path)
				}
				owners[path] = name
			}
			// Below a file there is room only for what has a name below it.
			for dir := rel; strings.Contains(dir, "/"); {
				dir = dir[:strings.LastIndexByte(dir, '/')]
				if owner, taken := owners[dir]; taken && !strings.HasPrefix(name, owner+"/") {
					t.Fatalf("%q at %q is in the way of %q at %q", owner, dir, name, rel)
				}
			}
		}
	})
}

// TestWalkInNameOrder plays the walk of a listing: entries decoded one by one,
// files sorted by key, directories by what they stand for.
func TestWalkInNameOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		paths := map[string]string{}
		for _, name := range rapid.SliceOfN(names(), 1, 20).Draw(t, "names") {
			if rel, ok := encodes(t, name); ok {
				paths[name] = rel
			}
		}
		if len(paths) == 0 {
			return
		}
		root := &tree{}
		for name, rel := range paths {
			if hasBelow(paths, name) {
				rel = fs.Beside(rel)
			}
			root.put(rel)
		}
		got := root.walk(t)
		want := []string{}
		for name := range paths {
			want = append(want, name)
		}
		slices.Sort(want)
		if !slices.IsSorted(root.lowerBounds) || !slices.Equal(got, want) {
			t.Fatalf("walked %q, want %q", got, want)
		}
	})
}

func hasBelow(paths map[string]string, name string) bool {
	for other := range paths {
		if strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}

// tree is a directory tree; leaves have no children.
type tree struct {
	children    map[string]*tree
	lowerBounds []string // keys in the order in which walk met them
}

func (n *tree) put(rel string) {
	for _, component := range strings.Split(rel, "/") {
		if n.children == nil {
			n.children = map[string]*tree{}
		}
		if n.children[component] == nil {
			n.children[component] = &tree{}
		}
		n = n.children[component]
	}
}

// walk returns the names below n in order: a directory stands for its lower
// bound and is opened when that comes up.
func (n *tree) walk(t *rapid.T) []string {
	type item struct {
		key, dir string
		node     *tree
	}
	var out []string
	queue := []item{{node: n}}
	for len(queue) > 0 {
		slices.SortStableFunc(queue, func(a, b item) int { return cmp.Compare(a.key, b.key) })
		head := queue[0]
		queue = queue[1:]
		n.lowerBounds = append(n.lowerBounds, head.key)
		if head.node.children == nil {
			name, _, err := fs.Decode(strings.TrimPrefix(head.dir, "/"))
			if err != nil || name != head.key {
				t.Fatalf("path %q walked as %q, decoded as %q, %v", head.dir, head.key, name, err)
			}
			out = append(out, name)
			continue
		}
		for entry, child := range head.node.children {
			text, kind, ok := fs.DecodeEntry(entry, child.children != nil)
			if !ok {
				t.Fatalf("entry %q is foreign", entry)
			}
			key := head.key + text
			if child.children != nil && kind == fs.Plain {
				key += "/"
			}
			queue = append(queue, item{key, head.dir + "/" + entry, child})
		}
	}
	return out
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// encodes returns the path of name, if it is one that has a path; anything
// else must be refused.
func encodes(t fataler, name string) (string, bool) {
	t.Helper()
	rel, err := fs.Encode(name)
	legal := name != "" && len(name) <= fs.MaxName && !strings.ContainsRune(name, 0) &&
		!slices.Contains(strings.Split(name, "/"), "..")
	if legal != (err == nil) {
		t.Fatalf("Encode(%q) = %q, %v", name, rel, err)
	}
	return rel, legal
}

// checkPath checks the path of name for what every path must be.
func checkPath(t fataler, name, rel string) {
	t.Helper()
	if len(rel)+1 > fs.MaxEncoded {
		t.Fatalf("path of %d bytes, want at most %d: %q", len(rel), fs.MaxEncoded-1, rel)
	}
	for _, component := range strings.Split(rel, "/") {
		if component == "" || component == "." || component == ".." || len(component) > 203 {
			t.Fatalf("component %q in path %q of %q", component, rel, name)
		}
	}
	for path, want := range map[string]fs.NameKind{rel: fs.Plain, fs.Beside(rel): fs.Aside} {
		back, kind, err := fs.Decode(path)
		if err != nil || back != name || kind != want {
			t.Fatalf("Decode(%q) = %q, %v, %v; want %q, %v", path, back, kind, err, name, want)
		}
	}
}

// checkForeign checks that a path is refused or is the path of its name.
func checkForeign(t fataler, path string) {
	t.Helper()
	name, kind, err := fs.Decode(path)
	if err != nil {
		return
	}
	rel, err := fs.Encode(name)
	if kind == fs.Aside {
		rel = fs.Beside(rel)
	}
	if err != nil || rel != path {
		t.Fatalf("Decode(%q) = %q, which encodes to %q, %v", path, name, rel, err)
	}
}

func FuzzEncode(f *testing.F) {
	for _, name := range []string{"a", "a//b", "./a", "%", "\xff/\n", strings.Repeat("%", 300), strings.Repeat("ä", 300)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if rel, ok := encodes(t, name); ok {
			checkPath(t, name, rel)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, path := range []string{"a", "a%", "%_/%2E", "%25%", strings.Repeat("x", 200) + "%+/y", "a%+/b", "%%"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) { checkForeign(t, path) })
}

func BenchmarkEncodeOrdinary(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = fs.Encode("train/imagenet/shard-000123.tar")
	}
}
