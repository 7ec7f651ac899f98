package fs

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"aistore/internal/run"
)

const (
	refreshEvery = 10 * time.Second
	seenEvery    = time.Hour
	trashStep    = 256 // files removed before others get the disk
	shortestRest = time.Millisecond
)

// Run empties the trash, also what earlier runs have left there, reads the
// space of all mountpaths again and again, and checks the suspect ones. When
// ctx ends it closes the mountpaths, as Close does, and returns: it is the
// first part of a target to start and the last to stop.
func (m *Mounts) Run(ctx context.Context) error {
	err := run.Parts(ctx, []run.Named{
		{Name: "trash", Part: run.Func(m.emptyTrash)},
		{Name: "refresh", Part: run.Func(m.keepFresh)},
	})
	return errors.Join(err, m.Close())
}

// emptyTrash empties the trash of all mountpaths whenever there is something.
func (m *Mounts) emptyTrash(ctx context.Context) error {
	for ctx.Err() == nil {
		began := time.Now()
		if m.stepTrash(ctx) {
			// Half of the time is the clients'.
			sleep(ctx, max(time.Since(began), shortestRest))
			continue
		}
		select {
		case <-ctx.Done():
		case <-m.wake:
		}
	}
	return nil
}

// stepTrash removes a bounded number of files on each mountpath, and reports
// whether there are more.
func (m *Mounts) stepTrash(ctx context.Context) bool {
	var busy atomic.Bool
	all := m.Available()
	_ = run.Each(ctx, len(all), all, func(ctx context.Context, mp *Mountpath) error {
		more, err := mp.EmptyTrash(ctx, trashStep)
		if more {
			busy.Store(true)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			m.counters.trashErrors.Add(1)
			m.log.Warn("removed files cannot be deleted", "mountpath", mp.root, "err", err)
		}
		return nil
	})
	return busy.Load()
}

func (m *Mounts) keepFresh(ctx context.Context) error {
	seen := time.Now()
	for ctx.Err() == nil {
		sleep(ctx, m.options.Refresh)
		stamp := time.Since(seen) >= seenEvery
		if stamp {
			seen = time.Now()
		}
		all := m.Available()
		_ = run.Each(ctx, len(all), all, func(_ context.Context, mp *Mountpath) error {
			mp.keepFresh(stamp)
			return nil
		})
	}
	return nil
}

// keepFresh looks after one mountpath; stamp also notes that it is in use.
func (mp *Mountpath) keepFresh(stamp bool) {
	if mp.Suspected() != nil {
		_ = mp.Recheck() // it has logged what it found
		return
	}
	if err := mp.checkRoot(); err != nil {
		mp.Suspect(err)
		return
	}
	if _, err := mp.Refresh(); err != nil {
		mp.Suspect(err)
		return
	}
	if stamp {
		mp.stamp()
	}
}

// stamp notes in the id file that the mountpath is in use.
func (mp *Mountpath) stamp() {
	p := &prober{fsys: mp.fsys, root: mp.root}
	identity := mp.identity
	identity.Seen = time.Now()
	if err := p.saveIdentity(identity); err != nil {
		mp.log.Warn("id file cannot be written", "mountpath", mp.root, "err", err)
	}
}

// sleep waits, at most until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
