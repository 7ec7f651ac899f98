package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/cluster"
	"aistore/errs"
	"aistore/fs"
)

// Dismissal is the order to stop that a node may get from the primary, or from
// itself to start anew. All
// methods may be called from any goroutine.
type Dismissal struct {
	came chan struct{} // closed by the first order

	mu    sync.Mutex
	order *primary.LeaveOrder // guarded by mu; nil until one comes
	again bool                // guarded by mu; it is to start anew
	heir  string              // guarded by mu; control URL of the cluster that it gives way to; "" for none
}

func newDismissal() *Dismissal { return &Dismissal{came: make(chan struct{})} }

// Take takes an order; the first one counts.
func (d *Dismissal) Take(order *primary.LeaveOrder) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.order == nil {
		d.order = order
		close(d.came)
	}
}

// Restart has the node stop and start anew, unless it was told to stop before.
func (d *Dismissal) Restart() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.order == nil {
		d.order, d.again = &primary.LeaveOrder{}, true
		close(d.came)
	}
}

// Restarts reports whether the node is to start anew when it has stopped.
func (d *Dismissal) Restarts() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.again
}

// GiveWay has the node forget its cluster and start anew, to join that whose
// primary has a control URL.
func (d *Dismissal) GiveWay(control string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.order == nil {
		d.order, d.heir = &primary.LeaveOrder{Forget: true, Stay: true}, control
		close(d.came)
	}
}

// Heir returns the control URL of the primary to whose cluster the node gives
// way, "" if it does not.
func (d *Dismissal) Heir() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.heir
}

// Order returns the order that came, nil if none did.
func (d *Dismissal) Order() *primary.LeaveOrder {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.order
}

// Run returns when an order has come, which ends the node, or with the end of ctx.
func (d *Dismissal) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-d.came:
	}
	return nil
}

// Dismiss carries out an order of the primary: the node stops, once requests in
// flight are done. Errors: Conflict (it is for a node of another cluster),
// Unavailable (this node knows of later changes than whoever gave the order).
func (c *Core) Dismiss(order *primary.LeaveOrder) error {
	const op = "node.Dismiss"
	state := c.Meta.State()
	if uuid := state.Map.UUID(); uuid != order.UUID {
		return errs.E(op, c.Identity.ID, errs.Conflict, errors.New("this node is not in cluster "+order.UUID))
	}
	if order.Position != (cluster.Position{}) && state.Position.Compare(order.Position) > 0 {
		return errs.E(op, c.Identity.ID, errs.Unavailable,
			fmt.Errorf("the order is by the state of %s, this node has that of %s: it may have been brought back", order.Position, state.Position))
	}
	if order.Asks {
		return nil
	}
	c.Log.Info("told to stop", "forget", order.Forget, "wipe", order.Wipe, "stay", order.Stay)
	c.Dismissal.Take(order)
	return nil
}

// leave is the handler of the primary's order to stop.
func (c *Core) leave(w http.ResponseWriter, r *http.Request) error {
	order := &primary.LeaveOrder{}
	if err := rest.Decode(w, r, order); err != nil {
		return err
	}
	return c.Dismiss(order)
}

// Forget deletes what a stopped node knows of its cluster, and with wipe what is
// on its mountpaths. Its id and its configuration stay. After a crash or an
// error, call it again: the node may have joined again in between.
func (c *Core) Forget(ctx context.Context, wipe bool) error {
	const op = "node.Forget"
	dir := c.Config.ConfDir
	for _, name := range []string{"cluster.key", "cluster.journal", "config.json", "log"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return errs.E(op, dir, errs.Internal, err)
		}
	}
	if !wipe || !c.Config.IsTarget() {
		return nil
	}
	// As long as the mountpaths are remembered, each has to be one.
	if err := c.Options.FS.Remove(c.MountMemory()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errs.E(op, c.MountMemory(), fs.KindOf(err), err)
	}
	for _, root := range c.Config.Mountpaths() {
		if err := fs.Wipe(ctx, c.Options.FS, root); err != nil {
			return errs.E(op, root, "", err)
		}
	}
	return nil
}

// MountMemory is the path of the file that remembers the mountpaths of a target.
func (c *Core) MountMemory() string { return filepath.Join(c.Config.ConfDir, "mountpaths") }
