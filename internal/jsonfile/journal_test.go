package jsonfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonfile"
)

const journal = "/conf/journal"

// open opens the journal and returns its entries as well.
func open(fsys jsonfile.FS, path string, format int) (*jsonfile.Journal, []string, error) {
	var entries []string
	j, err := jsonfile.OpenJournal(fsys, path, format, func(_ int, entry []byte) error {
		entries = append(entries, string(entry))
		return nil
	})
	return j, entries, err
}

func raw(entries ...string) [][]byte {
	list := make([][]byte, len(entries))
	for i, entry := range entries {
		list[i] = []byte(entry)
	}
	return list
}

func TestJournalKeepsWhatIsAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, entries, err := open(jsonfile.OS{}, path, 1)
	check.NoError(t, err)
	check.Equal(t, len(entries), 0)
	check.NoError(t, j.Append(raw("a")...))
	check.NoError(t, j.Append(raw("b", "", "c")...))
	check.NoError(t, j.Append())
	check.NoError(t, j.Close())
	check.NoError(t, j.Close())
	check.ErrorIs(t, j.Append(raw("late")...), errs.Conflict)
	check.ErrorIs(t, j.Rewrite(slices.Values(raw("late"))), errs.Conflict)

	j, entries, err = open(jsonfile.OS{}, path, 1)
	check.NoError(t, err)
	check.Equal(t, entries, []string{"a", "b", "", "c"})
	size := j.Size()
	check.NoError(t, j.Rewrite(slices.Values(raw("abc"))))
	check.Equal(t, j.Size() < size, true)
	check.NoError(t, j.Append(raw("d")...))
	check.NoError(t, j.Close())
	info, err := os.Stat(path)
	check.NoError(t, err)
	check.Equal(t, info.Size(), j.Size())

	_, entries, err = open(jsonfile.OS{}, path, 1)
	check.NoError(t, err)
	check.Equal(t, entries, []string{"abc", "d"})
}

func TestJournalOfAnotherFormat(t *testing.T) {
	disk := newCrashFS()
	j, _, err := open(disk, journal, 1)
	check.NoError(t, err)
	check.NoError(t, j.Append(raw("a")...))

	j, entries, err := open(disk, journal, 2)
	check.NoError(t, err)
	check.Equal(t, entries, []string{"a"})
	check.ErrorIs(t, j.Append(raw("b")...), errs.Conflict)
	check.NoError(t, j.Rewrite(slices.Values(raw("a2"))))
	check.NoError(t, j.Append(raw("b2")...))

	_, _, err = open(disk, journal, 1)
	check.ErrorIs(t, err, errs.Unsupported)
	_, entries, err = open(disk, journal, 2)
	check.NoError(t, err)
	check.Equal(t, entries, []string{"a2", "b2"})
}

func TestJournalPassesOnWhatReplaySays(t *testing.T) {
	disk := newCrashFS()
	j, _, err := open(disk, journal, 1)
	check.NoError(t, err)
	check.NoError(t, j.Append(raw("a")...))
	stop := errors.New("stop")
	_, err = jsonfile.OpenJournal(disk, journal, 1, func(int, []byte) error { return stop })
	check.ErrorIs(t, err, stop)
}

func TestJournalDropsATornTailAndRefusesDamageBeforeIt(t *testing.T) {
	whole := func() []byte {
		disk := newCrashFS()
		j, _, err := open(disk, journal, 1)
		check.NoError(t, err)
		for _, entry := range []string{"first", "second", "third"} {
			check.NoError(t, j.Append(raw(entry)...))
		}
		return disk.entries[journal].content
	}()
	const frame = 8 + 1 + len("third")
	for cut := 1; cut < frame; cut++ {
		entries, err := replayOf(whole[:len(whole)-cut])
		check.NoError(t, err)
		check.Equal(t, entries, []string{"first", "second"})
	}
	for i := range whole {
		damaged := slices.Clone(whole)
		damaged[i] ^= 0x40
		entries, err := replayOf(damaged)
		if i >= len(whole)-frame { // looks like a torn tail
			check.NoError(t, err)
			check.Equal(t, entries, []string{"first", "second"})
			continue
		}
		check.ErrorIs(t, err, errs.Corrupt)
	}
	entries, err := replayOf(append(slices.Clone(whole), make([]byte, 4096)...)) // grown, never written
	check.NoError(t, err)
	check.Equal(t, entries, []string{"first", "second", "third"})
	_, err = replayOf(nil)
	check.ErrorIs(t, err, errs.Corrupt)
}

func TestJournalSurvivesPowerLossAfterEachOperation(t *testing.T) {
	const operations, seeds = 24, 25
	for left := range operations {
		for seed := range uint64(seeds) {
			disk := newCrashFS()
			disk.left = left
			acknowledged, attempted := appendUntilPowerLoss(disk)
			for _, random := range []*rand.Rand{nil, rand.New(rand.NewPCG(seed, 0))} {
				back := disk.afterLoss(random)
				j, entries, err := open(back, journal, 1)
				check.NoError(t, err)
				if !slices.Equal(entries, acknowledged) && !slices.Equal(entries, attempted) {
					t.Fatalf("after %d operations, seed %d: found %q, acknowledged %q, attempted %q",
						left, seed, entries, acknowledged, attempted)
				}
				check.NoError(t, j.Append(raw("on it goes")...))
				_, again, err := open(back.afterLoss(nil), journal, 1)
				check.NoError(t, err)
				check.Equal(t, again, append(entries, "on it goes"))
			}
		}
	}
}

// appendUntilPowerLoss returns the entries that a journal must have, and those
// that it may have instead.
func appendUntilPowerLoss(disk *crashFS) (acknowledged, attempted []string) {
	j, _, err := open(disk, journal, 1)
	if err != nil {
		return nil, nil
	}
	for i := range 6 {
		entry := fmt.Sprint(i, bytes.Repeat([]byte("-"), 40))
		if attempted = append(slices.Clone(acknowledged), entry, "and"); i == 3 {
			attempted = []string{"compact"}
			err = j.Rewrite(slices.Values(raw(attempted...)))
		} else {
			err = j.Append(raw(entry, "and")...)
		}
		if err != nil {
			return acknowledged, attempted
		}
		acknowledged = attempted
	}
	return acknowledged, attempted
}

func TestJournalAfterAFailedWrite(t *testing.T) {
	disk := newCrashFS()
	j, _, err := open(disk, journal, 1)
	check.NoError(t, err)
	check.NoError(t, j.Append(raw("a")...))
	disk.full = true
	if j.Rewrite(slices.Values(raw("compact"))) == nil {
		t.Fatal("rewritten on a full disk")
	}
	disk.full = false
	check.NoError(t, j.Append(raw("b")...)) // a failed Rewrite leaves it as it was

	disk.full = true
	first := j.Append(raw("lost")...)
	disk.full = false
	if first == nil || j.Append(raw("c")...) == nil {
		t.Fatal("appended after a failed write, whose end nobody knows")
	}
	check.NoError(t, j.Rewrite(slices.Values(raw("a", "b"))))
	check.NoError(t, j.Append(raw("c")...))
	_, entries, err := open(disk, journal, 1)
	check.NoError(t, err)
	check.Equal(t, entries, []string{"a", "b", "c"})
}

// replayOf returns the entries of a journal with that content.
func replayOf(content []byte) ([]string, error) {
	disk := newCrashFS()
	disk.entries[journal] = &inode{content: content}
	_, entries, err := open(disk, journal, 1)
	return entries, err
}

func FuzzJournalReplay(f *testing.F) {
	disk := newCrashFS()
	j, _, err := open(disk, journal, 1)
	check.NoError(f, err)
	f.Add(slices.Clone(disk.entries[journal].content), []byte("x"))
	check.NoError(f, j.Append(raw("one", "two")...))
	f.Add(slices.Clone(disk.entries[journal].content), []byte(""))
	f.Add([]byte("aisjrnl\n"), []byte{0})
	f.Fuzz(func(t *testing.T, content, entry []byte) {
		disk := newCrashFS()
		disk.entries[journal] = &inode{content: slices.Clone(content)}
		j, before, err := open(disk, journal, 1)
		if err != nil {
			if kind := errs.KindOf(err); kind != errs.Corrupt && kind != errs.Unsupported {
				t.Fatal(err)
			}
			return
		}
		if errors.Is(j.Append(entry), errs.Conflict) {
			return // of an older format
		}
		_, after, err := open(disk, journal, 1)
		check.NoError(t, err)
		check.Equal(t, after, append(before, string(entry)))
	})
}
