package fstest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"aistore/fs"
	"aistore/internal/check"
	"aistore/internal/run"
)

func raceRows() []row {
	return []row{
		{"CloseMeetsReads", closeMeetsReads},
		{"ConcurrentMakeDirs", concurrentMakeDirs},
	}
}

// closeMeetsReads closes files under readers while others are opened, whose
// descriptors have the same numbers: nobody may read another file's bytes.
func closeMeetsReads(t *testing.T, d disk) {
	const rounds, readers = 60, 4
	for i := range 8 {
		d.put(t, fmt.Sprint(i), strings.Repeat(fmt.Sprint(i), 64))
	}
	var group run.Group
	defer group.Wait()
	for i := range 8 {
		group.Go(func() {
			for range rounds {
				d.readUntilClosed(t, fmt.Sprint(i), readers)
			}
		})
	}
}

// readUntilClosed opens name, reads it by several goroutines, and closes it
// in between.
func (d disk) readUntilClosed(t *testing.T, name string, readers int) {
	file, err := d.Open(d.at(name))
	if err != nil {
		t.Error(err)
		return
	}
	var group run.Group
	for range readers {
		group.Go(func() {
			for {
				buf := make([]byte, 64)
				_, err := file.ReadAt(buf, 0)
				if errors.Is(err, fs.ErrClosed) {
					return
				}
				if err != nil || string(buf) != strings.Repeat(name, 64) {
					t.Errorf("file %s reads %q, %v", name, buf, err)
					return
				}
			}
		})
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
}

func concurrentMakeDirs(t *testing.T, d disk) {
	results := make([][]string, 8)
	var group run.Group
	for i := range results {
		group.Go(func() {
			created, err := fs.MakeDirs(d, d.dir, "a/b/c/d")
			if err != nil {
				t.Error(err)
			}
			results[i] = created
		})
	}
	group.Wait()
	made := map[string]int{}
	for _, created := range results {
		for _, dir := range created {
			made[dir]++
		}
	}
	check.Equal(t, made, map[string]int{d.at("a"): 1, d.at("a/b"): 1, d.at("a/b/c"): 1, d.at("a/b/c/d"): 1})
}
