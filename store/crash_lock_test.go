package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/errs"
	"aistore/store"
)

// retainUntil is a retention by governance until a year.
func retainUntil(year int) store.Retention {
	return store.Retention{Mode: store.RetentionGovernance, Until: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// showLock is how a story writes what locks a version.
func showLock(r store.Retention) string {
	if r.IsZero() {
		return ""
	}
	shown := ""
	if r.Mode != store.RetentionNone {
		shown = fmt.Sprint(r.Mode, " ", r.Until.UTC().Year())
	}
	if r.Hold {
		shown += " held"
	}
	return shown
}

// putRetained is a write that brings a retention.
func putRetained(name, text string, retention store.Retention) change {
	put := putVersionAs(name, text, store.WriteOptions{Retention: retention})
	unlocked := put.apply
	put.apply = func(h histories, mode string) {
		unlocked(h, mode)
		h[name][0].lock = showLock(retention)
	}
	return put
}

// lockAt changes the lock of the version at a place.
func lockAt(name string, at int, lock store.Retention, by store.Bypass) change {
	return change{
		do: func(r *rig) error {
			return updateAt(r, name, at, by, func(rec *store.Record) { rec.Retention = lock })
		},
		apply:   func(h histories, _ string) { h[name][at].lock = showLock(lock) },
		repeats: true,
	}
}

// refusedFor makes of a change one that has to be refused because of a lock, and so
// changes nothing.
func refusedFor(ch change) change {
	return change{
		do: func(r *rig) error {
			switch err := ch.do(r); {
			case err == nil:
				return errNotRefused
			case errs.CodeOf(err) != errs.CodeLocked:
				return err
			}
			return nil
		},
		apply: func(histories, string) {},
	}
}

var errNotRefused = errors.New("a locked version was changed")

// deleteUnlocked deletes the version at a place, which has to be refused if it is
// locked.
func deleteUnlocked(name string, at int) change {
	return change{
		do: func(r *rig) error {
			all, err := r.Versions(context.Background(), r.name(name))
			if err != nil {
				return err
			}
			if all[at].Retention.IsZero() {
				return deleteAt(name, at).do(r)
			}
			return refusedFor(deleteAt(name, at)).do(r)
		},
		apply: func(h histories, _ string) {
			if h[name][at].lock == "" {
				h[name] = slices.Delete(h[name], at, at+1)
			}
		},
	}
}

// deletePast deletes the version at a place against its governance.
func deletePast(name string, at int) change {
	ch := deleteAt(name, at)
	ch.do = func(r *rig) error { return removeAt(r, name, at, store.BypassGovernance) }
	return ch
}

func lockStories() []versionStory {
	const nobody, governor = store.BypassNothing, store.BypassGovernance
	on, suspended := switchTo(wire.HistoryEnabled), switchTo(wire.HistorySuspended)
	list := func(all ...change) []change { return all }
	put, del := putVersion, func(name string) change { return deleteLatest(name, false) }
	none, soon, later := store.Retention{}, retainUntil(2099), retainUntil(2100)
	held, both := store.Retention{Hold: true}, store.Retention{Mode: soon.Mode, Until: soon.Until, Hold: true}
	chunked := uploadOf("d/a", "first part", "second part")
	forever := store.Retention{Mode: store.RetentionCompliance, Until: soon.Until}
	return []versionStory{
		{"put with a retention", list(on), list(putRetained("d/a", "one", soon), refusedFor(deleteAt("d/a", 0)), putRetained("d/a", "two", both))},
		{"retention", list(on, put("d/a", "one")), list(lockAt("d/a", 0, soon, nobody), lockAt("d/a", 0, later, nobody), refusedFor(deleteAt("d/a", 0)))},
		{"retention of an older version", list(on, put("d/a", "one"), put("d/a", "two")), list(lockAt("d/a", 1, soon, nobody), refusedFor(deleteAt("d/a", 1)), deleteAt("d/a", 0))},
		{"retention shortened", list(on, putRetained("d/a", "one", later)), list(refusedFor(lockAt("d/a", 0, soon, nobody)), lockAt("d/a", 0, soon, governor), lockAt("d/a", 0, none, governor), deleteAt("d/a", 0))},
		{"governance bypassed", list(on, putRetained("d/a", "one", soon), putRetained("d/a", "two", soon)), list(deletePast("d/a", 0), deletePast("d/a", 0))},
		{"compliance", list(on, putRetained("d/a", "one", soon)), list(refusedFor(lockAt("d/a", 0, forever, nobody)), lockAt("d/a", 0, forever, governor), refusedFor(lockAt("d/a", 0, none, governor)), refusedFor(deletePast("d/a", 0)), del("d/a"))},
		{"legal hold", list(on, put("d/a", "one")), list(lockAt("d/a", 0, held, nobody), refusedFor(deletePast("d/a", 0)), lockAt("d/a", 0, none, nobody), deleteAt("d/a", 0))},
		{"hold and retention", list(on, put("d/a", "one"), put("d/a", "two")), list(lockAt("d/a", 1, both, nobody), lockAt("d/a", 1, soon, nobody), refusedFor(deleteAt("d/a", 1)), lockAt("d/a", 1, both, nobody))},
		{"delete marker over a lock", list(on, putRetained("d/a", "one", soon)), list(del("d/a"), deleteAt("d/a", 0), refusedFor(deleteAt("d/a", 0)), put("d/a", "two"))},
		{"a locked version comes back", list(on, putRetained("d/a", "one", both), put("d/a", "two"), del("d/a")), list(deleteAt("d/a", 0), deleteAt("d/a", 0), refusedFor(deletePast("d/a", 0)))},
		{"a locked null version", list(put("d/a", "zero"), on, lockAt("d/a", 0, soon, nobody), put("d/a", "one"), suspended), list(refusedFor(put("d/a", "two")), refusedFor(del("d/a")), lockAt("d/a", 1, none, governor), put("d/a", "three"))},
		{"locks with spilled metadata", list(on, putVersionAs("d/a", "one", store.WriteOptions{Custom: large("x")})), list(lockAt("d/a", 0, soon, nobody), put("d/a", "two"), lockAt("d/a", 1, both, nobody), refusedFor(deleteAt("d/a", 1)))},
		{"complete over a locked version", append(list(on, putRetained("d/a", "one", soon)), chunked[:3]...), append(chunked[3:], refusedFor(deleteAt("d/a", 1)))},
	}
}

// TestCrashOfLocks changes locks, and what is locked, with a crash after every
// operation: a version that was locked is there and locked, and whoever deletes it
// after the crash is refused.
func TestCrashOfLocks(t *testing.T) { crashVersions(t, lockStories()) }
