package node

import (
	"context"
	"time"

	"aistore/ais/primary"
	"aistore/api/wire"
)

// Founder starts the cluster on a node that votes: it makes a new cluster if the
// log is empty, sees to it that the cluster map shows this process as it is now,
// and marks the node ready once enough targets have joined.
type Founder struct {
	Core    *Core
	Nodes   []*wire.Node // this process, in each of its roles, the gateway first
	Primary *primary.Primary
	Targets int           // how many targets to wait for; 0 waits for none
	Timeout time.Duration // how long to wait for them
}

// Run founds or resumes the cluster, then waits for the end of ctx.
func (f *Founder) Run(ctx context.Context) error {
	if err := f.found(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	f.awaitTargets(ctx)
	f.Core.SetReady(true)
	<-ctx.Done()
	return nil
}

func (f *Founder) found(ctx context.Context) error {
	if len(f.Core.Key.Bytes()) == 0 {
		if err := f.Core.Key.Create(); err != nil {
			return err
		}
	}
	if err := f.Primary.Found(ctx, f.Core.Cluster.Get(), f.Nodes); err != nil {
		return err
	}
	return f.Core.Meta.Apply(ctx)
}

// awaitTargets waits until as many targets as expected have joined, or the time
// is over.
func (f *Founder) awaitTargets(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	err := f.Primary.AwaitState(ctx, func() bool {
		return len(f.Core.Meta.State().Map.Targets()) >= f.Targets
	})
	if err != nil {
		f.Core.Log.Warn("fewer targets than expected have joined", "expected", f.Targets,
			"joined", len(f.Core.Meta.State().Map.Targets()))
	}
}
