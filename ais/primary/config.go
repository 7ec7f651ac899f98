package primary

import (
	"context"
	"maps"
	"slices"

	"aistore/api/wire"
	"aistore/cluster"
	"aistore/config"
)

// SetConfig changes settings of the cluster by dotted names, all or none, on
// every node that is not suspected, and returns what is different now.
// Errors: Invalid (names the setting and the nearest valid one, or the range),
// Unavailable.
func (p *Primary) SetConfig(ctx context.Context, settings map[string]string) (*wire.ConfigReply, error) {
	return p.configure(ctx, slices.Collect(maps.Keys(settings)), func(now *config.Cluster) (*config.Cluster, error) {
		return config.Set(now, settings)
	})
}

// MergeConfig is SetConfig for settings as a JSON object with any part of the
// configuration.
func (p *Primary) MergeConfig(ctx context.Context, settings []byte) (*wire.ConfigReply, error) {
	return p.configure(ctx, nil, func(now *config.Cluster) (*config.Cluster, error) {
		return config.Merge(now, settings)
	})
}

// ResetConfig gives settings and sections of those names their defaults back, or
// all but the sections of config.Kept without any name, and ends what of them
// SetTransient has set. Errors: as SetConfig.
func (p *Primary) ResetConfig(ctx context.Context, keys ...string) (*wire.ConfigReply, error) {
	ends := keys
	if len(keys) == 0 {
		ends = []string{""}
	}
	return p.configure(ctx, ends, func(now *config.Cluster) (*config.Cluster, error) {
		return config.Reset(now, keys...)
	})
}

// SetTransient gives settings values that nodes have until they restart, all or
// none, on every node that is not suspected. They have been checked. It returns
// the version of the configuration. Errors: Unavailable.
func (p *Primary) SetTransient(ctx context.Context, settings map[string]string) (version int64, err error) {
	err = p.commit(ctx, func(s *cluster.State) ([]cluster.Change, error) {
		version = s.Config.Version + 1
		return []cluster.Change{cluster.SetTransient(settings)}, nil
	})
	return version, err
}

// configure commits the configuration that next makes of the present one, unless
// they are the same, and ends what is transient for those settings and sections;
// "" is all.
func (p *Primary) configure(ctx context.Context, ends []string, next func(*config.Cluster) (*config.Cluster, error)) (*wire.ConfigReply, error) {
	reply := &wire.ConfigReply{}
	err := p.commit(ctx, func(s *cluster.State) (changes []cluster.Change, err error) {
		changed, err := next(s.Config)
		if err != nil {
			return nil, err
		}
		ended := s.Transient.Below(ends)
		if len(ended) > 0 {
			changes = append(changes, cluster.EndTransient(ended))
		}
		if len(config.Diff(s.Config, changed)) > 0 {
			changes = append(changes, cluster.PutConfig(changed))
		}
		*reply = wire.ConfigReply{
			Version: s.Config.Version + int64(len(changes)),
			Changed: config.Changes(withTransient(s, ended), changed),
		}
		return changes, nil
	})
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// withTransient returns the configuration of s with what is transient in it of
// those names, as far as the two go together.
func withTransient(s *cluster.State, keys []string) *config.Cluster {
	values := map[string]string{}
	for _, key := range keys {
		values[key] = s.Transient[key].Value
	}
	if c, err := config.Set(s.Config, values); err == nil {
		return c
	}
	return s.Config
}
