package store

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"aistore/internal/check"
)

func TestWhatIsRemovedIsNotDurable(t *testing.T) {
	t.Parallel()
	removal := func(d *durableDirs) { d.beginRemoval("/x", false) }
	rows := []struct {
		name                  string
		before, within, after func(d *durableDirs) // of the syncs
		known                 bool
	}{
		{"undisturbed", nil, nil, nil, true},
		{"removed before", func(d *durableDirs) { removal(d); d.endRemoval() }, nil, nil, true},
		{"removal began before", removal, nil, nil, false},
		{"removal ended within", removal, (*durableDirs).endRemoval, nil, false},
		{"removed within", nil, func(d *durableDirs) { removal(d); d.endRemoval() }, nil, false},
		{"removal began within", nil, removal, nil, false},
		{"removed after", nil, nil, removal, false},
		{"another removed after", nil, nil, func(d *durableDirs) { d.beginRemoval("/y", false) }, true},
		{"above removed after", nil, nil, func(d *durableDirs) { d.beginRemoval("/", true) }, false},
	}
	for _, row := range rows {
		var d durableDirs
		run := func(do func(*durableDirs)) {
			if do != nil {
				do(&d)
			}
		}
		run(row.before)
		epoch := d.begin()
		run(row.within)
		d.add([]string{"/x"}, epoch)
		run(row.after)
		if d.has("/x") != row.known {
			t.Errorf("%s: known is %v", row.name, d.has("/x"))
		}
	}
}

func TestKnownDirectoriesAreBounded(t *testing.T) {
	t.Parallel()
	var d durableDirs
	for i := range 3 * maxKnownDirs {
		d.add([]string{string(rune(i + 0x10000))}, 0)
		if len(d.known) > maxKnownDirs {
			t.Fatalf("%d directories are known", len(d.known))
		}
	}
}

func TestSyncsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s dirSyncs
		var calls int
		turn := make(chan error) // lets one sync return
		do := func(string) error {
			calls++
			return <-turn
		}
		failed := errors.New("broken")
		var group sync.WaitGroup
		results := make([]error, 4)
		for i := range results {
			group.Go(func() { results[i] = s.sync("/d", do) })
			synctest.Wait() // the first is at it, the others want what comes after
		}
		check.Equal(t, calls, 1)
		turn <- nil
		synctest.Wait()
		check.Equal(t, calls, 2) // one for all the others
		turn <- failed
		group.Wait()
		check.Equal(t, results[0], nil)
		for _, err := range results[1:] {
			check.ErrorIs(t, err, failed)
		}
		check.Equal(t, calls, 2)
		check.Equal(t, len(s.rounds), 0)
	})
}
