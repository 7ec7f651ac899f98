package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/internal/check"
)

// The transcripts run against a fake; this is the round trip against nodes.
func TestRoundTripOnACluster(t *testing.T) {
	t.Parallel()
	cluster := aistest.Start(t, aistest.Options{Proxies: 2, Targets: 2})
	s := &session{t: t, dir: t.TempDir(), env: map[string]string{"AIS_ENDPOINT": cluster.URL()}}
	ais := func(line string) string { return s.run(t.Context(), strings.Fields(line)...) }
	for _, name := range []string{"a.jpg", "deep/b.jpg", "deep/er/c d.txt", "per%cent"} {
		path := filepath.Join(s.dir, "in", name)
		check.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check.NoError(t, os.WriteFile(path, []byte(name), 0o600))
	}

	check.Equal(t, ais("create ais://cli"), "\"ais://cli\" created\n")
	check.Equal(t, ais("create ais://cli"), "! Error: bucket \"ais://cli\" already exists\nexit 5\n")
	check.Contains(t, ais("put -r $DIR/in ais://cli/all --compute-checksum"), "Stored 4 objects")
	check.Equal(t, ais("ls ais://cli --props name -H"),
		"all/a.jpg\nall/deep/b.jpg\nall/deep/er/c d.txt\nall/per%cent\n")
	check.Equal(t, ais("ls ais://cli -nr --prefix all/ --props name -H"),
		"all/a.jpg\nall/deep/\nall/per%cent\n")
	check.Contains(t, ais("get ais://cli/all/ $DIR/out"), "Read 4 objects")
	check.Equal(t, s.files("out"), s.files("in"))
	check.Equal(t, ais("cat ais://cli/all/a.jpg --offset 2"), "jpg\n")
	check.Contains(t, ais("object show ais://cli/all/a.jpg"), "version   1\n")
	check.Contains(t, ais("bucket props set ais://cli mirror.enabled=true"), "\"mirror.enabled\" is now \"true\"")
	check.Contains(t, ais("show cluster"), "2 proxies, 2 targets")
	check.Contains(t, ais("show cluster smap target"), "no node")
	check.Contains(t, ais("show cluster smap"), "map version")
	check.Contains(t, ais("show cluster config log"), "log.level")
	check.Contains(t, ais("show config cluster log"), "log.level")
	check.Contains(t, ais("config cluster log.level=4"), "changed")
	check.Contains(t, ais("version"), "5.0")
	check.Contains(t, ais("rmb ais://cli"), "is not empty")
	check.Contains(t, ais("rm ais://cli --all -y --progress"), "Removed 4 objects\n")
	check.Equal(t, ais("rmb ais://cli"), "\"ais://cli\" destroyed\n")
	check.Contains(t, ais("ls ais://cli"), "does not exist")
}
