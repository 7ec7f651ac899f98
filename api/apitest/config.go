package apitest

import (
	"net/http"
	"strings"

	"aistore/api/wire"
	"aistore/config"
	"aistore/errs"
	"aistore/internal/jsonx"
)

// fakeConfig is the configuration of a cluster that nobody has configured.
func fakeConfig() *config.Cluster {
	c := config.Default()
	c.UUID, c.Version = "fakecluster", 1
	return &c
}

// fileOf is the configuration of a node without settings of its own.
func (c *Cluster) fileOf(id string) config.File {
	file := config.DefaultFile()
	file.Cluster = *c.config
	file.ID, file.ConfDir = id, "/etc/"+id
	return file
}

// configCall changes the configuration of the cluster or of a node.
func (c *Cluster) configCall(w http.ResponseWriter, r *http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var a wire.Action
	path, byQuery := strings.CutSuffix(r.URL.Path, "/"+wire.WordSetConfig)
	if !byQuery {
		if err := jsonx.NewDecoder(r.Body).Decode(&a); err != nil {
			return errs.E("fake", r.URL.Path, errs.Invalid, err)
		}
	}
	settings := map[string]string{}
	for name := range r.URL.Query() {
		if name != wire.QueryTransient {
			settings[name] = r.URL.Query().Get(name)
		}
	}
	var names []string
	if a.Action == wire.ActionResetConfig {
		if err := a.Decode(&names); err != nil {
			return err
		}
	}
	id := r.Header.Get(wire.HeaderNodeID)
	switch {
	case path == wire.PathCluster:
		return c.configure(w, a, names, settings)
	case path == wire.PathReverse && c.nodes[id] != nil:
		return c.configureNode(w, id, a, names, settings)
	}
	return errs.E("fake", r.URL.Path, errs.NotFound, nil)
}

func (c *Cluster) configure(w http.ResponseWriter, a wire.Action, names []string, settings map[string]string) error {
	var next *config.Cluster
	var err error
	switch a.Action {
	case "":
		next, err = config.Set(c.config, settings)
	case wire.ActionSetConfig:
		next, err = config.Merge(c.config, a.Value)
	default:
		next, err = config.Reset(c.config, names...)
	}
	if err != nil {
		return err
	}
	changes := config.Changes(c.config, next)
	if len(changes) > 0 {
		next.Version++
	}
	c.config = next
	return writeJSON(w, wire.ConfigReply{Version: next.Version, Changed: changes})
}

func (c *Cluster) configureNode(w http.ResponseWriter, id string, a wire.Action, names []string, settings map[string]string) error {
	base, now := c.fileOf(id), c.overrides[id]
	var next config.Override
	var err error
	switch a.Action {
	case "":
		next, err = now.Set(base, settings)
	case wire.ActionSetConfig:
		next, err = now.Merge(base, a.Value)
	default:
		next, err = now.Reset(names...)
	}
	if err != nil {
		return err
	}
	before, _ := now.On(base)
	after, _ := next.On(base)
	c.overrides[id] = next
	return writeJSON(w, wire.ConfigReply{Version: c.config.Version, Changed: config.Changes(&before, &after)})
}

// settings describes the configuration of a node, or of the cluster for nil.
func (c *Cluster) settings(about *wire.Node) []wire.ConfigSetting {
	if about == nil {
		list := config.Describe(c.config)
		for i := range list {
			list[i].Source = wire.SourceCluster
		}
		return list
	}
	base := c.fileOf(about.ID)
	file, _ := c.overrides[about.ID].On(base)
	inherited := config.Describe(&base)
	list := config.Describe(&file)
	for i := range list {
		_, own := c.overrides[about.ID][list[i].Key]
		switch {
		case own:
			list[i].Source, list[i].Cluster = wire.SourceOverride, inherited[i].Value
		case config.IsLocal(list[i].Key):
			list[i].Source = wire.SourceLocal
		default:
			list[i].Source = wire.SourceInherited
		}
	}
	return list
}
