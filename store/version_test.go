package store_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
	"aistore/internal/check"
	"aistore/store"
)

// newVersionedRig is newRig with a bucket that keeps a history.
func newVersionedRig(t *testing.T, change func(*wire.BucketProps)) *rig {
	t.Helper()
	r := newRig(t, 2)
	props := *r.bucket.Props
	props.Versioning.History = wire.HistoryEnabled
	if change != nil {
		change(&props)
	}
	check.NoError(t, props.Validate())
	r.bucket = &cluster.Bucket{Bucket: r.bucket.Bucket, Props: &props}
	return r
}

func (r *rig) versionText(t *testing.T, name, id string) string {
	t.Helper()
	reader, err := r.OpenVersion(t.Context(), r.name(name), id)
	check.NoError(t, err)
	defer reader.Close()
	text, err := io.ReadAll(reader)
	check.NoError(t, err)
	return string(text)
}

func TestVersionsAreFoundByTheirIDs(t *testing.T) {
	r := newVersionedRig(t, nil)
	one, two := r.mustPut(t, "d/a", "one"), r.mustPut(t, "d/a", "two")
	check.Equal(t, r.versionText(t, "d/a", one.PublicVersion()), "one")
	check.Equal(t, r.versionText(t, "d/a", two.PublicVersion()), "two")
	gone, err := r.Remove(t.Context(), r.name("d/a"), store.DeleteOptions{})
	check.NoError(t, err)
	check.Equal(t, gone.Marker, true)
	_, err = r.OpenVersion(t.Context(), r.name("d/a"), gone.Version)
	check.ErrorIs(t, err, errs.Method)
	check.Equal(t, errs.CodeOf(err), errs.CodeDeleteMarker)
	_, err = r.OpenVersion(t.Context(), r.name("d/a"), store.NullVersion)
	check.ErrorIs(t, err, errs.NotFound)
	check.Equal(t, errs.CodeOf(err), errs.CodeVersionNotFound)
	for _, id := range []string{"x", "../../a", one.PublicVersion() + ".null", one.PublicVersion()[1:] + "Z", "="} {
		_, err := r.Version(t.Context(), r.name("d/a"), id)
		check.ErrorIs(t, err, errs.Invalid)
		_, err = r.Remove(t.Context(), r.name("d/a"), store.DeleteOptions{Version: id})
		check.ErrorIs(t, err, errs.Invalid)
	}
	latest, err := r.Version(t.Context(), r.name("d/a"), "")
	check.NoError(t, err)
	check.Equal(t, latest.DeleteMarker, true)
	check.ErrorIs(t, r.Delete(t.Context(), r.name("d/a"), store.DeleteOptions{}), errs.NotFound)
	check.Equal(t, r.names(t, store.WalkOptions{}), []string{})
	check.Equal(t, r.names(t, store.WalkOptions{Versions: true}), []string{"d/a"})
	check.Equal(t, r.names(t, store.WalkOptions{Versions: true, Delimiter: "/"}), []string{"d/"})
}

func TestAWriteThatBeganBeforeTheHistoryDropsNoVersion(t *testing.T) {
	r := newVersionedRig(t, nil)
	before := as(r.bucket, wire.HistoryNone)
	w, err := r.Create(t.Context(), store.Name{Bucket: before, Object: "a"}, store.WriteOptions{Size: 4})
	check.NoError(t, err)
	one := r.mustPut(t, "a", "one")
	_, err = io.WriteString(w, "late")
	check.NoError(t, err)
	_, err = w.Commit(t.Context())
	check.NoError(t, err)
	check.Equal(t, r.mustRead(t, "a"), "late")
	check.Equal(t, r.versionText(t, "a", one.PublicVersion()), "one")
	check.NoError(t, r.Delete(t.Context(), store.Name{Bucket: before, Object: "a"}, store.DeleteOptions{}))
	check.Equal(t, r.versionText(t, "a", one.PublicVersion()), "one")
}

func TestACompletedUploadIsKnownWhenItIsAnOlderVersion(t *testing.T) {
	r := newVersionedRig(t, nil)
	r.SetJoin(10, 4)
	u, err := r.CreateUpload(t.Context(), r.name("a"), store.UploadOptions{})
	check.NoError(t, err)
	_, err = writePart(t.Context(), u, 1, "a part of some length")
	check.NoError(t, err)
	made, err := u.Complete(t.Context(), pieces(1), store.CompleteOptions{})
	check.NoError(t, err)
	r.mustPut(t, "a", "two")
	again, err := u.Complete(t.Context(), pieces(1), store.CompleteOptions{})
	check.NoError(t, err)
	check.Equal(t, again.PublicVersion(), made.PublicVersion())
	check.NoError(t, r.Collect(t.Context()))
	check.Equal(t, r.versionText(t, "a", made.PublicVersion()), "a part of some length")
}

func TestALockedVersionIsNotDeleted(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	rows := []struct {
		name      string
		retention store.Retention
		by        store.Bypass
		deleted   bool
	}{
		{"free", store.Retention{}, store.BypassNothing, true},
		{"over", store.Retention{Mode: store.RetentionCompliance, Until: time.Now().Add(-time.Second)}, store.BypassNothing, true},
		{"governance", store.Retention{Mode: store.RetentionGovernance, Until: soon}, store.BypassNothing, false},
		{"governance bypassed", store.Retention{Mode: store.RetentionGovernance, Until: soon}, store.BypassGovernance, true},
		{"compliance", store.Retention{Mode: store.RetentionCompliance, Until: soon}, store.BypassGovernance, false},
		{"held", store.Retention{Hold: true}, store.BypassGovernance, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newVersionedRig(t, func(p *wire.BucketProps) { p.Lock.Enabled = true })
			o, err := r.put(t.Context(), "a", []byte("one"), store.WriteOptions{Retention: row.retention})
			check.NoError(t, err)
			for _, older := range []bool{false, true} {
				_, err = r.Remove(t.Context(), r.name("a"), store.DeleteOptions{Version: o.PublicVersion(), Bypass: row.by})
				if row.deleted {
					check.NoError(t, err)
					return
				}
				check.ErrorIs(t, err, errs.Forbidden)
				check.Equal(t, errs.CodeOf(err), errs.CodeLocked)
				if !older {
					r.mustPut(t, "a", "two") // which is no deletion
				}
			}
			check.Equal(t, r.versionText(t, "a", o.PublicVersion()), "one")
			check.NoError(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}))
			check.Equal(t, r.versionText(t, "a", o.PublicVersion()), "one")
		})
	}
}

func TestARetentionIsNotWeakened(t *testing.T) {
	now := time.Now().UTC()
	hour, day := now.Add(time.Hour), now.AddDate(0, 0, 1)
	governance, compliance := store.RetentionGovernance, store.RetentionCompliance
	rows := []struct {
		name     string
		old, new store.Retention
		by       store.Bypass
		allowed  bool
	}{
		{"new", store.Retention{}, store.Retention{Mode: compliance, Until: hour}, store.BypassNothing, true},
		{"longer", store.Retention{Mode: compliance, Until: hour}, store.Retention{Mode: compliance, Until: day}, store.BypassNothing, true},
		{"shorter", store.Retention{Mode: governance, Until: day}, store.Retention{Mode: governance, Until: hour}, store.BypassNothing, false},
		{"shorter bypassed", store.Retention{Mode: governance, Until: day}, store.Retention{Mode: governance, Until: hour}, store.BypassGovernance, true},
		{"none bypassed", store.Retention{Mode: governance, Until: day}, store.Retention{}, store.BypassGovernance, true},
		{"stricter", store.Retention{Mode: governance, Until: hour}, store.Retention{Mode: compliance, Until: hour}, store.BypassNothing, false},
		{"stricter bypassed", store.Retention{Mode: governance, Until: hour}, store.Retention{Mode: compliance, Until: hour}, store.BypassGovernance, true},
		{"milder", store.Retention{Mode: compliance, Until: hour}, store.Retention{Mode: governance, Until: day}, store.BypassGovernance, false},
		{"compliance shorter", store.Retention{Mode: compliance, Until: day}, store.Retention{Mode: compliance, Until: hour}, store.BypassGovernance, false},
		{"over", store.Retention{Mode: compliance, Until: now.Add(-time.Second)}, store.Retention{}, store.BypassNothing, true},
		{"hold lifted", store.Retention{Hold: true}, store.Retention{}, store.BypassNothing, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newVersionedRig(t, func(p *wire.BucketProps) { p.Lock.Enabled = true })
			o, err := r.put(t.Context(), "a", []byte("one"), store.WriteOptions{Retention: row.old})
			check.NoError(t, err)
			r.mustPut(t, "a", "two")
			how := store.UpdateOptions{Version: o.PublicVersion(), Bypass: row.by}
			_, err = r.Update(t.Context(), r.name("a"), how, func(rec *store.Record) error {
				rec.Retention = row.new
				return nil
			})
			if !row.allowed {
				check.ErrorIs(t, err, errs.Forbidden)
				return
			}
			check.NoError(t, err)
			now, err := r.Version(t.Context(), r.name("a"), o.PublicVersion())
			check.NoError(t, err)
			check.Equal(t, now.Retention.Mode, row.new.Mode)
			check.Equal(t, now.Retention.Until.Equal(row.new.Until), true)
		})
	}
}

func TestNewVersionsAreLockedAsTheBucketSays(t *testing.T) {
	r := newVersionedRig(t, func(p *wire.BucketProps) {
		p.Lock = wire.LockProps{Enabled: true, Mode: wire.LockCompliance, Days: 2}
	})
	o := r.mustPut(t, "a", "one")
	check.Equal(t, o.Retention.Mode, store.RetentionCompliance)
	left := time.Until(o.Retention.Until)
	check.Equal(t, left > 47*time.Hour && left < 50*time.Hour, true)
	own := store.Retention{Mode: store.RetentionGovernance, Until: time.Now().Add(time.Hour)}
	o, err := r.put(context.Background(), "a", []byte("two"), store.WriteOptions{Retention: own})
	check.NoError(t, err)
	check.Equal(t, o.Retention.Mode, store.RetentionGovernance)
}

func TestALockedNullVersionIsNotReplaced(t *testing.T) {
	r := newRig(t, 1)
	held := store.Retention{Hold: true}
	_, err := r.put(t.Context(), "a", []byte("one"), store.WriteOptions{Retention: held})
	check.NoError(t, err)
	_, err = r.put(t.Context(), "a", []byte("two"), store.WriteOptions{})
	check.ErrorIs(t, err, errs.Forbidden)
	check.ErrorIs(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}), errs.Forbidden)
	r.bucket = as(r.bucket, wire.HistorySuspended)
	_, err = r.put(t.Context(), "a", []byte("two"), store.WriteOptions{})
	check.ErrorIs(t, err, errs.Forbidden)
	check.ErrorIs(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{}), errs.Forbidden)
	r.bucket = as(r.bucket, wire.HistoryEnabled)
	two := r.mustPut(t, "a", "two")
	check.Equal(t, r.versionText(t, "a", store.NullVersion), "one")
	r.bucket = as(r.bucket, wire.HistorySuspended)
	_, err = r.put(t.Context(), "a", []byte("three"), store.WriteOptions{})
	check.ErrorIs(t, err, errs.Forbidden)
	check.Equal(t, r.versionText(t, "a", two.PublicVersion()), "two")
}

// TestADeletionBelowADamagedObject deletes older versions of an object whose record
// cannot be read: that stays as it is, for who can mend it.
func TestADeletionBelowADamagedObject(t *testing.T) {
	t.Parallel()
	r := newVersionedRig(t, nil)
	one, two := r.mustPut(t, "a", "one"), r.mustPut(t, "a", "two")
	last := r.mustPut(t, "a", "last")
	record := make([]byte, 64<<10)
	r.tamper(t, last.Mountpath+"/@ais/b/%ob/a", func(f fs.File) error {
		size, err := f.GetXattr("user.ais", record)
		record = record[:size]
		return errors.Join(err, f.SetXattr("user.ais", []byte("garbage")))
	})
	r.Forget(r.name("a"))
	check.NoError(t, r.Delete(t.Context(), r.name("a"), store.DeleteOptions{Version: two.PublicVersion()}))
	r.tamper(t, last.Mountpath+"/@ais/b/%ob/a", func(f fs.File) error { return f.SetXattr("user.ais", record) })
	r.Forget(r.name("a"))
	check.Equal(t, r.mustRead(t, "a"), "last")
	check.Equal(t, r.versionText(t, "a", one.PublicVersion()), "one")
	check.Equal(t, r.versionText(t, "a", last.PublicVersion()), "last")
}
