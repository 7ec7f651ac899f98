package fstest

import (
	"testing"

	"aistore/fs"
)

// New returns an FS under test and an empty directory on it, whose owner may
// set attributes named "user.…" of 2,000 bytes there. It cleans up by t.
type New func(t *testing.T) (fsys fs.FS, dir string)

// row is one claim.
type row struct {
	name string
	test func(t *testing.T, d disk)
}

// Run runs the acceptance suite, each claim on an FS of its own.
func Run(t *testing.T, newFS New) {
	t.Helper()
	for _, rows := range [][]row{fileRows(), directoryRows(), nameRows(), attributeRows(), raceRows()} {
		for _, r := range rows {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				fsys, dir := newFS(t)
				r.test(t, disk{FS: fsys, dir: dir})
			})
		}
	}
}
