package memfs_test

import (
	"testing"

	"aistore/fs"
	"aistore/fs/fstest"
	"aistore/fs/memfs"
	"aistore/internal/check"
)

func TestMemFS(t *testing.T) {
	t.Parallel()
	fstest.Run(t, func(t *testing.T) (fs.FS, string) {
		disk := memfs.New(memfs.Options{})
		check.NoError(t, disk.Mkdir("/dir"))
		return disk, "/dir"
	})
}
