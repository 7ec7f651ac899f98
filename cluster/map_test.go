package cluster_test

import (
	_ "embed"
	"fmt"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/internal/hrw"
	"aistore/internal/jsonx"
)

// ownersJSON was made by the Python SDK, which computes owners for direct reads.
//
//go:embed testdata/owners.json
var ownersJSON []byte

func TestOwnersAreThoseOfThePythonClient(t *testing.T) {
	t.Parallel()
	var rows []struct {
		Targets map[string]uint64 // id to flags
		Owners  [][3]string       // bucket, object, owner
	}
	check.NoError(t, jsonx.Unmarshal(ownersJSON, &rows))
	for _, row := range rows {
		m := newMap(t)
		for id, flags := range row.Targets {
			n := target(id)
			n.Flags = flags
			m = with(t, m, n)
		}
		for _, o := range row.Owners {
			uname := wire.Bucket{Name: o[0]}.Uname(o[1])
			owner, err := m.Owner(hrw.Digest(uname))
			check.NoError(t, err)
			if owner.ID != o[2] {
				t.Errorf("owner of %s among %v is %s, want %s", uname, row.Targets, owner, o[2])
			}
		}
	}
}

func TestOwnerDoesNotAllocate(t *testing.T) {
	m := newMap(t)
	for i := range 20 {
		m = with(t, m, target(fmt.Sprintf("target%02d", i)))
	}
	earlier := m.Placements()[1]
	digest := uint64(0)
	got := testing.AllocsPerRun(100, func() {
		digest++
		_, err := m.Owner(digest)
		_, errIn := m.OwnerIn(earlier, digest)
		if err != nil || errIn != nil {
			t.Error(err, errIn)
		}
	})
	check.Equal(t, got, 0)
}

func TestMapWithoutTargetsHasNoOwner(t *testing.T) {
	t.Parallel()
	m := newMap(t)
	_, err := m.Owner(1)
	check.ErrorIs(t, err, errs.Unavailable)
	check.Equal(t, len(m.Owners(1)), 0)
	_, err = new(cluster.Map).Owner(1)
	check.ErrorIs(t, err, errs.Unavailable)
}

func TestOwnersComeFromEveryPlacementThatIsStillThere(t *testing.T) {
	t.Parallel()
	m := newMap(t)
	for _, id := range []string{"target01", "target02", "target03"} {
		m = with(t, m, target(id))
	}
	m, err := m.WithoutNode("target02")
	check.NoError(t, err)
	for digest := range uint64(1000) {
		owners := m.Owners(hrw.Mix(digest))
		first, err := m.Owner(hrw.Mix(digest))
		check.NoError(t, err)
		if len(owners) == 0 || owners[0] != first {
			t.Fatalf("owners of %d are %v, want %v first", digest, owners, first)
		}
		for i, n := range owners {
			if n.ID == "target02" || i > 0 && n == owners[i-1] {
				t.Fatalf("owners of %d are %v", digest, owners)
			}
		}
	}
	last := m.Placements()[1]
	check.Equal(t, last.Has("target02"), true)
	_, err = m.OwnerIn(last, digestOwnedBy("target02", last))
	check.ErrorIs(t, err, errs.NotFound)
}

func TestMapSurvivesTheWire(t *testing.T) {
	t.Parallel()
	m := newMap(t)
	m = with(t, m, target("target02"))
	m = with(t, m, target("target01"))
	m, err := m.WithFlags("target01", wire.NodeMaintenance, 0)
	check.NoError(t, err)
	for _, want := range []*cluster.Map{{}, newMap(t), m} {
		data, err := jsonx.Marshal(want.Wire())
		check.NoError(t, err)
		var w wire.Smap
		check.NoError(t, jsonx.Unmarshal(data, &w))
		got, err := cluster.MapFromWire(&w)
		check.NoError(t, err)
		check.Equal(t, got.Wire(), want.Wire())
		check.Equal(t, len(got.Owners(7)), len(want.Owners(7)))
	}
}

func TestMapOfForeignMakeHasOnePlacement(t *testing.T) {
	t.Parallel()
	m := with(t, newMap(t), target("target01"))
	w := m.Wire()
	w.Ext = nil
	m, err := cluster.MapFromWire(w)
	check.NoError(t, err)
	check.Equal(t, len(m.Placements()), 1)
	check.Equal(t, m.InForce().Targets(), []string{"target01"})
}

func TestMapFromWireRefusesWhatIsNoMap(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*wire.Smap){
		"no uuid":                 func(w *wire.Smap) { w.UUID = "" },
		"no version":              func(w *wire.Smap) { w.Version = 0 },
		"negative version":        func(w *wire.Smap) { w.Version = -1 },
		"no primary":              func(w *wire.Smap) { w.Primary = nil },
		"foreign digest":          func(w *wire.Smap) { w.Targets["target01"].IDDigest++ },
		"nil node":                func(w *wire.Smap) { w.Targets["target02"] = nil },
		"placement of the future": func(w *wire.Smap) { w.Ext.Placements[0].Version = w.Version + 1 },
		"placement out of order":  func(w *wire.Smap) { w.Ext.Placements[0].Targets = []string{"target02", "target01"} },
		"placement of a stranger": func(w *wire.Smap) { w.Ext.Placements[0].Targets = []string{"target09"} },
		"placement with bad id":   func(w *wire.Smap) { w.Ext.Placements[0].Targets = []string{""} },
		"pending of the future":   func(w *wire.Smap) { w.Ext.Pending = &wire.Placement{Version: w.Version + 1} },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := with(t, newMap(t), target("target01")).Wire()
			damage(w)
			_, err := cluster.MapFromWire(w)
			check.ErrorIs(t, err, errs.Invalid)
		})
	}
}

func TestMapKeepsItsOwnCopyOfANode(t *testing.T) {
	t.Parallel()
	n := target("target01")
	n.PubExtra = []wire.NetInfo{net("extra", "1")}
	m := with(t, newMap(t), n)
	n.PubExtra[0].Host = "changed"
	n.Flags = wire.NodeDown
	got, _ := m.Node("target01")
	check.Equal(t, got.PubExtra[0].Host, "extra")
	check.Equal(t, got.Flags, 0)
	check.Equal(t, got.IDDigest, hrw.Digest("target01"))
}

// digestOwnedBy returns a digest whose owner by p is id.
func digestOwnedBy(id string, p cluster.Placement) uint64 {
	digest := uint64(0)
	for p.Owner(digest) != id {
		digest++
	}
	return digest
}

func newMap(t testing.TB) *cluster.Map {
	t.Helper()
	m, err := cluster.NewMap("cluster1", "2026-01-02 03:04:05", proxy("proxy001"))
	check.NoError(t, err)
	return m
}

func with(t testing.TB, m *cluster.Map, n *wire.Node) *cluster.Map {
	t.Helper()
	m, err := m.WithNode(n)
	check.NoError(t, err)
	return m
}
