package node

import (
	"errors"
	"net/http"
	"net/url"

	"aistore/access"
	"aistore/ais/rest"
	"aistore/api/wire"
	"aistore/errs"
)

// PathSetConfig is where a node takes settings in the query.
const PathSetConfig = wire.PathDaemon + "/" + wire.WordSetConfig

// ConfigActions are the actions that change the configuration of this node.
func (c *Core) ConfigActions() map[string]rest.Action {
	return map[string]rest.Action{
		wire.ActionSetConfig:   rest.Act(access.Admin, c.MergeConfig),
		wire.ActionResetConfig: rest.Act(access.Admin, c.ResetConfig),
	}
}

// SettingsInQuery returns the settings that the query of a request names, and
// whether they are to hold until nodes restart only. Errors: Invalid (none, or
// one of them twice).
func SettingsInQuery(r *http.Request) (settings map[string]string, transient bool, err error) {
	const op = "node.SettingsInQuery"
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, false, errs.E(op, r.URL.RawQuery, errs.Invalid, err)
	}
	transient = wire.Bool(query.Get(wire.QueryTransient))
	query.Del(wire.QueryTransient)
	settings = make(map[string]string, len(query))
	for name, values := range query {
		if len(values) > 1 {
			return nil, false, errs.E(op, name, errs.Invalid, errors.New("stands in the query twice"))
		}
		settings[name] = values[0]
	}
	if len(settings) == 0 {
		e := errs.E(op, "", errs.Invalid, nil)
		e.Public = "name settings in the query, such as log.level=4"
		return nil, false, e
	}
	return settings, transient, nil
}

// SetConfig is PUT set-config with settings in the query, for this node.
func (c *Core) SetConfig(w http.ResponseWriter, r *http.Request) error {
	settings, transient, err := SettingsInQuery(r)
	if err != nil {
		return err
	}
	set := c.Settings.Set
	if transient {
		set = c.Settings.SetTransient
	}
	return replyConfig(w)(set(settings))
}

// MergeConfig is the action set-config with settings as JSON, for this node.
func (c *Core) MergeConfig(w http.ResponseWriter, _ *http.Request, a *wire.Action) error {
	return replyConfig(w)(c.Settings.Merge(a.Value))
}

// ResetConfig is the action reset-config, for the settings and sections that its
// value lists, or for all, of this node.
func (c *Core) ResetConfig(w http.ResponseWriter, r *http.Request, a *wire.Action) error {
	var keys []string
	if err := a.Decode(&keys); err != nil {
		return err
	}
	reset := c.Settings.Reset
	if wire.Bool(rest.QueryOf(r).Get(wire.QueryTransient)) {
		reset = c.Settings.ResetTransient
	}
	return replyConfig(w)(reset(keys...))
}

func replyConfig(w http.ResponseWriter) func(*wire.ConfigReply, error) error {
	return func(reply *wire.ConfigReply, err error) error {
		if err != nil {
			return err
		}
		return rest.JSON(w, reply)
	}
}
