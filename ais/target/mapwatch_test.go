package target_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/errs"
	"aistore/internal/check"
	"aistore/module"
)

// mapWatch is a module that notes the maps that it is told of.
type mapWatch struct {
	mu   sync.Mutex
	told []string // guarded by mu
}

func (w *mapWatch) Name() string { return "mapwatch" }

func (w *mapWatch) maker() module.Maker {
	return module.Maker{Name: w.Name(), Make: func(module.Host) (module.Module, error) { return w, nil }}
}

func (w *mapWatch) MapChanged(old, now *cluster.Map) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprintf("v%d to v%d: %s", old.Version(), now.Version(), strings.Join(now.InForce().Targets(), " ")))
}

// CheckBucket refuses what no disk could hold.
func (w *mapWatch) CheckBucket(old *cluster.Bucket, props *wire.BucketProps) error {
	if props.Mirror.BurstBuffer <= 1<<20 {
		return nil
	}
	e := errs.E("mapwatch.CheckBucket", "", errs.Invalid, nil)
	e.Public = fmt.Sprintf("too large a buffer (new bucket: %t)", old == nil)
	return e
}

// heard returns what it was told since the last call.
func (w *mapWatch) heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.told
	w.told = nil
	return told
}

func TestModulesAreToldOfMaps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.start(t, "target01")
	r.start(t, "target02")
	r.tell(t, "target01")
	check.Equal(t, first.maps.heard(), []string{"v0 to v2: target01", "v2 to v3: target01 target02"})
	r.create(t, "b", "target01") // the map is the same
	check.Equal(t, first.maps.heard(), []string(nil))
	r.commit(t, cluster.SetFlags("target02", wire.NodeMaintenance, 0))
	r.commit(t, cluster.SetFlags("target02", wire.NodeDecommission, 0))
	r.tell(t, "target01")
	check.Equal(t, first.maps.heard(), []string{"v3 to v5: target01"})
}
