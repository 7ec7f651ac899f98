package fs_test

import (
	"testing"

	"aistore/fs"
	"aistore/fs/fstest"
)

func TestOS(t *testing.T) {
	t.Parallel()
	fstest.Run(t, func(t *testing.T) (fs.FS, string) { return fs.NewOS(), t.TempDir() })
}
