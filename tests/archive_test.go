package tests

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aistore/aistest"
	"aistore/api"
	"aistore/api/wire"
	"aistore/cmd/ais/command"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/run"
)

func shardExtensions() []string { return []string{".tar", ".tgz", ".tar.gz", ".tar.lz4", ".zip"} }

// putMember puts a member at the end of an archive, which is made if need be.
func putMember(ctx context.Context, client *api.Client, b wire.Bucket, shard, member string, content []byte) error {
	_, err := client.PutBytes(ctx, b, shard, content, api.PutOptions{Member: member, MemberMode: wire.MemberAppendsOrCreates})
	return err
}

func getMember(ctx context.Context, client *api.Client, b wire.Bucket, shard, member string) ([]byte, error) {
	r, err := client.GetMember(ctx, b, shard, api.MemberOptions{Path: member})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// selected reads the members of an archive that match, name and content.
func selected(t *testing.T, client *api.Client, b wire.Bucket, shard string, o api.MemberOptions) (files []string) {
	t.Helper()
	r, err := client.GetMember(t.Context(), b, shard, o)
	check.NoError(t, err)
	defer r.Close()
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err == io.EOF {
			return files
		}
		check.NoError(t, err)
		content, err := io.ReadAll(in)
		check.NoError(t, err)
		files = append(files, h.Name+"="+string(content))
	}
}

func TestSmokeArchives(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 3})
	b := c.NewBucket(nil)
	proxied := c.NewClient(api.Options{ViaProxy: true})
	t.Cleanup(proxied.Close)
	large := payload("large", 1, 300<<10)
	var want []string
	for _, extension := range shardExtensions() {
		shard := "train/shard" + extension
		for _, client := range []*api.Client{c.Client(), proxied} {
			check.ErrorIs(t, func() error { _, err := getMember(t.Context(), client, b, shard, "cats/1.txt"); return err }(), errs.NotFound)
			_, err := client.PutBytes(t.Context(), b, shard, []byte("x"), api.PutOptions{Member: "m", MemberMode: wire.MemberAppends})
			check.ErrorIs(t, err, errs.NotFound)
			check.NoError(t, putMember(t.Context(), client, b, shard, "cats/1.txt", []byte("meow")))
			check.NoError(t, putMember(t.Context(), client, b, shard, "cats/1.cls", []byte("3")))
			check.NoError(t, putMember(t.Context(), client, b, shard, "large", large))
			check.ErrorIs(t, putMember(t.Context(), client, b, shard, "large", large), errs.Exists)
			got, err := getMember(t.Context(), client, b, shard, "large")
			check.NoError(t, err)
			check.Equal(t, bytes.Equal(got, large), true)
			head, err := client.HeadMember(t.Context(), b, shard, api.MemberOptions{Path: "cats/1.txt"})
			check.NoError(t, err)
			check.Equal(t, head.Size, int64(4))
			check.Equal(t, head.Version, "3")
			check.Equal(t, selected(t, client, b, shard, api.MemberOptions{Pattern: "cats/1", Match: wire.MatchSampleKey}),
				[]string{"cats/1.txt=meow", "cats/1.cls=3"})
			_, err = client.GetMember(t.Context(), b, shard, api.MemberOptions{Pattern: "dog"})
			check.ErrorIs(t, err, errs.NotFound)
			_, err = client.GetMember(t.Context(), b, shard, api.MemberOptions{Path: "a", Pattern: "dog"})
			check.ErrorIs(t, err, errs.Invalid)
			if client == c.Client() {
				check.NoError(t, client.Delete(t.Context(), b, shard))
			}
		}
		want = append(want, shard, shard+"/cats/1.cls", shard+"/cats/1.txt", shard+"/large")
	}
	got := list(t, c, b, api.ListOptions{Flags: wire.ListArchives, PageSize: 3})
	check.Equal(t, got, sorted(want))
	check.Equal(t, len(list(t, c, b, api.ListOptions{})), len(shardExtensions()))
}

// TestArchiveCommands drives the command line.
func TestArchiveCommands(t *testing.T) {
	t.Parallel()
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	dir := t.TempDir()
	check.NoError(t, os.WriteFile(filepath.Join(dir, "cat.txt"), []byte("meow"), 0o644))
	ais := func(args ...string) string {
		t.Helper()
		var out strings.Builder
		tool := command.New(command.Environment{
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Patience: time.Millisecond,
			Getenv: func(name string) string { return map[string]string{"AIS_ENDPOINT": c.URL()}[name] },
		})
		for i, arg := range args {
			args[i] = strings.NewReplacer("$DIR", dir, "$B", b.String()).Replace(arg)
		}
		if code := tool.Run(t.Context(), append([]string{"ais"}, args...)); code != 0 {
			fmt.Fprintf(&out, "exit %d\n", code)
		}
		return strings.NewReplacer(dir, "$DIR", b.String(), "$B").Replace(out.String())
	}
	for _, row := range []struct{ command, want string }{
		{"archive put $DIR/cat.txt $B/s.tar", "$DIR/cat.txt => $B/s.tar/cat.txt\n"},
		{"archive put $DIR/cat.txt $B/s.tar/cats/1.txt --append", "$DIR/cat.txt => $B/s.tar/cats/1.txt\n"},
		{"put $DIR/cat.txt $B/s.tar --archpath cats/2.txt", "$DIR/cat.txt => $B/s.tar/cats/2.txt\n"},
		{"archive put $DIR/cat.txt $B/s.tar", "already has a member cat.txt"},
		{"archive put $DIR/cat.txt $B/none.zip --append", "exit 3"},
		{"archive put $DIR/cat.txt $B/new.zip --create", "$DIR/cat.txt => $B/new.zip/cat.txt\n"},
		{"archive put - $B/new.zip", "exit 2"},
		{"put $DIR/cat.txt $B/x --append", "exit 2"},
		{"archive get $B/s.tar/cats/1.txt -", "meow"},
		{"get $B/s.tar --archpath cats/2.txt $DIR/two.txt", "$B/s.tar/cats/2.txt => $DIR/two.txt\n"},
		{"archive get $B/s.tar --archregx cats --archmode prefix $DIR", "$B/s.tar => $DIR/s.tar\n"},
		{"archive get $B/s.tar", "exit 2"},
		{"archive get $B/s.tar/none -", "exit 3"},
		{"get $B/s.tar --archpath a --offset 1", "exit 2"},
		{"archive ls $B/s.tar -H --props name", "s.tar\ns.tar/cat.txt\ns.tar/cats/1.txt\ns.tar/cats/2.txt\n"},
		{"ls $B --archive -H --props name", "new.zip\nnew.zip/cat.txt\ns.tar\ns.tar/cat.txt\ns.tar/cats/1.txt\ns.tar/cats/2.txt\n"},
		{"ls $B -H --props name", "new.zip\ns.tar\n"},
	} {
		got := ais(strings.Fields(row.command)...)
		whole := strings.HasSuffix(row.want, "\n")
		if whole && got != row.want || !strings.Contains(got, row.want) {
			t.Errorf("ais %s: %s", row.command, got)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "two.txt"))
	check.NoError(t, err)
	check.Equal(t, string(text), "meow")
}

// TestArchiveModel does random things to archives in virtual time, with restarts
// and joins between, and compares the cluster with what must be in it.
func TestArchiveModel(t *testing.T) {
	t.Parallel()
	const runs, steps = 2, 150
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range uint64(runs) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, i))
			aistest.Virtual(t, aistest.Options{Targets: 1 + random.IntN(2)}, func(t *testing.T, c *aistest.Cluster) {
				m := &archiveModel{t: t, c: c, b: c.NewBucket(nil), random: random, shards: map[string][]string{}}
				for range steps {
					m.step()
				}
				m.list()
			})
		})
	}
}

// archiveModel is a bucket of archives beside what must be in it: of each archive
// its members, as "name=content", in their order.
type archiveModel struct {
	t      *testing.T
	c      *aistest.Cluster
	b      wire.Bucket
	random *rand.Rand
	shards map[string][]string
	writes int
	joins  int
}

func (m *archiveModel) step() {
	m.t.Helper()
	shard := fmt.Sprintf("d/s%d%s", m.random.IntN(2), shardExtensions()[m.random.IntN(5)])
	member := []string{"a", "b/c.x", "b/c.y", "z"}[m.random.IntN(4)]
	m.writes++
	content := strings.Repeat(fmt.Sprintf("%d ", m.writes), 1+m.random.IntN(3000))
	switch n := m.random.IntN(100); {
	case n < 40:
		m.put(shard, member, content, wire.MemberAppendsOrCreates)
	case n < 45:
		m.put(shard, member, content, wire.MemberAppends)
	case n < 50:
		m.put(shard, member, content, wire.MemberCreates)
	case n < 55:
		m.remove(shard)
	case n < 75:
		m.look(shard, member)
	case n < 85:
		m.match(shard)
	case n < 92:
		m.list()
	case n < 96 && m.joins < 1:
		m.joins++
		m.c.AddTarget()
	default:
		nodes := m.c.Targets()[:1]
		if m.random.IntN(2) == 0 {
			m.c.Kill(nodes...)
		} else {
			m.c.Stop(nodes...)
		}
		m.c.Restart(nodes...)
	}
}

func (m *archiveModel) put(shard, member, content string, mode wire.MemberMode) {
	m.t.Helper()
	have, exists := m.shards[shard]
	_, err := m.c.Client().PutBytes(m.t.Context(), m.b, shard, []byte(content), api.PutOptions{Member: member, MemberMode: mode})
	switch {
	case mode == wire.MemberCreates:
		have = nil
	case mode == wire.MemberAppends && !exists:
		check.ErrorIs(m.t, err, errs.NotFound)
		return
	case slices.ContainsFunc(have, func(f string) bool { return strings.HasPrefix(f, member+"=") }):
		check.ErrorIs(m.t, err, errs.Exists)
		return
	}
	check.NoError(m.t, err)
	m.shards[shard] = append(slices.Clone(have), member+"="+content)
}

func (m *archiveModel) remove(shard string) {
	m.t.Helper()
	err := m.c.Client().Delete(m.t.Context(), m.b, shard)
	if _, exists := m.shards[shard]; !exists {
		check.ErrorIs(m.t, err, errs.NotFound)
		return
	}
	check.NoError(m.t, err)
	delete(m.shards, shard)
}

func (m *archiveModel) look(shard, member string) {
	m.t.Helper()
	got, err := getMember(m.t.Context(), m.c.Client(), m.b, shard, member)
	for _, f := range m.shards[shard] {
		if name, want, _ := strings.Cut(f, "="); name == member {
			check.NoError(m.t, err)
			check.Equal(m.t, string(got), want)
			return
		}
	}
	check.ErrorIs(m.t, err, errs.NotFound)
}

func (m *archiveModel) match(shard string) {
	m.t.Helper()
	var want []string
	for _, f := range m.shards[shard] {
		if strings.HasPrefix(f, "b/") {
			want = append(want, f)
		}
	}
	o := api.MemberOptions{Pattern: "b/", Match: wire.MatchPrefix}
	if len(want) == 0 {
		_, err := m.c.Client().GetMember(m.t.Context(), m.b, shard, o)
		check.ErrorIs(m.t, err, errs.NotFound)
		return
	}
	check.Equal(m.t, selected(m.t, m.c.Client(), m.b, shard, o), want)
}

func (m *archiveModel) list() {
	m.t.Helper()
	var want []string
	for shard, members := range maps.All(m.shards) {
		want = append(want, shard)
		for _, f := range members {
			name, _, _ := strings.Cut(f, "=")
			want = append(want, shard+"/"+name)
		}
	}
	o := api.ListOptions{Flags: wire.ListArchives, PageSize: 1 + m.random.IntN(9)}
	check.Equal(m.t, list(m.t, m.c, m.b, o), sorted(want))
}

// TestArchiveAppendsSurviveKills appends to few archives from many sides while
// targets are killed: what was acknowledged is there, once, and nothing that
// nobody put.
func TestArchiveAppendsSurviveKills(t *testing.T) {
	t.Parallel()
	const writers, members = 4, 30
	c := aistest.Start(t, aistest.Options{Targets: 2})
	b := c.NewBucket(nil)
	shards := []string{"s.tar", "s.tgz", "s.zip"}
	acknowledged := make([]map[string]bool, writers) // by writer: "shard/member"
	var group run.Group
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for writer := range writers {
		acknowledged[writer] = map[string]bool{}
		group.Go(func() {
			for i := range members {
				shard, member := shards[(i+writer)%len(shards)], fmt.Sprintf("w%d/%03d", writer, i)
				if appendUntilDone(ctx, c, b, shard, member) {
					acknowledged[writer][shard+"/"+member] = true
				}
			}
		})
	}
	for i := range 4 {
		n := c.Target(i % 2)
		c.Kill(n)
		c.Restart(n)
	}
	group.Wait()
	c.Settle()
	listed := map[string]bool{}
	for _, name := range list(t, c, b, api.ListOptions{Flags: wire.ListArchives, PageSize: 7}) {
		if listed[name] {
			t.Fatalf("%s is listed twice", name)
		}
		listed[name] = true
	}
	count := 0
	for _, mine := range acknowledged {
		for name := range mine {
			count++
			shard, member, _ := strings.Cut(name, "/")
			got, err := getMember(t.Context(), c.Client(), b, shard, member)
			check.NoError(t, err)
			check.Equal(t, string(got), member)
			check.Equal(t, listed[name], true)
		}
	}
	if count < writers*members/2 {
		t.Fatalf("only %d appends were acknowledged", count)
	}
}

// appendUntilDone appends a member whose content is its name, again while nobody
// knows whether it was, and reports whether it is there.
func appendUntilDone(ctx context.Context, c *aistest.Cluster, b wire.Bucket, shard, member string) bool {
	for range 200 {
		try, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := putMember(try, c.Client(), b, shard, member, []byte(member))
		cancel()
		switch {
		case err == nil, isKind(err, errs.Exists) && errs.CodeOf(err) == errs.CodeExists:
			return true
		case ctx.Err() != nil:
			return false
		}
	}
	return false
}
