package jsonfile_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/jsonfile"
)

type state struct {
	Name   string `json:"name"`
	Number int    `json:"number"`
}

func TestSaveAndLoadOnTheRealFileSystem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	for _, want := range []state{{"one", 1}, {"two <&>", 2}} {
		check.NoError(t, jsonfile.Save(jsonfile.OS{}, path, 3, want))
		var got state
		format, err := jsonfile.Load(jsonfile.OS{}, path, 4, &got)
		check.NoError(t, err)
		check.Equal(t, format, 3)
		check.Equal(t, got, want)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	check.NoError(t, err)
	check.Equal(t, len(entries), 1) // nothing temporary remains
}

func TestTheFileReadsAsDocumented(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	check.NoError(t, jsonfile.Save(jsonfile.OS{}, path, 3, state{"one", 1}))
	content, err := os.ReadFile(path)
	check.NoError(t, err)
	check.Equal(t, string(content), "{\"format\":3,\"checksum\":\"717ed8d2\",\"data\":{\"name\":\"one\",\"number\":1}}\n")
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	check.NoError(t, jsonfile.Save(jsonfile.OS{}, path, 3, state{"one", 1}))
	good, err := os.ReadFile(path)
	check.NoError(t, err)
	tests := []struct {
		name, content string
		maxFormat     int
		want          errs.Kind
	}{
		{"damaged data", strings.Replace(string(good), "one", "two", 1), 3, errs.Corrupt},
		{"cut short", string(good[:len(good)-3]), 3, errs.Corrupt},
		{"empty", "", 3, errs.Corrupt},
		{"no checksum", `{"name":"one","number":1}`, 3, errs.Corrupt},
		{"of a newer release", string(good), 2, errs.Unsupported},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			other := filepath.Join(t.TempDir(), "state.json")
			check.NoError(t, os.WriteFile(other, []byte(test.content), 0o600))
			_, err := jsonfile.Load(jsonfile.OS{}, other, test.maxFormat, &state{})
			check.ErrorIs(t, err, test.want)
		})
	}
	_, err = jsonfile.Load(jsonfile.OS{}, path+".none", 3, &state{})
	check.ErrorIs(t, err, errs.NotFound)
	check.ErrorIs(t, err, os.ErrNotExist)
	var wrong []int
	_, err = jsonfile.Load(jsonfile.OS{}, path, 3, &wrong)
	check.ErrorIs(t, err, errs.Corrupt)
	check.ErrorIs(t, jsonfile.Save(jsonfile.OS{}, path, 3, func() {}), errs.Invalid)
}

func TestSaveSurvivesPowerLossAfterEachOperation(t *testing.T) {
	const path, operations, seeds = "/conf/state.json", 8, 40
	before, after := state{"before", 1}, state{strings.Repeat("after ", 50), 2}
	finished := false
	for left := range operations {
		for seed := range uint64(seeds) {
			disk := newCrashFS()
			check.NoError(t, jsonfile.Save(disk, path, 1, before))
			disk.left = left
			err := jsonfile.Save(disk, path, 1, after)
			for _, random := range []*rand.Rand{nil, rand.New(rand.NewPCG(seed, 0))} {
				back := disk.afterLoss(random)
				var got state
				if _, loadErr := jsonfile.Load(back, path, 1, &got); loadErr != nil {
					t.Fatalf("after %d operations, seed %d: %v", left, seed, loadErr)
				}
				if got != after && (err == nil || got != before) {
					t.Fatalf("after %d operations, seed %d: Save said %v, Load %v", left, seed, err, got)
				}
				check.NoError(t, jsonfile.Save(back, path, 1, after)) // leftovers are in nobody's way
			}
			finished = finished || err == nil
			if err != nil && !errors.Is(err, errPowerLost) {
				t.Fatal(err)
			}
		}
	}
	check.Equal(t, finished, true) // else there are more operations than we looked at
}

func TestSaveOnAFullDiskKeepsTheOldValue(t *testing.T) {
	const path = "/conf/state.json"
	disk := newCrashFS()
	check.NoError(t, jsonfile.Save(disk, path, 1, state{"old", 1}))
	disk.full = true
	if err := jsonfile.Save(disk, path, 1, state{"new", 2}); err == nil {
		t.Fatal("saved on a full disk")
	}
	var got state
	_, err := jsonfile.Load(disk, path, 1, &got)
	check.NoError(t, err)
	check.Equal(t, got, state{"old", 1})
	check.Equal(t, len(disk.entries), 1) // nothing temporary remains
}
