package primary

import (
	"context"
	"log/slog"
	"time"

	"aistore/cluster"
	"aistore/cluster/quorum"
	"aistore/config"
)

// Primary is the side of a voting proxy that changes the cluster. All methods
// may be called from any goroutine; each returns errs.Unavailable on a node that
// does not lead.
type Primary struct {
	log       *quorum.Log
	publisher *Publisher
	key       func() []byte
	local     func(context.Context) error
	secret    func(*config.Cluster) ([]byte, error)
	logger    *slog.Logger
}

// Options are what a Primary needs beside the log.
type Options struct {
	Key    func() []byte               // the cluster key, handed to nodes that join
	Local  func(context.Context) error // makes this process act on the current state
	Logger *slog.Logger

	// JoinSecret is what a joining node must know by the configuration of the
	// cluster; empty, or a nil function, admits any node that reaches the
	// control network. An error refuses all.
	JoinSecret func(*config.Cluster) ([]byte, error)
}

// New makes a Primary over a log and its publisher.
func New(log *quorum.Log, publisher *Publisher, o Options) *Primary {
	return &Primary{log: log, publisher: publisher, key: o.Key, local: o.Local, secret: o.JoinSecret, logger: o.Logger}
}

// change proposes what makes builds from the current state, and waits until
// every node that is not suspected has applied it.
func (p *Primary) change(ctx context.Context, makes func(*cluster.State) ([]cluster.Change, error)) error {
	state, err := p.log.Propose(ctx, makes)
	if err != nil {
		return err
	}
	if err := p.local(ctx); err != nil {
		return err
	}
	return p.publisher.Wait(ctx, state.Position.Index)
}

// unixNow is the creation time recorded with a bucket; nothing is ever decided
// by it.
func unixNow() int64 { return time.Now().UnixNano() }
