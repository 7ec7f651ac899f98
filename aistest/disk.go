package aistest

import (
	"time"

	"aistore/fs/faultfs"
)

// Disk is one mountpath of a target, as something that can break. Faults add
// up, last over restarts of the node, and end with Heal. Of several that match
// an operation the one made first decides.
type Disk struct {
	node *Node
	root string
}

// Root returns the path of the mountpath.
func (d *Disk) Root() string { return d.root }

// Fail makes an operation fail with err; faultfs.Any is all of them.
func (d *Disk) Fail(op faultfs.Op, err error) *faultfs.Fault {
	return d.Inject(faultfs.Rule{Op: op, Err: err})
}

// Full makes what needs space fail, as on a disk that is full.
func (d *Disk) Full() *faultfs.Fault { return d.keep(d.node.faulty.Full(d.path())) }

// ReadOnly makes what changes anything fail, as on a disk mounted read-only.
func (d *Disk) ReadOnly() *faultfs.Fault { return d.keep(d.node.faulty.ReadOnly(d.path())) }

// Dead makes everything fail with an I/O error.
func (d *Disk) Dead() *faultfs.Fault { return d.keep(d.node.faulty.Dead(d.path())) }

// Slow makes an operation take longer.
func (d *Disk) Slow(op faultfs.Op, by time.Duration) *faultfs.Fault {
	return d.keep(d.node.faulty.Slow(op, d.path(), by))
}

// Inject puts any rule to work on the disk; the rule's path is that of the disk.
func (d *Disk) Inject(r faultfs.Rule) *faultfs.Fault {
	r.Path = d.path()
	return d.keep(d.node.faulty.Inject(r))
}

// Heal ends all faults of the disk.
func (d *Disk) Heal() {
	for _, fault := range d.node.faults[d.root] {
		fault.End()
	}
	delete(d.node.faults, d.root)
}

func (d *Disk) keep(fault *faultfs.Fault) *faultfs.Fault {
	d.node.faults[d.root] = append(d.node.faults[d.root], fault)
	return fault
}

func (d *Disk) path() string { return d.root + "/" }
