package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"aistore/ais/node"
	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/internal/run"
	"aistore/store"
)

// namesOfAllKinds returns names that clients may create: every ASCII byte, each
// in front, in the middle, at the end and alone, and what has met a special
// rule somewhere.
func namesOfAllKinds() []string {
	names := []string{
		"a", "a/b", "a/b/c", "a%", "a%/b", "a//b", "a///b", "/a", "//a", "a-b", "a.b", "a.", ".a", "..a", "a..", "...", "a/...", "a/..b/c",
		"%", "%%", "%25", "%2F", "a%2Fb", "%2E%2E", "%00", "%_", "%+", "a%+", "a%+/b", "%zz",
		"?", "a?b=c", "#", "a#b", "a&b", "a=b", "a+b", "a b", " ", " a", "a ", "a;b", "a:b", "http://a/b", "@a", "@ais/#ns", "~", "~a", "a~/b", "a/~/b", "\\", "a\\b", "*", "[a]",
		"$trash", ".ais.lock", "%ob", "%wk/1.1", "v1/objects/b/o",
		"\t", "\n", "a\r\nb", "\x7f", "\x1b[0m",
		"ä", "日本語/ファイル", "😀", "e\u0301", "\u00e9", "\u202e", "\ufeffa", "a\u2028b",
		strings.Repeat("x", 200), strings.Repeat("x", 201), strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("x", 300) + "/y",
		strings.Repeat("%", 300), strings.Repeat("ä", 300), strings.Repeat("a/", 511) + "a", strings.Repeat("/", 1000) + "a",
		strings.Repeat("n", 1024), strings.Repeat("%", 1024), strings.Repeat("ö", 512),
	}
	for b := byte(1); b < 0x80; b++ {
		c := string(rune(b))
		names = append(names, c+"x", "x"+c+"y", "x"+c, "d"+c+"/"+c+"f", c)
	}
	return legal(names)
}

// randomNames returns n names of which many are each other's directories.
func randomNames(random *rand.Rand, n int) []string {
	parts := []string{"a", "b", "ab", "a b", "", "", "%", "a%", "%2F", "é", "😀", "x.y", "-", "..x", strings.Repeat("z", 210), "\x01", "\\", "+"}
	var names []string
	for range n {
		var name []string
		for range 1 + random.IntN(4) {
			part := parts[random.IntN(len(parts))]
			if random.IntN(4) == 0 {
				part += string(rune(1 + random.IntN(0x2ff)))
			}
			name = append(name, part)
		}
		names = append(names, strings.Join(name, "/"))
	}
	return legal(names)
}

// legal returns the names, each once, that the native interface creates.
func legal(names []string) []string {
	names = sorted(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return wire.ValidateNewObjectName(name) != nil })
}

// escapeAll returns an object's path in which every byte is escaped.
func escapeAll(b wire.Bucket, name string) string {
	var s strings.Builder
	for i := range len(name) {
		if name[i] == '/' && (i == 0 || name[i-1] != '/') {
			s.WriteByte('/') // as clients do
			continue
		}
		fmt.Fprintf(&s, "%%%02x", name[i])
	}
	return wire.PathObjects + "/" + b.Name + "/" + s.String() + "?provider=" + b.Provider
}

func TestNamesOfEveryKind(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	relaxed := wire.DurabilityRelaxed
	b := c.NewBucket(&wire.BucketPropsToSet{Durability: &relaxed})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	names := legal(append(namesOfAllKinds(), randomNames(rand.New(rand.NewPCG(seed, 0)), 400)...))
	if len(names) < 700 {
		t.Fatalf("only %d names", len(names))
	}
	client := c.Client()
	each(t, names, func(ctx context.Context, name string) error {
		_, err := client.PutBytes(ctx, b, name, payload(name, 1, 100), api.PutOptions{})
		return err
	})
	each(t, names, func(ctx context.Context, name string) error {
		data, _, err := client.GetBytes(ctx, b, name, nil, api.GetOptions{})
		if err == nil {
			_, err = checkPayload(name, data)
		}
		if err != nil {
			return err
		}
		_, err = client.Head(ctx, b, name)
		return err
	})
	// A redirect keeps a name, whatever the client escapes.
	for i := 0; i < len(names); i += 3 {
		a := do(t, c, request{path: escapeAll(b, names[i])})
		if a.status != http.StatusOK {
			t.Fatalf("%q: status %d: %s", names[i], a.status, a.body)
		}
		_, err := checkPayload(names[i], []byte(a.body))
		check.NoError(t, err)
	}
	check.Equal(t, list(t, c, b, api.ListOptions{}), names)
	check.Equal(t, list(t, c, b, api.ListOptions{PageSize: 13}), names)
	for _, prefix := range []string{"a", "a/", "%", "x", strings.Repeat("z", 205), "a b/", "/a", "é"} {
		want := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			return !strings.HasPrefix(name, strings.TrimPrefix(prefix, "/"))
		})
		check.Equal(t, list(t, c, b, api.ListOptions{Prefix: prefix, PageSize: 29}), want)
	}
	for _, after := range []int{0, 10, len(names) / 2, len(names) - 1} {
		check.Equal(t, list(t, c, b, api.ListOptions{StartAfter: names[after]}), append([]string(nil), names[after+1:]...))
	}
	each(t, names, func(ctx context.Context, name string) error { return client.Delete(ctx, b, name) })
	check.Equal(t, list(t, c, b, api.ListOptions{}), nil)
	each(t, names, func(ctx context.Context, name string) error {
		if _, err := client.Head(ctx, b, name); !errors.Is(err, errs.NotFound) {
			return fmt.Errorf("head of what is gone: %w", err)
		}
		return nil
	})
}

// each does something with all names, a few at a time.
func each(t *testing.T, names []string, do func(ctx context.Context, name string) error) {
	t.Helper()
	const atOnce = 8
	check.NoError(t, run.Each(t.Context(), atOnce, names, func(ctx context.Context, name string) error {
		if err := do(ctx, name); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
		return nil
	}))
}

func TestNamesInEachOthersWay(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	// In all orders: the file comes before the directory, or after it.
	for i, order := range [][]string{{"a", "a/b", "a/b/c"}, {"a/b/c", "a/b", "a"}, {"a/b", "a", "a/b/c"}} {
		var names []string
		for _, name := range order {
			name = fmt.Sprintf("%d/%s", i, name)
			put(t, c, b, name, 1, 100)
			names = append(names, name)
		}
		for _, name := range names {
			check.Equal(t, get(t, c, b, name), 1)
			put(t, c, b, name, 2, 200)
			check.Equal(t, get(t, c, b, name), 2)
		}
		check.Equal(t, list(t, c, b, api.ListOptions{Prefix: fmt.Sprintf("%d/", i)}), sorted(names))
		for j, name := range names {
			check.NoError(t, c.Client().Delete(t.Context(), b, name))
			missing(t, c, b, name)
			for _, left := range names[j+1:] {
				check.Equal(t, get(t, c, b, left), 2)
			}
		}
	}
	check.Equal(t, list(t, c, b, api.ListOptions{}), nil)
	check.Equal(t, len(c.Leftovers(b, fs.Objects)), 0)
}

// TestNamesOfOtherDoors has objects that the native interface does not create:
// it reads, lists and deletes them as any other.
func TestNamesOfOtherDoors(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{})
	b := c.NewBucket(nil)
	names := []string{".", "./a", "a/", "a/.", "a/./b", "a//", "b\xff", "b\xff/\xfe", "~/a", "/", "//"}
	target := c.Target(0)
	props, err := c.Client().HeadBucket(t.Context(), b)
	check.NoError(t, err)
	c.Stop(target)
	throughStore(t, target, func(s *store.Store) {
		for _, name := range names {
			w, err := s.Create(t.Context(), store.Name{Bucket: &cluster.Bucket{Bucket: b, Props: props}, Object: name}, store.WriteOptions{Size: -1})
			check.NoError(t, err)
			_, err = w.Write(payload(name, 1, 100))
			check.NoError(t, err)
			_, err = w.Commit(t.Context())
			check.NoError(t, err)
		}
	})
	c.Restart(target)
	for _, page := range []int{0, 1, 2} {
		check.Equal(t, list(t, c, b, api.ListOptions{PageSize: page}), sorted(names))
	}
	for _, name := range names {
		_, err := c.Client().PutBytes(t.Context(), b, name, nil, api.PutOptions{})
		check.ErrorIs(t, err, errs.Invalid)
		check.Equal(t, get(t, c, b, name), 1)
		a := do(t, c, request{path: escapeAll(b, name)})
		check.Equal(t, a.status, http.StatusOK)
		a = do(t, c, request{method: http.MethodHead, path: objectPath(b, name)})
		check.Equal(t, a.status, http.StatusOK)
		if utf8.ValidString(name) {
			check.Equal(t, a.header.Get(wire.HeaderName), name)
		}
		check.NoError(t, c.Client().Delete(t.Context(), b, name))
		missing(t, c, b, name)
	}
	check.Equal(t, list(t, c, b, api.ListOptions{}), nil)
}

// throughStore opens the objects of a target that is down.
func throughStore(t *testing.T, n *aistest.Node, do func(*store.Store)) {
	t.Helper()
	identity, err := node.OpenIdentity(n.ConfDir(), "")
	check.NoError(t, err)
	mounts, err := fs.OpenMounts(t.Context(), fs.MountOptions{FS: n.FS(), Paths: n.Mountpaths(), TargetID: n.ID(), Test: true})
	check.NoError(t, err)
	s, err := store.New(mounts, store.Options{Incarnation: identity.Incarnation})
	check.NoError(t, err)
	do(s)
	check.NoError(t, mounts.Close())
}
