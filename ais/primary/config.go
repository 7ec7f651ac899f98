package primary

import (
	"context"

	"aistore/cluster"
	"aistore/config"
)

// SetConfig changes settings of the cluster by dotted names, all or none, on
// every node that is not suspected. Errors: Invalid (names the setting and the
// nearest valid one, or the range), Unavailable.
func (p *Primary) SetConfig(ctx context.Context, settings map[string]string) error {
	return p.configure(ctx, func(now *config.Cluster) (*config.Cluster, error) {
		return config.Set(now, settings)
	})
}

// MergeConfig is SetConfig for settings as a JSON object with any part of the
// configuration.
func (p *Primary) MergeConfig(ctx context.Context, settings []byte) error {
	return p.configure(ctx, func(now *config.Cluster) (*config.Cluster, error) {
		return config.Merge(now, settings)
	})
}

// ResetConfig gives every setting its default back, except where nodes find the
// primary. Errors: Unavailable.
func (p *Primary) ResetConfig(ctx context.Context) error {
	return p.configure(ctx, func(now *config.Cluster) (*config.Cluster, error) {
		next := config.Default()
		next.UUID, next.Version, next.Updated, next.Proxy = now.UUID, now.Version, now.Updated, now.Proxy
		return &next, nil
	})
}

func (p *Primary) configure(ctx context.Context, next func(*config.Cluster) (*config.Cluster, error)) error {
	return p.change(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		changed, err := next(s.Config)
		if err != nil {
			return nil, err
		}
		return []cluster.Change{cluster.PutConfig(changed)}, nil
	})
}
