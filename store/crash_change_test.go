package store_test

import (
	"context"
	"slices"
	"strings"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/store"
)

// marker is how the tests write a delete marker.
const marker = "(deleted)"

// version is one version of a name as a story expects it.
type version struct {
	text string // marker is a delete marker
	null bool
	lock string // "" is none, see showLock
}

// histories are the versions of all names, latest first.
type histories map[string][]version

func (h histories) clone() histories {
	c := histories{}
	for name, all := range h {
		c[name] = slices.Clone(all)
	}
	return c
}

// add makes v the latest version; of null versions there is one.
func (h histories) add(name string, v version) {
	if v.null {
		h[name] = slices.DeleteFunc(h[name], func(other version) bool { return other.null })
	}
	h[name] = append([]version{v}, h[name]...)
}

// change is one operation of a story with older versions: on the store, and on what
// is expected. The mode is that of the bucket at that moment.
type change struct {
	do    func(r *rig) error
	apply func(h histories, mode string)
	mode  *string // that the bucket has from now on; nil leaves it

	// repeats says that it is done again after a crash, as who was not answered does.
	// Until then what it left of a record that is changed in place may still go.
	repeats bool
}

// as returns the bucket with another mode.
func as(b *cluster.Bucket, mode string) *cluster.Bucket {
	props := *b.Props
	props.Versioning.History = mode
	return &cluster.Bucket{Bucket: b.Bucket, Props: &props}
}

func switchTo(mode string) change {
	return change{mode: &mode, do: func(*rig) error { return nil }, apply: func(histories, string) {}}
}

func putVersion(name, text string) change { return putVersionAs(name, text, store.WriteOptions{}) }

func putVersionAs(name, text string, o store.WriteOptions) change {
	return change{
		do: func(r *rig) error {
			_, err := r.put(context.Background(), name, []byte(text), o)
			return err
		},
		apply: func(h histories, mode string) { h.put(name, text, mode) },
	}
}

// put is what a write does in a bucket of that mode.
func (h histories) put(name, text, mode string) {
	if mode == wire.HistoryNone {
		h[name] = nil
	}
	h.add(name, version{text: text, null: mode != wire.HistoryEnabled})
}

func deleteLatest(name string, tombstone bool) change {
	return change{
		do: func(r *rig) error {
			_, err := r.Remove(context.Background(), r.name(name), store.DeleteOptions{MarkAbsent: true, Tombstone: tombstone})
			return err
		},
		apply: func(h histories, mode string) { h.add(name, version{text: marker, null: mode != wire.HistoryEnabled}) },
	}
}

// deleteAt deletes the version at a place, 0 is the latest.
func deleteAt(name string, at int) change {
	return change{
		do:    func(r *rig) error { return removeAt(r, name, at, store.BypassNothing) },
		apply: func(h histories, _ string) { h[name] = slices.Delete(h[name], at, at+1) },
	}
}

func removeAt(r *rig, name string, at int, by store.Bypass) error {
	all, err := r.Versions(context.Background(), r.name(name))
	if err != nil {
		return err
	}
	_, err = r.Remove(context.Background(), r.name(name), store.DeleteOptions{Version: all[at].PublicVersion(), Bypass: by})
	return err
}

// tagAt changes the record of the version at a place, which cannot be seen.
func tagAt(name string, at int, value string) change {
	return change{
		do: func(r *rig) error {
			return updateAt(r, name, at, store.BypassNothing, func(rec *store.Record) {
				rec.Tags = []store.Pair{{Key: "k", Value: value}}
			})
		},
		apply: func(histories, string) {},
	}
}

func updateAt(r *rig, name string, at int, by store.Bypass, edit func(*store.Record)) error {
	all, err := r.Versions(context.Background(), r.name(name))
	if err != nil {
		return err
	}
	o := store.UpdateOptions{Version: all[at].PublicVersion(), Bypass: by}
	_, err = r.Update(context.Background(), r.name(name), o, func(rec *store.Record) error {
		edit(rec)
		return nil
	})
	return err
}

// uploadOf makes an object of parts, in chunks.
func uploadOf(name string, parts ...string) []change {
	id := new(store.UploadID)
	nothing := func(histories, string) {}
	changes := []change{{apply: nothing, do: func(r *rig) error {
		u, err := r.CreateUpload(context.Background(), r.name(name), store.UploadOptions{})
		*id = u.ID
		return err
	}}}
	var list []store.Piece
	for i, text := range parts {
		list = append(list, store.Piece{Number: i + 1})
		changes = append(changes, change{apply: nothing, do: func(r *rig) error {
			_, err := writePart(context.Background(), r.Upload(r.name(name), *id), i+1, text)
			return err
		}})
	}
	return append(changes, change{
		do: func(r *rig) error {
			_, err := r.Upload(r.name(name), *id).Complete(context.Background(), list, store.CompleteOptions{})
			return err
		},
		apply: func(h histories, mode string) { h.put(name, strings.Join(parts, ""), mode) },
	})
}
