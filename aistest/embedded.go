package aistest

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"

	"aistore/ais"
	"aistore/ais/node"
	"aistore/api/wire"
	"aistore/cluster/quorum"
	"aistore/internal/run"
	"aistore/module"
)

// embedded runs a node in this process.
type embedded struct {
	node    *Node
	network network
	founds  bool // the cluster
	targets int  // that the founder waits for
	log     *slog.Logger
	clock   node.Clock     // nil is that of the machine
	logs    *quorum.Memory // of metadata; nil keeps them on disk
	near    netip.Prefix   // clients that are sent to the data network
	modules []module.Maker // nil are those that there are
	life    *life          // nil before the first
}

// life is one run of a node.
type life struct {
	node   *ais.Node
	host   host
	cancel context.CancelFunc
	group  run.Group
	done   chan struct{} // closed when it has ended
	err    error         // why; set before done is closed
	asked  bool          // to end
}

func (e *embedded) start() error {
	l := &life{host: e.network.host(e.node.name), done: make(chan struct{})}
	var err error
	l.node, err = ais.New(e.node.file, ais.Options{
		Options: node.Options{Listen: l.host.Listen, Dial: l.host.Dial, FS: e.node.faulty, Log: e.log, Clock: e.clock, Logs: e.logs, Near: e.near},
		Modules: e.modules,
		Primary: e.founds,
		Claims:  e.node.claims,
		Targets: e.targets,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	opened, gone := context.WithCancel(ctx)
	l.group.Go(func() {
		defer close(l.done)
		defer gone()
		l.err = l.node.Run(ctx)
	})
	e.life = l
	if l.node.Self(opened) == nil {
		<-l.done
		return errors.Join(errors.New("the node has not started"), l.err)
	}
	return nil
}

func (e *embedded) addresses() []*wire.Node { return e.life.node.Self(context.Background()) }

func (e *embedded) portS3() string { return e.life.node.S3Port() }

func (e *embedded) stop() error {
	e.life.asked = true
	e.life.cancel()
	e.life.group.Wait()
	return e.life.err
}

// kill cuts the sockets before it freezes the disks, so that no answer tells of
// the frozen ones.
func (e *embedded) kill() error {
	e.life.asked = true
	e.life.host.kill()
	frozen := e.node.faulty.Dead("")
	e.life.cancel()
	e.life.group.Wait()
	frozen.End()
	return nil
}

func (e *embedded) pause() error {
	e.network.freeze(e.node.name)
	return nil
}

func (e *embedded) resume() error {
	e.network.thaw(e.node.name)
	return nil
}

func (e *embedded) result() error { return e.life.err }

func (e *embedded) ended() (error, bool) {
	select {
	case <-e.life.done:
		if e.life.asked {
			return nil, true
		}
		return errors.Join(errors.New("the node has ended by itself"), e.life.err), true
	default:
		return nil, false
	}
}
