package proxy

import (
	"net/http"
	"net/url"

	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
)

// setConfig is PUT set-config with settings in the query.
func (p *Proxy) setConfig(w http.ResponseWriter, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return errs.E("proxy.setConfig", r.URL.RawQuery, errs.Invalid, err)
	}
	if query.Has(wire.QueryTransient) && wire.Bool(query.Get(wire.QueryTransient)) {
		e := errs.E("proxy.setConfig", wire.QueryTransient, errs.Unsupported, nil)
		e.Public = "settings of the cluster are kept: transient is not supported"
		return e
	}
	query.Del(wire.QueryTransient)
	settings := make(map[string]string, len(query))
	for name := range query {
		settings[name] = query.Get(name)
	}
	if len(settings) == 0 {
		e := errs.E("proxy.setConfig", "", errs.Invalid, nil)
		e.Public = "name settings in the query, such as log.level=4"
		return e
	}
	return p.configure(w, r, nil, func(leader *primary.Primary) (*wire.ConfigReply, error) {
		return leader.SetConfig(r.Context(), settings)
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
