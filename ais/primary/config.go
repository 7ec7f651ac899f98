package primary

import (
	"context"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
)

// SetConfig changes settings of the cluster by dotted names, all or none, on
// every node that is not suspected, and returns what is different now.
// Errors: Invalid (names the setting and the nearest valid one, or the range),
// Unavailable.
func (p *Primary) SetConfig(ctx context.Context, settings map[string]string) (*wire.ConfigReply, error) {
	return p.configure(ctx, func(now *config.Cluster) (*config.Cluster, error) {
		return config.Set(now, settings)
	})
}

// MergeConfig is SetConfig for settings as a JSON object with any part of the
// configuration.
func (p *Primary) MergeConfig(ctx context.Context, settings []byte) (*wire.ConfigReply, error) {
	return p.configure(ctx, func(now *config.Cluster) (*config.Cluster, error) {
		return config.Merge(now, settings)
	})
}

// ResetConfig gives settings and sections of those names their defaults back, or
// all but the sections of config.Kept without any name. Errors: as SetConfig.
func (p *Primary) ResetConfig(ctx context.Context, keys ...string) (*wire.ConfigReply, error) {
	return p.configure(ctx, func(now *config.Cluster) (*config.Cluster, error) {
		return config.Reset(now, keys...)
	})
}

// configure commits the configuration that next makes of the present one, unless
// they are the same.
func (p *Primary) configure(ctx context.Context, next func(*config.Cluster) (*config.Cluster, error)) (*wire.ConfigReply, error) {
	reply := &wire.ConfigReply{}
	err := p.commit(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		changed, err := next(s.Config)
		if err != nil {
			return nil, err
		}
		*reply = wire.ConfigReply{Version: s.Config.Version, Changed: config.Changes(s.Config, changed)}
		if len(reply.Changed) == 0 {
			return nil, nil
		}
		reply.Version++
		return []cluster.Change{cluster.PutConfig(changed)}, nil
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}
