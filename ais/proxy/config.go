package proxy

import (
	"net/http"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
)

// setConfig is PUT set-config with settings in the query.
func (p *Proxy) setConfig(w http.ResponseWriter, r *http.Request) error {
	settings, transient, err := node.SettingsInQuery(r)
	if err != nil {
		return err
	}
	if transient {
		return p.setTransient(w, r, settings)
	}
	return p.configure(w, r, nil, func(leader *primary.Primary) (*wire.ConfigReply, error) {
		return leader.SetConfig(r.Context(), settings)
	})
}

// setTransient sets settings on all nodes until they restart, through the log, so
// that all have them or none. What is wrong by what the primary has in force is
// refused.
func (p *Proxy) setTransient(w http.ResponseWriter, r *http.Request, settings map[string]string) error {
	return p.configure(w, r, nil, func(leader *primary.Primary) (*wire.ConfigReply, error) {
		reply, err := p.core.Settings.TryTransient(settings)
		if err == nil {
			reply.Version, err = leader.SetTransient(r.Context(), settings)
		}
		return reply, err
	})
}

// mergeConfig is the action set-config with settings as JSON.
func (p *Proxy) mergeConfig(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	return p.configure(w, r, a, func(leader *primary.Primary) (*wire.ConfigReply, error) {
		return leader.MergeConfig(r.Context(), a.Value)
	})
}

// resetConfig is the action reset-config, for the settings and sections that its
// value lists, or for all.
func (p *Proxy) resetConfig(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	var keys []string
	if err := a.Decode(&keys); err != nil {
		return err
	}
	return p.configure(w, r, a, func(leader *primary.Primary) (*wire.ConfigReply, error) {
		return leader.ResetConfig(r.Context(), keys...)
	})
}

// configure changes the configuration, here or at the primary, and answers with
// what is different now.
func (p *Proxy) configure(w http.ResponseWriter, r *http.Request, a *wire.Action, apply func(*primary.Primary) (*wire.ConfigReply, error)) error {
	return p.change(w, r, a, func(leader *primary.Primary) error {
		reply, err := apply(leader)
		if err != nil {
			return err
		}
		return rest.JSON(w, reply)
	})
}
