package aistest

import "errors"

// Kill ends nodes at once, as kill -9 does, and returns when they are gone.
func (c *Cluster) Kill(nodes ...*Node) {
	c.t.Helper()
	for _, n := range nodes {
		c.Resume(n)
		n.running = false
		c.do(n, "kill", n.runner.kill)
	}
}

// Stop ends nodes as a signal does: what is in flight is finished. It returns
// when they are gone.
func (c *Cluster) Stop(nodes ...*Node) {
	c.t.Helper()
	for _, n := range nodes {
		c.Resume(n)
		c.end(n)
	}
}

// Start starts nodes that are down, without waiting until they are ready.
func (c *Cluster) Start(nodes ...*Node) {
	c.t.Helper()
	for _, n := range nodes {
		if n.running {
			c.t.Fatalf("%s runs already", n.name)
		}
		c.launch(n)
	}
}

// Restart starts nodes that are down, with the identity, the addresses and the
// data that they had, and returns when all that run are ready and agree on the
// cluster map.
func (c *Cluster) Restart(nodes ...*Node) {
	c.t.Helper()
	c.Start(nodes...)
	c.Settle()
}

// Pause makes a node stop to react until Resume.
func (c *Cluster) Pause(n *Node) {
	c.t.Helper()
	if !n.paused {
		n.paused = true
		c.do(n, "pause", n.runner.pause)
	}
}

// Resume undoes Pause.
func (c *Cluster) Resume(n *Node) {
	c.t.Helper()
	if n.paused {
		n.paused = false
		c.do(n, "resume", n.runner.resume)
	}
}

// Cut holds back all that travels from one node to another until Heal; nothing
// of it is lost. The way back is another.
func (c *Cluster) Cut(from, to *Node) {
	c.t.Helper()
	c.needsCuts()
	c.network.cut(from.name, to.name)
}

// Heal undoes Cut.
func (c *Cluster) Heal(from, to *Node) {
	c.t.Helper()
	c.needsCuts()
	c.network.heal(from.name, to.name)
}

// needsCuts skips the test where the network cannot be cut.
func (c *Cluster) needsCuts() {
	c.t.Helper()
	if !c.options.Namespaces || c.mode == external {
		c.embeddedOnly("a network that can be cut")
	}
}

// Disk returns a mountpath of a target by number, from 0, to break it.
func (c *Cluster) Disk(n *Node, i int) *Disk {
	c.t.Helper()
	c.embeddedOnly("disks that can break")
	return &Disk{node: n, root: n.Mountpaths()[i]}
}

// Disks returns all mountpaths of a target, to break them.
func (c *Cluster) Disks(n *Node) []*Disk {
	c.t.Helper()
	var disks []*Disk
	for i := range n.Mountpaths() {
		disks = append(disks, c.Disk(n, i))
	}
	return disks
}

// AwaitEnd returns when a node has ended cleanly that its cluster has told to.
func (c *Cluster) AwaitEnd(nodes ...*Node) {
	c.t.Helper()
	for _, n := range nodes {
		c.Await("the end of "+n.name, func() error {
			if _, is := n.runner.ended(); !is {
				return errors.New("it runs")
			}
			return nil
		})
		n.running = false
		if err := n.runner.result(); err != nil {
			c.t.Errorf("end of %s: %v", n.name, err)
		}
	}
}

// Ended returns why a node has ended by itself, nil if it has not.
func (c *Cluster) Ended(n *Node) error {
	err, is := n.runner.ended()
	if is && err == nil {
		return errors.New("it was asked to")
	}
	return err
}
