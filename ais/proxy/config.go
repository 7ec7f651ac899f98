package proxy

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"aistore/ais/node"
	"aistore/ais/primary"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
	"aistore/internal/jsonx"
	"aistore/internal/run"
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

// setTransient sets settings on all nodes until they restart, this one first: it
// refuses what is wrong before any other has heard of it.
func (p *Proxy) setTransient(w http.ResponseWriter, r *http.Request, settings map[string]string) error {
	reply, err := p.core.Settings.SetTransient(settings)
	if err != nil {
		return err
	}
	if err := p.onOtherNodes(r.Context(), node.PathSetConfig+"?"+r.URL.RawQuery, nil); err != nil {
		return err
	}
	return rest.JSON(w, reply)
}

// onOtherNodes sends a request to all other nodes of the cluster, and tells which
// of them have not carried it out.
func (p *Proxy) onOtherNodes(ctx context.Context, pathAndQuery string, body []byte) error {
	var others []*wire.Node
	now := p.core.Meta.State().Map
	for _, n := range slices.Concat(now.Proxies(), now.Targets()) {
		if !p.isHere(n.ID) {
			others = append(others, n)
		}
	}
	failed := make([]error, len(others))
	err := run.Each(ctx, fanOut, indices(others), func(ctx context.Context, i int) error {
		ctx, cancel := context.WithTimeout(ctx, p.core.Cluster.Get().Timeout.ControlPlane.Std())
		defer cancel()
		response, err := p.core.Peers.Request(ctx, http.MethodPut, others[i].Control.URL+pathAndQuery, nil, body)
		if err != nil {
			failed[i] = errs.E("proxy", others[i].ID, "", err)
			return nil
		}
		return response.Body.Close()
	})
	if err := errors.Join(append(failed, err)...); err != nil {
		e := errs.E("proxy.onOtherNodes", "", errs.Unavailable, err)
		e.Public = "not all nodes have done so, others have: " + errs.PublicOf(err)
		return e
	}
	return nil
}

// fanOut is how many nodes are asked at a time.
const fanOut = 16

func indices[T any](list []T) []int {
	all := make([]int, len(list))
	for i := range all {
		all[i] = i
	}
	return all
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
		reply, err := leader.ResetConfig(r.Context(), keys...)
		if err != nil {
			return nil, err
		}
		p.resetTransient(r.Context(), a, keys)
		return reply, nil
	})
}

// resetTransient ends on all nodes what was set until they restart. A node that
// does not answer keeps it until then.
func (p *Proxy) resetTransient(ctx context.Context, a *wire.Action, keys []string) {
	_, err := p.core.Settings.ResetTransient(keys...)
	body, unsent := jsonx.Marshal(a)
	if err = errors.Join(err, unsent); err == nil {
		err = p.onOtherNodes(ctx, wire.PathDaemon+"?"+wire.QueryTransient+"=true", body)
	}
	if err != nil {
		p.core.Log.Warn("transient settings remain until nodes restart", "err", err)
	}
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
